"""Lists of events, narrowed and paged; and what pages say where there is little or nothing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from lxml import html
from sqlalchemy import Connection

from monitor.model import Kind
from monitor.store import Store, sites
from monitor.values import replace

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio


async def test_events_can_be_narrowed(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    async def found(query: str) -> list[str]:
        tree = html.fromstring((await pages.get(f"/events?{query}")).text)
        assert tree.xpath("//p[@role='status']")
        return [
            str(x) for x in tree.xpath("//ul[@class='rows']//a[contains(@class,'kind')]/text()")
        ]

    assert await found("kind=removed") == ["Removed", "Removed"]
    assert await found("q=PAINTED") == ["Removed"]
    assert await found("q=roof+garden&silent=1") == ["Reinstated", "Edited, no note"]
    assert await found("site=roses&kind=edited") == ["Edited"]
    assert await found("until=2025-03-02") == ["Edited, no note"]
    assert await found("since=2026-11-20&kind=removed") == ["Removed"]
    assert await found("q=nothing-like-it") == []


@pytest.mark.parametrize(
    "path",
    [
        "/events?kind=nonsense",
        "/events?since=yesterday",
        "/sites/tulip?status=odd",
        "/sites/tulip?skip=-1",
        "/sites/tulip?skip=²",
        "/snapshots/1?view=odd",
        "/snapshots/1/raw?as=odd",
        "/posts/1/diff?view=odd",
    ],
)
async def test_a_senseless_question_is_400(pages: httpx.AsyncClient, path: str) -> None:
    answer = await pages.get(path)
    assert answer.status_code == 400
    assert "makes no sense" in answer.text


async def test_older_events_page_on_by_id(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    site_id = filler.site()
    row = filler.post(site_id)
    for n in range(130):
        filler.event(Kind.DELISTED, build.at(200 - n), row)
    seen: list[str] = []
    async with build.client(empty, build.config(tmp_path)) as client:
        path: str | None = "/events?kind=delisted"
        while path:
            tree = html.fromstring((await client.get(path)).text)
            seen += [str(x) for x in tree.xpath("//a[contains(@class,'kind')]/@href")]
            path = next(iter(tree.xpath("//a[text()='Older']/@href")), None)
    assert seen == [f"/events/{n}" for n in range(130, 0, -1)]


async def test_edits_of_one_day_are_one_row(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    versions = [
        filler.version(row, build.article(f"Text {n}."), build.at(1, n / 10)) for n in range(4)
    ]
    for before, after in pairwise(versions):
        filler.event(
            Kind.EDITED,
            build.at(1),
            row,
            silent=True,
            fields=("text",),
            snapshot_before=before.id,
            snapshot_after=after.id,
        )
    async with build.client(empty, build.config(tmp_path)) as client:
        rows = html.fromstring((await client.get("/")).text).xpath("//ul[@class='rows']/li")
    assert len(rows) == 1
    assert "3 edits, no note" in rows[0].text_content()
    assert rows[0].xpath(".//span[@class='act']/a/@href") == [
        f"/posts/{row.state.post_id}/diff?from=1&to=4"
    ]


async def test_nothing_yet(tmp_path: Path, empty: Store) -> None:
    async with build.client(empty, build.config(tmp_path)) as client:
        home = await client.get("/")
        assert "postwatch add https://example.com/blog/" in home.text
        assert "No event" in (await client.get("/events")).text
        for path in ("/sites/x", "/posts/1", "/posts/1/diff", "/snapshots/1", "/events/1"):
            answer = await client.get(path)
            assert answer.status_code == 404
            name = "name" if path.startswith("/sites/") else "number"
            assert f"Nothing here by that {name}" in answer.text


async def test_silence_is_a_finding_and_a_channel_ends_the_notice(
    tmp_path: Path, empty: Store
) -> None:
    build.Filler(empty).site()
    settings = build.config(tmp_path, '[channels.pipe]\ntype = "stdout"\n')
    async with build.client(empty, settings) as client:
        home = await client.get("/")
    assert "No change since 12 Oct 2024" in home.text
    assert "Nobody is told" not in home.text


async def test_the_first_pass_says_how_far_it_is(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    site_id = filler.site()
    row = filler.post(site_id)
    filler.post(site_id, path="other")
    filler.state(row, snapshot=filler.version(row, build.article("Text."), build.at(0)).id)

    def unfinished(conn: Connection) -> None:
        kept = sites.site(conn, site_id)
        assert kept is not None
        sites.save_site(conn, replace(kept, baseline_at=None))

    empty.write(unfinished)
    async with build.client(empty, build.config(tmp_path)) as client:
        home = await client.get("/")
    assert "1 of 2 posts read; nothing is reported until it is complete" in home.text


async def test_a_site_of_many_posts_pages_on(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    site_id = filler.site()
    rows = [filler.post(site_id, path=f"p{n}", title=f"Post {n}") for n in range(230)]
    filler.event(Kind.DELISTED, build.at(1), rows[7])
    seen: list[str] = []
    async with build.client(empty, build.config(tmp_path)) as client:
        path: str | None = "/sites/tulip"
        while path:
            tree = html.fromstring((await client.get(path)).text)
            table = "//h2[@id='posts']/following-sibling::table//th/a/@href"
            seen += [str(x) for x in tree.xpath(table)]
            path = next(iter(tree.xpath("//a[text()='Further in the list']/@href")), None)
    assert seen[0] == f"/posts/{rows[7].state.post_id}"
    assert sorted(seen) == sorted(f"/posts/{r.state.post_id}" for r in rows)


async def test_a_post_of_many_versions_pages_on(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    kept = [
        filler.version(row, build.article(f"Text {n}."), build.at(200 - n), looks=1)
        for n in range(130)
    ]
    for before, after in pairwise(kept):
        ids = {"snapshot_before": before.id, "snapshot_after": after.id}
        filler.event(Kind.EDITED, build.at(1), row, fields=("text",), **ids)
    lists = {
        "Older versions": (
            "//table//th[@data-label='Version']/text()",
            [str(n) for n in range(130, 0, -1)],
        ),
        "What happened before": (
            "//ul[@class='rows']//a[contains(@class,'kind')]/@href",
            [f"/events/{n}" for n in range(129, 0, -1)],
        ),
    }
    async with build.client(empty, build.config(tmp_path)) as client:
        for words, (where, expected) in lists.items():
            seen: list[str] = []
            path: str | None = f"/posts/{row.state.post_id}"
            while path:
                answer = await client.get(path)
                assert len(answer.content) < 200_000
                tree = html.fromstring(answer.text)
                seen += [str(x) for x in tree.xpath(where)]
                path = next(iter(tree.xpath(f"//a[text()='{words}']/@href")), None)
            assert seen == expected


async def test_the_strips_follow_what_is_told_between_two_requests(
    tmp_path: Path, empty: Store
) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    async with build.client(empty, build.config(tmp_path)) as client:
        for path in ("/", "/sites/tulip"):
            assert "0 changes in the last 30 days" in (await client.get(path)).text
        filler.event(Kind.DELISTED, build.at(1), row)
        for path in ("/", "/sites/tulip"):
            assert "1 change in the last 30 days" in (await client.get(path)).text
        assert "1 post delisted" in (await client.get("/")).text
        empty.write(lambda conn: sites.rename_site(conn, "tulip", "rose"))
        assert "1 change in the last 30 days" in (await client.get("/sites/rose")).text
