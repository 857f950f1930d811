"""What one transaction knows is forgotten with it, and with each part of it that may be rolled back."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from monitor.model import Kind
from monitor.read.changed import Changed
from monitor.read.terms import search
from monitor.store import Store, bodies, chain_faults, events, header_sets, search_events, sweep
from monitor.store.search import Wanted, found
from monitor.store.within import within
from tests.store.build import an_event, appended, write

HEADERS = (("content-type", "text/html"), ("server", "harbour"))
BODY = b"<p>Nobody asked.</p>" * 50


class Undone(Exception):
    pass


def _undone(conn: Connection) -> None:
    within(conn)["known"] = True
    header_sets.keep_headers(conn, HEADERS)
    bodies.keep_body(conn, BODY)
    events.append(conn, an_event(Kind.PUBLISHED), uid="undone", salt="salt")
    raise Undone


def test_a_transaction_knows_nothing_of_the_one_before(store: Store) -> None:
    def first(conn: Connection) -> int:
        within(conn)["known"] = True
        return len(within(conn))

    assert store.write(first) == 1
    assert store.write(lambda conn: dict(within(conn))) == {}


def test_what_was_rolled_back_is_written_again(store: Store) -> None:
    with pytest.raises(Undone):
        store.write(_undone)
    _written(store)


def test_what_a_savepoint_knew_is_forgotten_with_it(store: Store) -> None:
    def both(conn: Connection) -> str:
        within(conn)["known"] = True
        with pytest.raises(Undone), conn.begin_nested():
            assert within(conn) == {}
            _undone(conn)
        assert within(conn) == {}
        return header_sets.keep_headers(conn, HEADERS)

    reference = store.write(both)
    _written(store)
    with store.read() as conn:
        assert header_sets.headers(conn, reference) == HEADERS


def test_what_was_taken_out_is_kept_anew(store: Store) -> None:
    def again(conn: Connection) -> str:
        digest = bodies.keep_body(conn, BODY)
        header_sets.keep_headers(conn, HEADERS)
        bodies.drop(conn, [digest])
        assert bodies.keep_body(conn, BODY) == digest
        assert bodies.is_kept(conn, digest)
        sweep.sweep(conn)
        return header_sets.keep_headers(conn, HEADERS)

    reference = store.write(again)
    with store.read() as conn:
        assert header_sets.headers(conn, reference) == HEADERS


def test_the_words_of_an_event_that_is_added_again_are_the_new_ones(store: Store) -> None:
    event = appended(store)
    for word in ("gasket", "sluice"):
        write(store, search_events.add_event, event, Changed((word,)))
    with store.read() as conn:
        assert found(conn, Wanted(search("sluice"))) == [event.id]
        assert not found(conn, Wanted(search("gasket")))


def test_events_of_one_transaction_are_linked(store: Store) -> None:
    def three(conn: Connection) -> None:
        for n in range(3):
            events.append(conn, an_event(Kind.PUBLISHED), uid=f"one-of-three-{n}", salt="salt")

    store.write(three)
    appended(store, an_event(Kind.EDITED))
    with store.read() as conn:
        assert [e.id for e in events.events(conn)] == [1, 2, 3, 4]
        assert chain_faults.verify_chain(conn) == []


def _written(store: Store) -> None:
    """Writes what `_undone` did not, and finds it all."""

    def again(conn: Connection) -> tuple[str, str]:
        events.append(conn, an_event(Kind.PUBLISHED), uid="done", salt="salt")
        return header_sets.keep_headers(conn, HEADERS), bodies.keep_body(conn, BODY)

    reference, digest = store.write(again)
    with store.read() as conn:
        assert header_sets.headers(conn, reference) == HEADERS
        assert bodies.body(conn, digest) == BODY
        assert [e.uid for e in events.events(conn)] == ["done"]
        assert chain_faults.verify_chain(conn) == []
