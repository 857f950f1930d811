"""RFC 7089 from outside: TimeMap, TimeGate and mementos of the filled database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.model import Role, Seen
from monitor.store import Store, bodies, observations, snapshots
from monitor.store.absences import absences
from monitor.store.rows import Observation, PostRow, SnapshotRow
from monitor.web.memento import Held, Memento

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio

LINK = re.compile(r'<([^>]+)>((?:\s*;\s*[a-z]+="[^"]*")+)')


def links(text: str) -> dict[str, list[dict[str, str]]]:
    """The links of a header or a link-format document, by each of their relations."""
    found: dict[str, list[dict[str, str]]] = {}
    spent = 0
    for m in LINK.finditer(text):
        assert text[spent : m.start()].strip(" ,\n") == "", text
        spent = m.end()
        values = dict(re.findall(r'([a-z]+)="([^"]*)"', m[2]))
        for rel in values["rel"].split():
            found.setdefault(rel, []).append({"href": m[1], **values})
    assert text[spent:].strip() == ""
    return found


def path(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)


@pytest.fixture
def url(filled: tuple[Store, Filled]) -> str:
    return filled[1].lived.state.url


def of_it(told: Filled) -> list[SnapshotRow]:
    return [v for v in told.versions if v.post_id == told.lived.state.post_id]


async def test_the_timemap_names_every_version(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled], url: str
) -> None:
    answer = await pages.get(f"/timemap/link/{url}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/link-format")
    found = links(answer.text)
    assert [x["href"] for x in found["original"]] == [url]
    assert len(found["timegate"]) == 1
    versions = of_it(filled[1])
    assert len(found["memento"]) == len(versions)
    times = [parsedate_to_datetime(x["datetime"]) for x in found["memento"]]
    assert times == [v.first_read_at.replace(microsecond=0) for v in versions]
    assert len(found["first"]) == len(found["last"]) == 1
    assert found["self"][0]["from"] == found["first"][0]["datetime"]
    assert found["self"][0]["until"] == found["last"][0]["datetime"]


async def test_the_timegate_sends_to_what_stood_then(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled], url: str
) -> None:
    versions = of_it(filled[1])
    for before, after in [
        (versions[1].first_read_at + timedelta(seconds=1), 1),
        (versions[0].first_read_at - timedelta(days=900), 0),
        (versions[-1].first_read_at + timedelta(days=900), len(versions) - 1),
    ]:
        asked = {"accept-datetime": format_datetime(before.astimezone(UTC), usegmt=True)}
        answer = await pages.get(f"/timegate/{url}", headers=asked)
        assert answer.status_code == 302
        assert answer.headers["vary"] == "accept-datetime"
        stamp = versions[after].first_read_at.strftime("%Y%m%d%H%M%S")
        assert path(answer.headers["location"]) == f"/memento/{stamp}/{url}"
        named = links(answer.headers["link"])
        assert named["original"][0]["href"] == url
        assert "timemap" in named and "memento" in named
    newest = await pages.get(f"/timegate/{url}")
    assert versions[-1].first_read_at.strftime("%Y%m%d%H%M%S") in newest.headers["location"]
    bad = await pages.get(f"/timegate/{url}", headers={"accept-datetime": "last Tuesday"})
    assert bad.status_code == 400


async def test_a_memento_is_the_bytes_under_a_sandbox(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled], url: str
) -> None:
    store, told = filled
    version = of_it(told)[1]
    stamp = version.first_read_at.strftime("%Y%m%d%H%M%S")
    answer = await pages.get(f"/memento/{stamp}/{url}")
    assert answer.status_code == 200
    with store.read() as conn:
        assert answer.content == bodies.body(conn, version.body_hash)
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    when = parsedate_to_datetime(answer.headers["memento-datetime"])
    assert when == version.first_read_at.replace(microsecond=0)
    named = links(answer.headers["link"])
    assert {"original", "timegate", "timemap", "first", "last", "prev", "memento"} <= set(named)
    assert path(named["describedby"][0]["href"]) == f"/snapshots/{version.id}"
    assert (await pages.get(path(named["prev"][0]["href"]))).status_code == 200
    moment = version.first_read_at + timedelta(seconds=2)
    near = await pages.get(f"/memento/{moment.strftime('%Y%m%d%H%M%S')}/{url}")
    assert near.status_code == 302
    assert path(near.headers["location"]) == f"/memento/{stamp}/{url}"


@pytest.mark.parametrize(
    "asked",
    [
        "/timemap/link/https://nobody.example/x",
        "/timegate/https://nobody.example/x",
        "/timegate/ftp://nobody.example/x",
        "/timegate/",
        "/memento/20260101000000/https://nobody.example/",
        "/memento/99999999999999/{url}",
        "/memento/2026/{url}",
        "/memento/２０２６０１０１００００００/{url}",
        '/timegate/https://x.example/"><script>',
        "/timegate/https://x.example/%0d%0aSet-Cookie:%20a=b",
    ],
)
async def test_what_is_not_held_is_not_found(
    pages: httpx.AsyncClient, url: str, asked: str
) -> None:
    answer = await pages.get(asked.replace("{url}", url))
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"]
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("https://tulip.example/news/rof", True),
        ("http://www.tulip.example/news/Roof?utm_source=x", True),
        ("https://tulip.example/about/something-else-altogether", False),
        ("https://roses.example/news/rof", False),
        ("https://tulip.example:8443/news/rof", False),
        ("https://%.example/news/roof", False),
        ("https://tulip.example/news/" + "x" * 3000, False),
    ],
)
async def test_the_timegate_names_the_nearest_that_is_held(
    pages: httpx.AsyncClient, url: str, said: str, known: bool
) -> None:
    answer = await pages.get(f"/timegate/{said}")
    assert answer.status_code == 404
    links = html.fromstring(answer.text).xpath("//main//a[starts-with(@href, '/timegate/')]")
    assert [(a.get("href"), a.text_content()) for a in links] == known * [(f"/timegate/{url}", url)]
    for a in links:
        assert (await pages.get(a.get("href"))).status_code == 302


async def test_an_escaped_end_of_a_line_is_part_of_the_address(
    tmp_path: Path, empty: Store
) -> None:
    f = build.Filler(empty)
    row = f.post(f.site(), path="x0-%0D%0AX-Injected:%20yes")
    f.version(row, build.article("once"), build.at(3))
    async with build.client(empty, build.config(tmp_path)) as client:
        for path in ("/timegate/", "/timemap/link/"):
            answer = await client.get(path + row.state.url)
            assert answer.status_code in (200, 302), path
            assert "x-injected" not in answer.headers
        assert (await client.get("/timegate/https://tulip.example/%0aother")).status_code == 404


async def test_a_hostile_nearest_is_harmless(tmp_path: Path, empty: Store) -> None:
    f = build.Filler(empty)
    row = f.post(f.site(), path='a"><script>alert(1)</script>')
    f.post(row.site_id, path="a-script-alert-1-script")  # never read
    f.version(row, build.article("once"), build.at(3))
    async with build.client(empty, build.config(tmp_path)) as client:
        answer = await client.get("/timegate/https://tulip.example/news/a<script>alert(1)</script>")
    assert answer.status_code == 404 and "<script>" not in answer.text
    (link,) = html.fromstring(answer.text).xpath("//a[starts-with(@href, '/timegate/')]")
    assert link.text_content() == row.state.url
    assert "<" not in link.get("href") and '"' not in link.get("href")


async def test_spellings_and_folded_slashes(pages: httpx.AsyncClient, url: str) -> None:
    folded = url.replace("://", ":/")
    for asked in (folded, f"{url}?utm_source=x", url.rstrip("/") + "/"):
        assert (await pages.get(f"/timegate/{asked}")).status_code == 302


GONE = b"<html><h1>Sorry, this page is gone</h1></html>"


def looked(f: build.Filler, row: PostRow, hours: float, status: int, body: bytes = GONE) -> None:
    """A look at a post that found its article missing, so many hours ago."""
    got = build.answer(row.state.url, body, build.at(0, hours), status)
    look = Observation(
        row.site_id, Role.POST, got, Seen.MISSING, "not_found", "404", post_id=row.state.post_id
    )
    f.write(lambda conn: observations.observe(conn, look))


async def test_the_timegate_knows_when_it_was_gone(tmp_path: Path, empty: Store) -> None:
    """Read from 9 to 7 hours ago, gone for two looks, the same text again, since an hour with another."""
    f = build.Filler(empty)
    row = f.post(f.site())
    one = f.version(row, build.article("once"), build.at(0, 9), looks=1)
    for hours in (6, 5):
        looked(f, row, hours, 410)
    f.write(lambda conn: snapshots.touch_version(conn, one.id, build.at(0, 3)))
    f.version(row, build.article("twice"), build.at(0, 1))
    url = row.state.url
    async with build.client(empty, build.config(tmp_path)) as client:

        async def at(hours: float | None) -> httpx.Response:
            when = build.at(0, hours or 0)
            asked = {"accept-datetime": format_datetime(when, usegmt=True)} if hours else {}
            sent = await client.get(f"/timegate/{url}", headers=asked)
            assert sent.status_code == 302
            return await client.get(path(sent.headers["location"]))

        found = [await at(hours) for hours in (12, 8, 6, 5.5, 5, 4, 3, 2, 1, None)]
        assert [x.status_code for x in found] == [200, 200, 410, 410, 410, *[200] * 5]
        gone = found[2]
        assert gone.content == GONE
        assert gone.headers["content-security-policy"].startswith("sandbox")
        assert gone.headers["memento-datetime"] == format_datetime(build.at(0, 6), usegmt=True)
        named = links(gone.headers["link"])
        told = await client.get(path(named["describedby"][0]["href"]))
        assert told.status_code == 200 and "410" in told.text
        assert found[6].content == found[7].content == found[0].content
        assert found[8].content == found[9].content != found[0].content
        listed = links((await client.get(f"/timemap/link/{url}")).text)["memento"]
        assert len(listed) == 3 and gone.headers["memento-datetime"] in listed[1]["datetime"]
        # Each listed one is the one that its own date leads to.
        for link in listed:
            asked = {"accept-datetime": link["datetime"]}
            sent = await client.get(f"/timegate/{url}", headers=asked)
            assert sent.headers["location"] == link["href"]


async def test_an_answer_without_bytes_lends_its_date_to_no_later_one(empty: Store) -> None:
    f = build.Filler(empty)
    row = f.post(f.site())
    looked(f, row, 6, 404, b"")
    looked(f, row, 5, 404)
    looked(f, row, 4, 404)
    with empty.read() as conn:
        (kept,) = absences(conn, row.state.post_id)
    assert (kept.first_at, kept.last_at) == (build.at(0, 5), build.at(0, 4))


@pytest.mark.parametrize(
    ("came_with", "kept"), [(404, 404), (503, 503), (200, 200), (407, 200), (304, 200), (999, 200)]
)
async def test_a_copy_keeps_the_status_of_its_error(
    tmp_path: Path, empty: Store, came_with: int, kept: int
) -> None:
    f = build.Filler(empty)
    row = f.post(f.site())
    version = f.version(row, build.article("once"), build.at(9), status=came_with)
    looked(f, row, 6, came_with)
    stamp = version.first_read_at.strftime("%Y%m%d%H%M%S")
    raw = f"/snapshots/{version.id}/raw"
    with empty.read() as conn:
        (look,) = absences(conn, row.state.post_id)
    async with build.client(empty, build.config(tmp_path)) as client:
        for asked in (raw, f"/memento/{stamp}/{row.state.url}", f"/looks/{look.id}/raw"):
            answer = await client.get(asked, headers={"accept": "text/html"})
            assert answer.status_code == kept, asked
            assert answer.headers["content-security-policy"].startswith("sandbox")
        for how in ("file", "source", "text"):
            assert (await client.get(f"{raw}?as={how}")).status_code == 200
        page = await client.get(f"/snapshots/{version.id}")
        assert page.status_code == 200 and f"answered {came_with}" in page.text


def day(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def test_versions_that_come_back_again_and_again_stand_when_they_did() -> None:
    """A post that changed between two texts, and was gone in May: A, B, A, B, gone, B."""
    a = Memento(day(1), day(3, 31), "a", 200, "/a")
    b = Memento(day(2), day(6, 30), "b", 200, "/b")
    gone = Memento(day(5), day(5, 31), "x", 404, "/gone")
    turns = ((day(2), "/b"), (day(3), "/a"), (day(4), "/b"), (day(5), "/gone"))
    held = Held("https://tulip.example/news/roof", (a, b, gone), turns)
    stood = [held.mementos[held.at(day(month, 15))].page for month in range(1, 8)]
    assert stood == ["/a", "/b", "/a", "/b", "/gone", "/b", "/b"]
    assert held.at(datetime(1990, 1, 1, tzinfo=UTC)) == 0
