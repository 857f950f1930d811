"""The chain of events: sealed in order, read back as stored, and every tampering shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as ThreadEvent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from monitor.cli.follow import following
from monitor.errors import StoreError
from monitor.model import Event, Kind, LookRecord, Reason, Role
from monitor.store import Store, events, marks, meta, tables
from monitor.store.chain import GENESIS, body_hash, canonical, link_hash
from monitor.store.chain_faults import verify_chain
from monitor.store.search import Wanted
from monitor.values import replace
from tests.store.build import NOW, an_event, appended, later, read, write

_E = tables.events


def test_events_are_numbered_and_linked(store: Store) -> None:
    assert read(store, events.head) == (0, GENESIS)
    one, two = appended(store), appended(store)
    assert (one.id, one.prev, two.id, two.prev) == (1, GENESIS, 2, one.hash)
    assert read(store, events.head) == (2, two.hash)
    for event in (one, two):
        record = read(store, events.record, event.id)
        assert record == event.as_record()
        assert (record["body"], record["hash"]) == (body_hash(record), link_hash(record))
    assert read(store, verify_chain) == []
    assert read(store, events.record, 3) is None and read(store, events.event, 3) is None


def test_a_failed_append_leaves_no_gap(store: Store) -> None:
    appended(store)

    def fails(conn: Any) -> None:
        events.append(conn, an_event(), uid="lost", salt="x")
        raise KeyError

    with pytest.raises(KeyError):
        store.write(fails)
    assert appended(store).id == 2
    with pytest.raises(StoreError):
        store.write(
            lambda c: [events.append(c, an_event(), uid="same", salt="x") for _ in range(2)]
        )
    assert appended(store).id == 3
    assert read(store, verify_chain) == []


def test_processes_append_to_one_chain(store: Store, open_store: Callable[..., Store]) -> None:
    both = (store, open_store())
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: appended(both[n % 2]), range(30)))
    assert [e.id for e in read(store, events.events)] == list(range(1, 31))
    assert read(store, verify_chain) == []


times = st.timedeltas(timedelta(-9999), timedelta(9999)).map(lambda d: NOW + d)
texts = st.text(st.characters(codec=None), max_size=12)
some_events = st.builds(
    Event,
    kind=st.sampled_from(Kind),
    detected_at=times,
    reason=st.none() | st.sampled_from(Reason),
    site=st.none() | texts,
    post=st.none() | st.integers(1, 2**53 - 1),
    url=st.none() | texts,
    title=texts,
    published_at=st.none() | texts,
    last_seen_at=st.none() | times,
    absent_for=st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    why=st.none() | texts,
    fields=st.lists(texts, max_size=2).map(tuple),
    words_added=st.integers(0, 10**6),
    similarity=st.none() | st.floats(0, 1),
    silent=st.none() | st.booleans(),
    phrases_lost=st.lists(texts, max_size=2).map(tuple),
    batch=st.none() | texts,
    evidence=st.lists(texts, max_size=2).map(tuple),
    looks=st.lists(
        st.builds(
            LookRecord,
            at=times,
            url=texts,
            role=st.sampled_from(Role),
            status=st.none() | st.integers(100, 599),
            rule=texts,
            server_date=texts,
        ),
        max_size=2,
    ).map(tuple),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(some_events)
def test_any_event_is_read_back_byte_for_byte(store: Store, event: Event) -> None:
    stored = appended(store, event)
    record = read(store, events.record, stored.id)
    assert canonical(read(store, events.event, stored.id).as_record()) == canonical(record)
    assert canonical(stored.as_record()) == canonical(record)
    assert body_hash(record) == record["body"] and link_hash(record) == record["hash"]
    assert read(store, verify_chain) == []


def test_surrogates_and_nuls_are_scrubbed_before_the_seal(store: Store) -> None:
    stored = appended(store, an_event(title="a\0b\ud800c", evidence=("x\udfff",), site="s\0"))
    assert (stored.title, stored.evidence, stored.site) == (
        "a\ufffdb\ufffdc",
        ("x\ufffd",),
        "s\ufffd",
    )
    assert read(store, verify_chain) == []


def test_events_are_asked_for(store: Store) -> None:
    for n in range(6):
        appended(
            store,
            an_event(
                Kind.EDITED if n % 2 else Kind.REMOVED,
                site="acme" if n < 4 else "other",
                post=n,
                batch="b" if n in (1, 2) else None,
                detected_at=later(hours=n),
            ),
        )

    def ids(**asked: Any) -> list[int]:
        return [e.id for e in read(store, events.events, **asked)]

    assert ids() == [1, 2, 3, 4, 5, 6]
    assert ids(newest_first=True, limit=2) == [6, 5]
    assert ids(after=4) == [5, 6]
    assert ids(before=3) == [1, 2]
    assert ids(since=later(hours=4, minutes=-1)) == [5, 6]
    assert ids(sites=["other", "nobody"]) == [5, 6]
    assert ids(kinds=[Kind.EDITED], sites=["acme"]) == [2, 4]
    assert ids(post_id=3) == [4]
    assert ids(batch="b") == [2, 3]
    assert ids(after=1, before=6, kinds=(Kind.REMOVED,), limit=1) == [3]


def change_record(**changed: Any) -> Callable[[Any], None]:
    def change(conn: Any) -> None:
        row = conn.execute(select(_E.c.record).where(_E.c.id == 3)).scalar_one()
        record = json.dumps(json.loads(row) | changed)
        conn.execute(update(_E).where(_E.c.id == 3).values(record=record))

    return change


def restyle(conn: Any) -> None:
    """A record that reads the same and is not the same."""
    record = json.dumps(
        json.loads(conn.execute(select(_E.c.record).where(_E.c.id == 3)).scalar_one())
    )
    conn.execute(update(_E).where(_E.c.id == 3).values(record=record))


def reseal(conn: Any) -> None:
    """A forger who also makes the event's own hashes right."""
    change_record(title="Nothing to see")(conn)
    record = json.loads(conn.execute(select(_E.c.record).where(_E.c.id == 3)).scalar_one())
    record["body"] = body_hash(record)
    record["hash"] = link_hash(record)
    values = {
        "record": events.as_text(record),
        "title": record["title"],
        "body": record["body"],
        "hash": record["hash"],
    }
    conn.execute(update(_E).where(_E.c.id == 3).values(values))


def drop(*ids: int) -> Callable[[Any], None]:
    return lambda conn: conn.execute(delete(_E).where(_E.c.id.in_(ids)))


def column(**changed: Any) -> Callable[[Any], None]:
    return lambda conn: conn.execute(update(_E).where(_E.c.id == 3).values(changed))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (change_record(title="Nothing to see"), "event 3: its record was altered"),
        (change_record(salt=""), "event 3: its record was altered"),
        (change_record(detected_at="2020-01-01T00:00:00Z"), "event 3: its record was altered"),
        (change_record(kind="edited"), "event 3: its record was altered"),
        (change_record(extra=1), "event 3: its record was altered"),
        (change_record(looks=[{}]), "event 3: its record was altered"),
        (column(record="{"), "event 3: its record was altered"),
        (column(record="[]"), "event 3: its record was altered"),
        (column(url="https://elsewhere/"), "event 3: its columns were altered (url)"),
        (column(detected_at=later(days=3)), "event 3: its columns were altered (detected_at)"),
        (column(site="corvans"), "event 3: its columns were altered (site)"),
        (restyle, "event 3: its record was altered (it reads the same"),
        (reseal, "event 4: it is not linked to the event before it"),
        (drop(3), "event 3 is missing"),
        (drop(1), "event 1 is missing"),
        (drop(2, 3), "events 2 to 3 are missing"),
        (drop(5), "event 5 is missing: the chain's head is event 5"),
        (drop(1, 2, 3, 4, 5), "events 1 to 5 are missing"),
        (lambda c: c.execute(delete(tables.meta)), "event 5 stands after the chain's head"),
        (
            lambda c: meta.put(c, "head", json.dumps({"id": 5, "hash": "0" * 64})),
            "event 5: the chain's head has another hash",
        ),
    ],
)
def test_tampering_shows(store: Store, tamper: Callable[[Any], None], said: str) -> None:
    for _ in range(5):
        appended(store)
    store.write(tamper)
    faults = read(store, verify_chain)
    assert len(faults) == 1 and faults[0].startswith(said), faults


def test_a_forgotten_event_keeps_its_place_and_nothing_else(store: Store) -> None:
    for post in (1, 2, 1):
        appended(store, an_event(post=post, title="A secret", evidence=("secret",)))
    assert write(store, events.forget, 1) == 2
    assert read(store, verify_chain) == []
    with store.read() as conn:
        rows = conn.execute(select(_E).where(_E.c.post_id == 1)).all()
    assert len(rows) == 2 and "secret" not in str(rows) and "acme.example" not in str(rows)
    stub = read(store, events.event, 1)
    assert events.is_stub(stub) and not events.is_stub(read(store, events.event, 2))
    assert appended(store).id == 4
    assert read(store, verify_chain) == []
    # A stub hides no forgery: it may say nothing at all.
    forged = replace(stub, title="Something").as_record()
    store.write(
        lambda c: c.execute(
            update(_E).where(_E.c.id == 1).values(record=json.dumps(forged), title="Something")
        )
    )
    assert read(store, verify_chain) == [
        "event 1: its record was altered (its body has another hash)"
    ]


def test_marks_stand_beside_an_event(store: Store) -> None:
    event = appended(store)
    given_marks = [
        marks.Mark(event.id, marks.MarkKind.ACK, "", "ann", NOW),
        marks.Mark(event.id, marks.MarkKind.NOTE, "called them", "bo", later(hours=1)),
    ]
    for mark in given_marks:
        write(store, marks.add_mark, mark)
    assert read(store, marks.marks, [event.id, 99]) == given_marks
    assert read(store, marks.marks, []) == []
    assert read(store, marks.verdicts) == {event.id: given_marks[0]}  # a note is none
    noise = marks.Mark(event.id, marks.MarkKind.DISMISS, "", "bo", later(hours=2))
    write(store, marks.add_mark, noise)
    assert read(store, marks.verdicts) == {event.id: noise}
    assert read(store, marks.verdicts, [99]) == {} == read(store, marks.verdicts, [])
    assert read(store, verify_chain) == []


def test_metas_come_back(store: Store) -> None:
    write(store, meta.put, "token:a%", "1")
    write(store, meta.put, "token:b", "2")
    write(store, meta.put, "token:b", "3")
    write(store, meta.put, "other", "4")
    assert read(store, meta.values, "token:") == {"token:a%": "1", "token:b": "3"}
    assert read(store, meta.values, "token:a%") == {"token:a%": "1"}
    write(store, meta.put, "token:b", "")
    assert read(store, meta.value, "token:b") == ""
    with store.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM meta")).scalar_one() == 2


def test_who_follows_misses_no_event_that_is_committed_late(
    store: Store, open_store: Callable[..., Store]
) -> None:
    """A number is taken and committed before the next is: a follower that has seen 2 has seen 1."""
    slow, quick = open_store(), open_store()
    taken, go = ThreadEvent(), ThreadEvent()

    def held(conn: Any) -> Event:
        event = events.append(conn, an_event(), uid="slow", salt="s")
        taken.set()
        assert go.wait(20)
        return event

    seen: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow.write, held)
        assert taken.wait(20)
        second = pool.submit(appended, quick)
        waits = iter([True, False])
        seen += _followed(store, 0, lambda: next(waits))
        assert seen == []
        assert not second.done()
        go.set()
        assert (first.result(20).id, second.result(20).id) == (1, 2)
    waits = iter([True, False])
    assert _followed(store, 0, lambda: next(waits)) == [1, 2]


def _followed(store: Store, last: int, wait: Callable[[], bool]) -> list[int]:
    found = following(store, last, Wanted(), wait=wait, say=pytest.fail)
    return [e.id for e in found]
