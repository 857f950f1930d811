"""The feeds over a real database: whole, stable, guarded, and cheap to ask again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
from lxml import html

from monitor.model import Kind
from monitor.run.messages import story_of
from monitor.show.atom import told_text
from monitor.show.envelope import Envelope
from monitor.show.mail import compose
from monitor.show.story import Story
from monitor.store import Store, events

from . import build
from .story import Filled
from .strict_atom import ATOM, faults

pytestmark = pytest.mark.anyio

FEEDS = (
    "/feed.atom",
    "/sites/tulip/feed.atom",
    "/sites/roses/feed.atom",
    "/events.atom",
    "/events.atom?q=%00%EF%BF%BE%5D%5D%3E&kind=removed&silent=1&since=2024-01-01&until=2027-01-01",
    "/events.atom?before=9",
)


def entries(answer: httpx.Response) -> list[ElementTree.Element]:
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")


def texts(answer: httpx.Response, name: str) -> list[str]:
    return [e.findtext(f"{ATOM}{name}") or "" for e in entries(answer)]


@pytest.mark.parametrize("path", FEEDS)
async def test_every_feed_is_true_to_the_rfc(pages: httpx.AsyncClient, path: str) -> None:
    answer = await pages.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert faults(answer.content) == []
    read = feedparser.parse(answer.content)
    assert not read.bozo
    (own,) = [x.href for x in read.feed.links if x.rel == "self"]
    assert own.startswith(f"http://{build.HOST}{path.partition('?')[0]}")
    assert faults((await pages.get(own)).content) == []
    for one in read.entries:
        assert (await pages.get(one.link)).status_code == 200


async def test_all_events_newest_first_with_the_words_of_the_mail(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    store, told = filled
    answer = await pages.get("/feed.atom")
    terms = [e.find(f"{ATOM}category").get("term") for e in entries(answer)]  # type: ignore[union-attr]
    assert terms == [e.kind.value for e in reversed(told.events)]
    (number,) = [
        i for i, e in enumerate(reversed(told.events)) if e.reason == "not_found" and e.looks
    ]
    removal = list(reversed(told.events))[number]
    with store.read() as conn:
        story = story_of(conn, removal)
    who = Envelope("mail", "p@a.example", "d@a.example", f"http://{build.HOST}", "a.example")
    mail = compose(story, who)
    assert texts(answer, "title")[number] == mail.subject
    content = entries(answer)[number].find(f"{ATOM}content")
    said = [x.strip() for x in content.itertext() if x.strip()]  # type: ignore[union-attr]
    assert said[:8] == [x.strip() for x in mail.text.splitlines() if x.strip()][:8]
    assert said[-1] == f"The rest is on the event’s page: http://{build.HOST}/events/{removal.id}"
    assert "d@a.example" not in answer.text


async def test_what_was_taken_back_and_what_takes_it_back(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    correction = next(e for e in filled[1].events if e.kind is Kind.RETRACTED)
    found = {
        x.findtext(f"{ATOM}link") or x.find(f"{ATOM}link").get("href"): x  # type: ignore[union-attr]
        for x in entries(await pages.get("/feed.atom"))
    }
    wrong = found[f"http://{build.HOST}/events/{correction.retracts}"]
    assert (wrong.findtext(f"{ATOM}title") or "").startswith("Withdrawn: roses moved: ")
    assert f"(event {correction.id}): this was wrong." in (wrong.findtext(f"{ATOM}summary") or "")
    right = found[f"http://{build.HOST}/events/{correction.id}"]
    assert (right.findtext(f"{ATOM}title") or "").startswith("Correction: roses did not move ")


async def test_a_site_has_its_own_and_a_search_its_own(pages: httpx.AsyncClient) -> None:
    titles = texts(await pages.get("/sites/tulip/feed.atom"), "title")
    assert titles
    assert all(t.startswith(("tulip", "Withdrawn: tulip", "Correction: tulip")) for t in titles)
    gone = await pages.get("/events.atom?kind=removed&q=painted")
    assert texts(gone, "title") == ["tulip replaced by a notice: Why the shed was painted"]
    assert (await pages.get("/sites/nobody/feed.atom")).status_code == 404
    assert (await pages.get("/events.atom?kind=odd")).status_code == 400
    assert (await pages.post("/feed.atom")).status_code == 405


async def test_who_has_it_already_is_told_so(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    first = await pages.get("/feed.atom")
    mark, date = first.headers["etag"], first.headers["last-modified"]
    assert date == "Mon, 23 Nov 2026 09:30:00 GMT"
    for asked in (
        {"if-none-match": mark},
        {"if-none-match": f'"x", W/{mark}'},
        {"if-none-match": "*"},
        {"if-modified-since": date},
        {"if-none-match": mark, "if-modified-since": "Sun, 01 Nov 1998 00:00:00 GMT"},
    ):
        again = await pages.get("/feed.atom", headers=asked)
        assert (again.status_code, again.content) == (304, b""), asked
        assert again.headers["etag"] == mark
    for asked in (
        {"if-none-match": '"x"'},
        {"if-none-match": '"x"', "if-modified-since": date},
        {"if-modified-since": "Mon, 23 Nov 2026 09:29:59 GMT"},
        {"if-modified-since": "yesterday"},
        {"if-modified-since": "Mon, 99 Nov 2026 09:30:00"},
    ):
        assert (await pages.get("/feed.atom", headers=asked)).status_code == 200, asked
    assert not (await pages.head("/feed.atom")).content


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[tuple[build.Filler, httpx.AsyncClient]]:
    """An empty database of its own, and its pages."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as store:
        async with build.client(store, build.config(tmp_path)) as client:
            yield build.Filler(store), client


async def test_a_feed_of_nothing_and_then_of_something(
    own: tuple[build.Filler, httpx.AsyncClient],
) -> None:
    fill, client = own
    empty = await client.get("/feed.atom")
    assert faults(empty.content) == []
    assert entries(empty) == []
    row = fill.post(fill.site("tulip"))
    fill.event(Kind.REMOVED, build.at(1), row)
    held = {"if-none-match": empty.headers["etag"]}
    first = await client.get("/feed.atom", headers=held)
    assert len(entries(first)) == 1
    # Changed within the second: a date would hide it, so none is given, and the one before is no help.
    assert "last-modified" not in first.headers
    held = {"if-modified-since": empty.headers["last-modified"]}
    assert (await client.get("/feed.atom", headers=held)).status_code == 200


async def test_the_newest_hundred_without_what_was_imported_or_forgotten(
    own: tuple[build.Filler, httpx.AsyncClient],
) -> None:
    fill, client = own
    site = fill.site("tulip")
    row, secret = fill.post(site), fill.post(site, path="secret", title="To be forgotten")
    for n in range(120):
        fill.event(Kind.EDITED, build.at(40) + timedelta(hours=n), row, silent=True)
    fill.event(Kind.REMOVED, build.at(3), secret)
    for n in range(200):
        fill.event(Kind.EDITED, build.at(2), row, origin="imported", title=f"Imported {n}")
    before = await client.get("/feed.atom")
    assert len(entries(before)) == 100
    assert "Imported" not in before.text
    assert "To be forgotten" in before.text
    fill.write(lambda conn: events.forget(conn, secret.state.post_id))
    held = {"if-none-match": before.headers["etag"]}
    after = await client.get("/feed.atom", headers=held)
    assert after.status_code == 200
    assert "To be forgotten" not in after.text
    assert "forgotten" not in repr(client._transport.app.state.feeds.__dict__)  # type: ignore[attr-defined]


async def test_ids_stay_when_the_address_changes(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = build.config(tmp_path)
    public = build.web(settings, base_url="https://watch.example.org/")
    async with (
        build.client(filled[0], settings, host="localhost:1") as here,
        build.client(filled[0], public) as there,
    ):
        one, two = await here.get("/feed.atom"), await there.get("/feed.atom")
    assert texts(one, "id") == texts(two, "id")
    assert ElementTree.fromstring(one.content).findtext(f"{ATOM}id") == ElementTree.fromstring(
        two.content
    ).findtext(f"{ATOM}id")
    assert 'rel="self" type="application/atom+xml" href="http://localhost:1/feed.atom"' in one.text
    assert 'href="https://watch.example.org/feed.atom"' in two.text
    assert build.HOST not in two.text


async def test_another_name_gets_no_feed(pages: httpx.AsyncClient) -> None:
    refused = await pages.get("/feed.atom", headers={"host": "evil.example"})
    assert refused.status_code == 421


async def test_an_event_that_cannot_be_said_holds_no_other(
    filled: tuple[Store, Filled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(story: Story) -> str:
        if story.event.id == 3:
            raise ValueError("odd")
        return told_text(story)

    monkeypatch.setattr("monitor.web.feeds.told_text", failing)
    async with build.client(filled[0], build.config(tmp_path)) as client:
        said = texts(await client.get("/feed.atom"), "summary")
    assert [s for s in said if "could not be put into words" in s] == [
        "Event 3 could not be put into words; its page shows it."
    ]


async def test_pages_name_their_feeds(pages: httpx.AsyncClient) -> None:
    async def named(path: str) -> list[str]:
        tree = html.fromstring((await pages.get(path)).text)
        assert tree.xpath("//nav/a[text()='Feed']/@href") == ["/feed.atom"]
        return [str(x) for x in tree.xpath("//link[@type='application/atom+xml']/@href")]

    assert await named("/") == ["/feed.atom"]
    assert await named("/sites/tulip") == ["/feed.atom", "/sites/tulip/feed.atom"]
    assert await named("/events?kind=removed&q=a+b&before=3") == [
        "/feed.atom",
        "/events.atom?q=a+b&kind=removed",
    ]


async def test_of_a_very_long_text_a_feed_says_only_that_it_was_edited(
    filled: tuple[Store, Filled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred of these would be compared for one answer."""
    monkeypatch.setattr("monitor.web.feeds.LONGEST", 1)
    monkeypatch.setattr("monitor.run.messages.diff", None)  # never called
    async with build.client(filled[0], build.config(tmp_path)) as client:
        answer = await client.get("/feed.atom")
    assert "could not be put into words" not in answer.text
    assert len(entries(answer)) > 3
