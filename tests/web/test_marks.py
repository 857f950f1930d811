"""What we said of an event: kept by the forms of its page, shown to us and to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.config.values import Secret
from monitor.errors import StoreError
from monitor.model import Kind
from monitor.store import Store, events, meta, queue
from monitor.store.chain_faults import verify_chain
from monitor.store.marks import MarkKind, marks
from monitor.web.access import PAGE_CSP

from . import build
from .test_login import BROWSER, PASSWORD, basic, fields, log_in

pytestmark = pytest.mark.anyio
BATCH = "9f86d081884c7d65"


@pytest.fixture
def told(empty: Store) -> Iterator[Store]:
    """A post that was edited twice in a day, then removed together with another."""
    f = build.Filler(empty)
    site = f.site()
    roof, shed = f.post(site), f.post(site, path="shed", title="The shed")
    for hour in (2, 1):
        f.event(Kind.EDITED, build.at(3, hour), roof)
    for row in (roof, shed):
        f.event(Kind.REMOVED, build.at(2), row, batch=BATCH)
    yield empty


def kept(store: Store) -> list[tuple[int, MarkKind, str, str]]:
    with store.read() as conn:
        return [(m.event_id, m.kind, m.text, m.by) for m in marks(conn, [1, 2, 3, 4])]


async def send(client: httpx.AsyncClient, event: int, what: str, **values: str) -> httpx.Response:
    """Fills in the form of an event's page and presses a button."""
    page = (await client.get(f"/events/{event}", headers=BROWSER)).text
    form = fields(page, f"/events/{event}/ack")
    return await client.post(f"/events/{event}/{what}", data={**form, **values})


def said(page: str) -> str:
    tree = html.fromstring(page)
    (heading,) = tree.xpath("//h2[@id='said']")
    return " ".join(heading.getnext().text_content().split())


async def test_the_forms_keep_what_is_said_and_lead_back(told: Store, tmp_path: Path) -> None:
    with told.read() as conn:
        before = events.events(conn)
    key = [("mail", "desk@example.org")]
    told.write(
        lambda conn: queue.add_alerts(conn, 3, key, build.NOW + timedelta(1), notice="still gone")
    )
    async with build.client(told, build.config(tmp_path)) as client:
        page = (await client.get("/events/3")).text
        assert "The next reminder is due" in page and page.count("<li>channel mail") == 1
        answer = await send(client, 3, "ack", note=build.POISON, by="Rosa <b>")
        assert (answer.status_code, answer.headers["location"]) == (303, "/events/3#said")
        assert answer.headers["content-security-policy"] == PAGE_CSP
        page = (await client.get("/events/3")).text
        assert said(page).startswith("Marked as seen by Rosa <b>, 2026-11-23 09:30 UTC: <script>")
        assert "<script" not in page and "No more reminders of it are sent." in page
        assert "The next reminder" not in page
        await send(client, 3, "note", note="Asked them", by="")
        await send(client, 3, "dismiss", note="", by="")
        page = (await client.get("/events/3")).text
        assert "Dismiss as noise" not in page and "Mark as seen" in page
    assert [k[:2] for k in kept(told)] == [
        (3, MarkKind.ACK),
        (3, MarkKind.NOTE),
        (3, MarkKind.DISMISS),
    ]
    with told.read() as conn:
        assert events.events(conn) == before and verify_chain(conn) == []
        assert [a.notice for a in queue.alerts(conn, event_id=3)] == [""]


async def test_a_form_sent_twice_is_kept_once(told: Store, tmp_path: Path) -> None:
    async with build.client(told, build.config(tmp_path)) as client:
        for _ in range(2):
            assert (await send(client, 1, "ack", by="Rosa")).status_code == 303
    assert kept(told) == [(1, MarkKind.ACK, "", "Rosa")]


async def test_all_events_of_one_cause_are_marked_as_one(told: Store, tmp_path: Path) -> None:
    async with build.client(told, build.config(tmp_path)) as client:
        assert "all 2 events of the same cause" in (await client.get("/events/3")).text
        assert "of the same cause" not in (await client.get("/events/1")).text
        await send(client, 3, "ack", all="1")
        assert [k[0] for k in kept(told)] == [3, 4]
        await send(client, 1, "ack", all="1")
    assert [k[0] for k in kept(told)] == [3, 4, 1]


async def test_rows_say_it_and_what_is_not_marked_can_be_listed(
    told: Store, tmp_path: Path
) -> None:
    async with build.client(told, build.config(tmp_path)) as client:

        async def words(path: str) -> list[str]:
            tree = html.fromstring((await client.get(path)).text)
            rows = tree.xpath("//ul[@class='rows'][1]/li")
            return [
                " ".join(x.text_content() for x in r.xpath(".//*[@class='said']")) for r in rows
            ]

        assert len(await words("/events?seen=no")) == 3
        await send(client, 3, "ack")
        await send(client, 1, "dismiss")
        lists = ("/", "/events", "/sites/tulip")
        for path in lists:  # one of the two edits in a row is not marked yet
            assert await words(path) == ["marked as seen", ""]
        await send(client, 2, "dismiss")
        for path in lists:
            assert await words(path) == ["marked as seen", "dismissed"]
        assert await words("/posts/1") == ["marked as seen", "dismissed", "dismissed"]
        assert len(await words("/events?seen=no")) == 1
        page = (await client.get("/events?seen=no&kind=removed")).text
        assert 'name="seen" value="no" checked' in page
        assert "seen=no" not in page.partition('type="application/atom+xml"')[2][:200]
        assert (await client.get("/events.atom")).text.count("marked as seen") == 0


async def test_what_is_wrong_with_a_form_is_said_and_nothing_kept(
    told: Store, tmp_path: Path
) -> None:
    async with build.client(told, build.config(tmp_path)) as client:
        for note in ("", "  \n", "\u200b"):
            answer = await send(client, 1, "note", note=note)
            assert answer.status_code == 400 and "A note needs words" in answer.text
        form = fields((await client.get("/events/1")).text, "/events/1/ack")
        for path, status in (("/events/99/ack", 404), ("/events/0/ack", 404), ("/events/1/x", 404)):
            assert (await client.post(path, data=form)).status_code == status
        assert (await client.get("/events/1/ack")).status_code == 405
        for what in ("ack", "dismiss", "note"):
            answer = await client.post(f"/events/1/{what}", data={**form, "csrf": "0" * 64})
            assert answer.status_code == 403
            answer = await client.post(
                f"/events/1/{what}", data=form, headers={"sec-fetch-site": "cross-site"}
            )
            assert answer.status_code == 403
        many = {**form, **{f"f{n}": "x" for n in range(30)}}
        assert (await client.post("/events/1/ack", data=many)).status_code == 400
    assert kept(told) == []


async def test_a_long_note_is_cut_not_refused(told: Store, tmp_path: Path) -> None:
    async with build.client(told, build.config(tmp_path)) as client:
        assert (await send(client, 1, "ack", note="x" * 9000, by="y" * 900)).status_code == 303
    ((_, _, text, by),) = kept(told)
    assert (len(text), len(by)) == (2000, 200)


async def test_strangers_see_nothing_of_it(told: Store, tmp_path: Path) -> None:
    async with build.client(told, build.config(tmp_path)) as client:
        await send(client, 3, "dismiss", note="A secret remark", by="Rosa")
    read_only = build.web(build.config(tmp_path), public=True)
    both = build.web(build.config(tmp_path), public=True, password=Secret(PASSWORD))
    paths = ("/", "/events", "/events?seen=no", "/events/3", "/posts/1", "/sites/tulip")
    for settings in (read_only, both):
        async with build.client(told, settings) as client:
            for path in paths:
                page = (await client.get(path, headers=BROWSER)).text
                for word in ("secret remark", "Rosa", "dismissed", 'id="said"', "not marked"):
                    assert word not in page, (path, word)
            found = html.fromstring((await client.get("/events?seen=no")).text)
            assert len(found.xpath("//ul[@class='rows']/li")) == 2  # as without the question
            assert (await client.post("/events/3/ack", data={"csrf": "x"})).status_code == 403
    async with build.client(told, both) as client:
        page = (await client.get("/events/3", headers=basic())).text
        assert "A secret remark" in page and "<form" not in page
        await log_in(client)
        assert (await send(client, 3, "ack")).status_code == 303


async def test_the_form_is_labelled_and_needs_no_script(told: Store, tmp_path: Path) -> None:
    async with build.client(told, build.config(tmp_path)) as client:
        (form,) = html.fromstring((await client.get("/events/3")).text).xpath("//form")
    assert form.get("method") == "post"
    for field in form.xpath(".//input[not(@type='hidden')]"):
        assert any(True for _ in field.iterancestors("label"))
    assert [b.text_content() for b in form.xpath(".//button[@type='submit']")] == [
        "Mark as seen",
        "Dismiss as noise",
        "Keep the note alone",
    ]


async def test_it_is_kept_by_pages_served_beside_a_daemon_that_writes(
    told: Store, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            told.write(lambda conn: meta.put(conn, "busy", str(threading.get_ident())))

    # As `serve` opens it, while the daemon holds the lock of who checks.
    with told.lock(), Store.open(told.url, clock=lambda: build.NOW) as store:
        busy = threading.Thread(target=write)
        busy.start()
        try:
            async with build.client(store, build.config(tmp_path)) as client:
                assert (await send(client, 1, "ack")).status_code == 303
        finally:
            stop.set()
            busy.join()
    assert [k[0] for k in kept(told)] == [1]


async def test_a_database_that_cannot_be_written_says_that_nothing_was_kept(
    told: Store, tmp_path: Path
) -> None:
    async def refuse(fn: object) -> object:
        raise StoreError("the database is locked by another program")

    async with build.client(told, build.config(tmp_path)) as client:
        await client.get("/events/1")
        told.awrite = refuse  # type: ignore[method-assign, assignment]
        answer = await send(client, 1, "ack")
    assert answer.status_code == 503
    assert "Nothing was kept" in answer.text and "locked" not in answer.text
