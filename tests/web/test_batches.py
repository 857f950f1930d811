"""What happened together is told together: the event names its companions, rows open, searches find them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from monitor.model import Kind, LookRecord, Reason, Role, SiteView, Status
from monitor.store import Store, sites
from monitor.values import replace

from . import build
from .build import Filler, at
from .test_pages import words

pytestmark = pytest.mark.anyio
BATCH = "88a92d0c11ff3e07"


async def tree(store: Store, folder: Path, path: str, text: str = "") -> html.HtmlElement:
    async with build.client(store, build.config(folder, text)) as client:
        got = await client.get(path)
    assert got.status_code == 200
    found: html.HtmlElement = html.fromstring(got.text)
    return found


def gone(store: Store, posts: int) -> list[int]:
    """So many posts removed for one cause, and one more for another; ids of the events."""
    f = Filler(store)
    site = f.site()
    ids = []
    for n in range(posts):
        row = f.post(site, path=f"p{n}", title=f"Post {n}")
        more: dict[str, Any] = {"reason": Reason.NOT_FOUND, "batch": BATCH}
        ids.append(f.event(Kind.REMOVED, at(1, n / 100), row, **more).id)
    f.event(Kind.REMOVED, at(1), f.post(site, path="alone", title="Alone"), reason=Reason.GONE)
    return ids


async def test_an_event_names_all_of_its_cause(empty: Store, tmp_path: Path) -> None:
    ids = gone(empty, 6)
    page = await tree(empty, tmp_path, f"/events/{ids[2]}")
    assert "6 events of one cause" in words(page)
    named = page.xpath("//h2[@id='together']/following-sibling::ul[1]//a/@href")
    assert named == [f"/events/{i}" for i in ids if i != ids[2]]
    (search,) = page.xpath("//a[starts-with(@href, '/events?batch=')]/@href")
    for path in (search, f"/events?q={BATCH}"):
        found = await tree(empty, tmp_path, path)
        rows = found.xpath("//ul[@class='rows']/li")
        assert len(rows) == 6 and not found.xpath("//details")
        assert f"6 events of one cause ({BATCH})" in words(found)
    assert found.xpath("//a[contains(., 'JSON')]/@href") == [f"/events.json?q={BATCH}"]
    async with build.client(empty, build.config(tmp_path)) as client:
        assert len((await client.get(f"/events.json?batch={BATCH}")).json()) == 6
        assert (await client.get("/events.json?batch=none")).json() == []


async def test_a_page_names_no_more_than_it_can_hold(empty: Store, tmp_path: Path) -> None:
    ids = gone(empty, 53)
    page = await tree(empty, tmp_path, f"/events/{ids[0]}")
    assert len(page.xpath("//h2[@id='together']/following-sibling::ul[1]/li")) == 50
    assert "and 3 more" in words(page)


@pytest.mark.parametrize("path", ["/", "/sites/tulip", "/events"])
async def test_rows_of_one_cause_are_one_that_opens(
    empty: Store, tmp_path: Path, path: str
) -> None:
    ids = gone(empty, 6)
    page = await tree(empty, tmp_path, path)
    rows = page.xpath("//ul[@class='rows']/li")
    assert len(rows) == 2
    (row,) = [r for r in rows if r.xpath(".//details")]
    assert "6 posts of one cause" in words(row)
    assert sorted(row.xpath(".//details//li/a[1]/@href")) == [f"/events/{i}" for i in ids]


async def test_nothing_found_says_what_was_asked(empty: Store, tmp_path: Path) -> None:
    gone(empty, 1)
    text = words(await tree(empty, tmp_path, "/events?q=fountain&site=tulip"))
    assert "No event like that" in text and "Asked for: all events of tulip, “fountain”" in text
    assert "The first event was told 2026-11-22" in text


async def test_sites_that_wait_for_their_first_pass_are_named(empty: Store, tmp_path: Path) -> None:
    site = '[[site]]\nname = "tulip"\nurl = "https://tulip.example/news/"\n'
    text = words(await tree(empty, tmp_path, "/", site))
    assert "No site has been looked at yet" in text and "names tulip;" in text
    text = words(await tree(empty, tmp_path, "/", f"{site}[web]\npublic = true\n"))
    assert "No site has been looked at yet" in text and "tulip" not in text
    assert "No site is watched yet" in words(await tree(empty, tmp_path, "/"))


async def test_a_suspected_post_says_how_far_it_is_and_what_stood_beside_it(
    empty: Store, tmp_path: Path
) -> None:
    f = Filler(empty)
    site_id = f.site()
    row = f.post(site_id)
    first = build.NOW - timedelta(minutes=8)
    looks = tuple(
        LookRecord(first + timedelta(minutes=n), row.state.url, Role.POST, 404, "not_found")
        for n in (0, 5)
    )
    home = LookRecord(first, "https://tulip.example/", Role.HOME, 200, "first_look")
    old = replace(home, at=at(9), url="https://tulip.example/old")

    def seen(up: bool) -> None:
        def save(conn: Any) -> None:
            kept = sites.site(conn, site_id)
            assert kept is not None
            view = SiteView(up=up, control=(old, home))
            sites.save_site(conn, replace(kept, view=view))

        f.write(save)

    seen(True)
    row = replace(row, next_at=build.NOW + timedelta(minutes=2))
    f.state(
        row,
        status=Status.SUSPECTED,
        misses=2,
        first_missing_at=first,
        last_missing_at=looks[-1].at,
        reason=Reason.NOT_FOUND,
        looks=looks,
        snapshot=1,
    )
    page = await tree(empty, tmp_path, f"/posts/{row.state.post_id}")
    text = words(page)
    assert "Missing in 2 of 3 looks that must agree" in text
    assert "The next look is due 2026-11-23 09:32:00 UTC" in text
    # Twenty minutes after the first miss, whatever the third look says sooner.
    assert "can be told as gone at 2026-11-23 09:42:00 UTC at the soonest" in text
    assert "home page" in text and "/old" not in text
    seen(False)
    text = words(await tree(empty, tmp_path, f"/posts/{row.state.post_id}"))
    assert "looks at it do not count" in text
