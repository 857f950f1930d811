"""`ack`, `dismiss` and `note`: kept for us alone, beside a running daemon, and never in the chain."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from monitor.model import Event, Kind
from monitor.store import Store, events, meta, queue
from monitor.store.chain_faults import verify_chain
from monitor.store.marks import MarkKind, marks
from tests.support.command import Ran
from tests.support.inside import inside
from tests.web.build import NOW, Filler, at

RECORD = ["event", "kind", "text", "by", "at", "already", "reminders_dropped"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database with a post that was edited, then removed together with another."""
    (tmp_path / "postwatch.toml").write_text("")
    url = f"sqlite:///{tmp_path / 'postwatch.db'}"
    with Store.open(url, create=True, clock=lambda: NOW) as opened:
        f = Filler(opened)
        site = f.site()
        roof, shed = f.post(site), f.post(site, path="shed", title="The shed")
        f.event(Kind.EDITED, at(3), roof)
        for row in (roof, shed):
            f.event(Kind.REMOVED, at(2), row, batch="9f86d081884c7d65")
        yield opened


def told(store: Store) -> list[Event]:
    with store.read() as conn:
        return events.events(conn)


def kept(store: Store) -> list[tuple[int, MarkKind, str, str]]:
    with store.read() as conn:
        return [(m.event_id, m.kind, m.text, m.by) for m in marks(conn, [1, 2, 3])]


def remind(store: Store, event_id: int) -> None:
    key = [("mail", "desk@example.org")]
    for notice in ("still gone 1", "still gone 2"):
        store.write(partial(_add, event_id=event_id, keys=key, notice=notice))


def _add(conn: Connection, event_id: int, keys: list[tuple[str, str]], notice: str) -> None:
    queue.add_alerts(conn, event_id, keys, NOW + timedelta(1), notice)


def refused(ran: Ran) -> str:
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran
    return ran.err


def test_what_is_said_is_kept_beside_the_event_and_its_reminders_end(
    tmp_path: Path, store: Store
) -> None:
    before = told(store)
    remind(store, 2)
    ran = inside(tmp_path, "ack", "2", "--by", "Rosa", "--note", "I\nwrite \x1b[31mabout it")
    assert ran.code == 0, ran
    row, mark, last = ran.out.splitlines()
    assert row.startswith("2 ") and "The roof garden" in row
    assert mark.strip().startswith("marked as seen by Rosa, 20")
    assert mark.endswith(": I write \N{REPLACEMENT CHARACTER}[31mabout it")
    assert last == "No more reminders of it."
    with store.read() as conn:
        assert [a.notice for a in queue.alerts(conn, event_id=2)] == [""]
        assert verify_chain(conn) == []
    assert inside(tmp_path, "note", "2", "They say it was a mistake").code == 0
    assert [k[:2] for k in kept(store)] == [(2, MarkKind.ACK), (2, MarkKind.NOTE)]
    assert told(store) == before


def test_to_say_it_again_is_no_error_and_keeps_only_what_is_new(
    tmp_path: Path, store: Store
) -> None:
    inside(tmp_path, "ack", "1", "--by", "Rosa")
    again = inside(tmp_path, "ack", "1", "--by", "Ben")
    assert again.code == 0
    assert "already marked as seen by Rosa" in again.out and "Ben" not in again.out
    assert len(kept(store)) == 1
    more = inside(tmp_path, "ack", "1", "--by", "Ben", "--note", "So have I")
    assert "already marked as seen by Rosa" in more.out
    assert "      marked as seen by Ben" in more.out
    assert inside(tmp_path, "dismiss", "1").out.endswith("UTC\n")
    assert [k[1:] for k in kept(store)] == [
        (MarkKind.ACK, "", "Rosa"),
        (MarkKind.ACK, "So have I", "Ben"),
        (MarkKind.DISMISS, "", ""),
    ]


def test_a_dismissed_event_was_still_told(tmp_path: Path, store: Store) -> None:
    ran = inside(tmp_path, "dismiss", "1")
    assert "dismissed, 20" in ran.out
    assert "postwatch retract 1 --why TEXT" in ran.err


def test_a_batch_is_marked_as_one(tmp_path: Path, store: Store) -> None:
    remind(store, 2)
    remind(store, 3)
    ran = inside(tmp_path, "ack", "9f86d081884c7d65")
    assert ran.out.count("marked as seen") == 2
    assert ran.out.endswith("No more reminders of them.\n")
    assert [k[0] for k in kept(store)] == [2, 3]


def test_json_has_every_key(tmp_path: Path, store: Store) -> None:
    remind(store, 2)
    args = (("ack", "2"), ("ack", "2"), ("dismiss", "2", "--note", "é"), ("note", "2", "x"))
    lines = [inside(tmp_path, *a, "--by", "Rosa", "--json").lines for a in args]
    found = [record for (record,) in lines]
    assert [list(r) for r in found] == [RECORD] * 4
    assert [r["kind"] for r in found] == ["ack", "ack", "dismiss", "note"]
    assert [r["already"] for r in found] == [False, True, False, False]
    assert [r["reminders_dropped"] for r in found] == [2, 0, 0, 0]
    assert found[0]["at"] == found[1]["at"]
    assert (found[2]["text"], found[2]["by"]) == ("é", "Rosa")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ack", "99"], "no event or batch 99. The newest is event 3."),
        (["dismiss", "9f86d081884c7d66"], "Did you mean batch 9f86d081884c7d65?"),
        (["note", "0", "x"], "no event or batch 0."),
        (["note", "1", " \n"], "the note says nothing"),
        (["note", "1"], "Missing argument 'TEXT'"),
        (["ack"], "Missing argument 'EVENT-or-BATCH'"),
        (["ack", "9" * 40], "no event or batch 999"),
        (["ack", "1", "--why", "x"], "No such option"),
    ],
)
def test_bad_usage_is_one_line_and_keeps_nothing(
    tmp_path: Path, store: Store, args: list[str], said: str
) -> None:
    assert said in refused(inside(tmp_path, *args))
    assert kept(store) == []


def test_lists_and_histories_show_it_and_records_do_not(tmp_path: Path, store: Store) -> None:
    before = inside(tmp_path, "events", "--json").out
    url = told(store)[0].url or ""
    life = inside(tmp_path, "history", url, "--json").out
    inside(tmp_path, "ack", "1", "--by", "Rosa")
    inside(tmp_path, "dismiss", "2", "--note", "Their cache")
    inside(tmp_path, "note", "2", "Asked them")
    rows = inside(tmp_path, "events").out.splitlines()
    assert [r.rpartition("   (")[2] for r in rows[1:]] == ["dismissed)", "marked as seen)"]
    assert "(" not in rows[0]
    text = inside(tmp_path, "history", url).out
    seen, dismissed, note = (
        text.index(w) for w in ("marked as seen by Rosa", ": Their cache", "note, 20")
    )
    assert seen < dismissed < note
    assert inside(tmp_path, "events", "--json").out == before
    assert inside(tmp_path, "history", url, "--json").out == life
    assert all("mark" not in json.loads(line) for line in before.splitlines())


def test_it_is_kept_while_a_daemon_checks_and_writes(tmp_path: Path, store: Store) -> None:
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1

            def fill(conn: Connection, n: int = n) -> None:
                meta.put(conn, f"busy{n % 7}", str(n))

            store.write(fill)

    with store.lock():
        busy = threading.Thread(target=write)
        busy.start()
        try:
            for n in (1, 2, 3):
                assert inside(tmp_path, "ack", str(n)).code == 0
        finally:
            stop.set()
            busy.join()
    assert len(kept(store)) == 3
