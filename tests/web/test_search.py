"""`/events` as a search: the page, and the same question as JSON, CSV and Atom."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.model import Kind
from monitor.store import Store, search_fill
from monitor.store.matched import MOST, latest_texts, matched_texts
from monitor.web import events, lists

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio


def said(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    (status,) = html.fromstring(answer.text).xpath("//p[@role='status']")
    return str(status.text_content())


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200
    return [e["id"] for e in answer.json()]


async def test_words_are_found_in_what_was_added_dropped_and_stands(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    by_kind = {(e.kind, e.site): e.id for e in filled[1].events}
    edited, back = by_kind[Kind.EDITED, "tulip"], by_kind[Kind.REINSTATED, "tulip"]
    # One pumpkin came with the first edit and is still there: all events of the post speak of it.
    pumpkin = numbers(await pages.get('/events.json?q="one+pumpkin"'))
    assert {edited, back} < set(pumpkin)
    # The chemicals were dropped; only the event that dropped it speaks of it.
    dropped = numbers(await pages.get("/events.json?q=no+chemical"))
    assert dropped == [back]
    assert numbers(await pages.get("/events.json?q=chemical+-roof")) == []
    assert back in numbers(await pages.get("/events.json?q=garden*&silent=1"))


async def test_each_row_says_where_the_words_stand(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    tree = html.fromstring((await pages.get("/events?q=pumpkin")).text)
    said = [str(x.text_content()) for x in tree.xpath("//ul[@class='rows']//q")]
    assert [x.text_content() for x in tree.xpath("//mark")] == ["pumpkin"] * len(said)
    whole = "The first year gave us beans and a great many tomatoes and one pumpkin."
    assert said and set(said) == {whole}
    assert tree.xpath("//q[@lang='en']") and "added or reworded:" in tree.text_content()
    # Poison stays text, whatever is looked for in it.
    for typed in ("alert+other", "onerror+again"):
        page = await pages.get(f"/events?q={typed}")
        tree = html.fromstring(page.text)
        assert "<script>" in tree.xpath("//q")[0].text_content() and tree.xpath("//q/mark")
        assert not tree.xpath("//script | //img | //@*[starts-with(name(), 'on')]")
    assert not html.fromstring((await pages.get("/events")).text).xpath("//q")


async def test_no_more_is_read_for_the_places_than_there_is_room_for(
    filled: tuple[Store, Filled],
) -> None:
    store, told = filled
    with store.read() as conn:
        everything, left = matched_texts(conn, told.events)
        assert sum(x is not None for texts in everything.values() for x in texts) > 6
        assert 0 < left < MOST
        few, _ = matched_texts(conn, told.events, 200)
        assert 0 < len({id(x) for texts in few.values() for x in texts if x is not None}) <= 2
        assert few.keys() == everything.keys()
        latest = latest_texts(conn, told.events, left)
        assert 0 < sum(texts.latest is not None for texts in latest.values()) < len(told.events)
        assert not any(texts.latest for texts in latest_texts(conn, told.events, 0).values())


async def test_days_have_two_names(pages: httpx.AsyncClient) -> None:
    for path in ("/events.json", "/events"):
        both = [
            await pages.get(f"{path}?{query}")
            for query in (
                "since=2026-11-17&until=2026-11-20",
                "from=2026-11-17&to=2026-11-20",
                "since=2026-11-17&from=2020-01-01&until=&to=2026-11-20",
            )
        ]
        assert len({answer.text for answer in both}) == 1
        assert both[0].text != (await pages.get(path)).text


async def test_every_form_of_a_question_answers_the_same(pages: httpx.AsyncClient) -> None:
    for query in (
        "",
        "?q=roof",
        "?q=shed&kind=removed",
        "?site=tulip&until=2026-11-20",
        "?q=%2D%2D",
    ):
        found = numbers(await pages.get(f"/events.json{query}"))
        assert found == sorted(found, reverse=True)
        answer = await pages.get(f"/events.csv{query}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-disposition"] == 'attachment; filename="events.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
        assert [int(r["id"]) for r in rows] == found
        page = await pages.get(f"/events{query}")
        many = said(page).split()[0]
        assert many == (str(len(found)) if found else "No")
        links = html.fromstring(page.text).xpath("//main//a/@href")
        for form in ("atom", "json", "csv"):
            (link,) = [x for x in links if x.partition("?")[0] == f"/events.{form}"]
            assert (await pages.get(link)).status_code == 200
    whole = (await pages.get("/events.json")).json()
    assert "=" not in {str(r)[:1] for r in rows} and whole[0]["schema"] == 1


async def test_a_list_ends_where_it_is_too_much_and_goes_over_the_wire_small(
    tmp_path: Path, empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROOM", 150_000)
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    for n in range(9):
        filler.event(Kind.DELISTED, build.at(20 - n), row, title="a word " * 9000)
    async with build.client(empty, build.config(tmp_path)) as client:
        seen: list[int] = []
        path = "/events.json"
        while path:
            answer = await client.get(path, headers={"accept-encoding": "identity"})
            assert len(answer.content) < 160_000 and "content-encoding" not in answer.headers
            seen += numbers(answer)
            path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
        assert seen == list(range(9, 0, -1))
        for path in ("/events.json", "/events.csv", "/feed.atom", "/api/v1/events"):
            plain = await client.get(path, headers={"accept-encoding": "gzip;q=0, br"})
            coded = await client.get(path, headers={"accept-encoding": "br, gzip;q=0.5"})
            assert "content-encoding" not in plain.headers and plain.content == coded.content
            assert coded.headers["content-encoding"] == "gzip"
            assert int(coded.headers["content-length"]) < len(plain.content) / 3
            assert coded.headers["etag"] != plain.headers["etag"]
            assert "accept-encoding" in plain.headers["vary"] and coded.headers["vary"]
            held = {"if-none-match": coded.headers["etag"], "accept-encoding": "gzip"}
            assert (await client.get(path, headers=held)).status_code == 304


async def test_records_are_as_they_were_sealed(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    newest = filled[1].events[-1]
    (record,) = [e for e in (await pages.get("/events.json")).json() if e["id"] == newest.id]
    assert record == newest.as_record()


async def test_a_long_list_goes_on_by_its_link(
    tmp_path: Path, empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "JSON_MOST", 10)
    monkeypatch.setattr(lists, "CSV_MOST", 10)
    monkeypatch.setattr(events, "COUNTED", 20)
    monkeypatch.setattr(events, "ROWS", 8)
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    for n in range(25):
        filler.event(Kind.DELISTED, build.at(200 - n), row)
    async with build.client(empty, build.config(tmp_path)) as client:
        for form in ("json", "csv"):
            seen: list[int] = []
            path = f"/events.{form}?kind=delisted&q=roof"
            while path:
                answer = await client.get(path)
                got = (
                    numbers(answer)
                    if form == "json"
                    else [int(r["id"]) for r in csv.DictReader(io.StringIO(answer.text))]
                )
                seen += got
                link = answer.headers.get("link", "")
                assert not link or link.endswith('; rel="next"')
                path = link.partition("<")[2].partition(">")[0]
            assert seen == list(range(25, 0, -1))
        first = await client.get("/events?q=roof")
        assert said(first) == "More than 20 events like that, the newest shown here"
        second = await client.get("/events?q=roof&before=18")
        assert said(second) == "17 events like that before event 18, the newest shown here"
        assert (
            said(await client.get("/events?q=roof&before=3")) == "2 events like that before event 3"
        )
        assert said(await client.get("/events?before=3")) == "2 events before event 3"


async def test_who_has_it_already_is_told_so(pages: httpx.AsyncClient) -> None:
    for path in ("/events.json?q=roof", "/events.csv"):
        first = await pages.get(path)
        again = await pages.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_no_title_is_a_formula(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site(), title='=HYPERLINK("https://evil.example","x")')
    filler.event(Kind.DELISTED, build.at(1), row)
    async with build.client(empty, build.config(tmp_path)) as client:
        text = (await client.get("/events.csv")).text
    assert ",\"'=HYPERLINK(" in text and ",=" not in text and ',"=' not in text


@pytest.mark.parametrize("form", ["json", "csv", "atom"])
async def test_a_senseless_question_is_400(pages: httpx.AsyncClient, form: str) -> None:
    for query in ("kind=odd", "since=yesterday", "until=2026-13-01", "from=yesterday", "to=x"):
        assert (await pages.get(f"/events.{form}?{query}")).status_code == 400
    assert (await pages.get(f"/events.{form}?before=x")).status_code == 404
    assert (await pages.post(f"/events.{form}")).status_code == 405


async def test_what_we_said_of_events_narrows_our_own_lists_alone(
    tmp_path: Path, empty: Store
) -> None:
    from monitor.store.marks import Mark, MarkKind, add_mark

    filler = build.Filler(empty)
    row = filler.post(filler.site())
    for n in range(2):
        filler.event(Kind.DELISTED, build.at(2 - n), row)
    empty.write(lambda conn: add_mark(conn, Mark(1, MarkKind.ACK, "", "", build.NOW)))
    settings = build.config(tmp_path)
    async with build.client(empty, settings) as ours:
        assert numbers(await ours.get("/events.json?seen=no")) == [2]
    async with build.client(empty, build.web(settings, public=True)) as theirs:
        assert numbers(await theirs.get("/events.json?seen=no")) == [2, 1]
        assert "seen=no" not in (await theirs.get("/events?seen=no")).text


async def test_a_search_that_lacks_something_says_so(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    filler.event(Kind.DELISTED, build.at(1), row)
    empty.write(search_fill.again)
    async with build.client(empty, build.config(tmp_path)) as client:
        lacking = said(await client.get("/events?q=roof"))
        assert lacking.startswith("No event like that. The first event was told 2026-11-")
        assert "Not all that is stored can be searched yet" in lacking
        assert said(await client.get("/events")) == "1 event"
        while empty.write(search_fill.catch_up):
            pass
        assert said(await client.get("/events?q=roof")) == "1 event like that"


async def test_what_was_typed_stays_in_the_form(pages: httpx.AsyncClient) -> None:
    typed = '"><script>alert(1)</script> -shed roof*'
    answer = await pages.get("/events", params={"q": typed})
    tree = html.fromstring(answer.text)
    assert tree.xpath("//input[@name='q']/@value") == [typed]
    (told,) = tree.xpath("//input[@name='q']/@aria-describedby")
    assert "latest text" in tree.xpath(f"//*[@id='{told}']")[0].text_content()
    assert "<script>alert" not in answer.text
