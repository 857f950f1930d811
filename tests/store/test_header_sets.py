"""Headers come back as they were sent, and what a site always sends stands once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from monitor.errors import StoreError
from monitor.model import Headers
from monitor.store import Store, answers, header_sets, observations, sweep, tables, verify
from monitor.store.codec import clean, to_json
from tests.store.build import a_look, a_post, an_answer, later, read, write

_T = tables.header_sets
_NAMES = st.sampled_from(["date", "Date", "etag", "server", "set-cookie", "x", "x-cache", "~"])
_VALUES = st.text(max_size=12)


def dated(n: int) -> Headers:
    """What a page is sent with, the date and the cookie its own."""
    return (
        ("server", "nginx"),
        ("date", f"Wed, 04 Mar 2026 05:06:{n:02} GMT"),
        ("set-cookie", "a=1"),
        ("set-cookie", f"b={n}"),
        ("content-type", "text/html"),
    )


def sets(store: Store) -> int:
    """How many header sets there are."""
    with store.read() as conn:
        return len(conn.execute(select(_T.c.hash)).all())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(headers=st.lists(st.tuples(_NAMES, _VALUES), max_size=8).map(tuple))
def test_headers_come_back_in_the_order_sent(store: Store, headers: Headers) -> None:
    reference = write(store, header_sets.keep_headers, headers)
    assert read(store, header_sets.headers, reference) == tuple(
        (clean(k), clean(v)) for k, v in headers
    )
    assert write(store, header_sets.keep_headers, headers) == reference
    assert sets(store) > 0


def test_answers_that_differ_in_their_date_share_a_set(store: Store) -> None:
    found = [write(store, header_sets.keep_headers, dated(n)) for n in range(5)]
    assert sets(store) == 1 and len(set(found)) == 5
    assert [read(store, header_sets.headers, x) for x in found] == [dated(n) for n in range(5)]
    assert max(map(len, found)) < 100
    write(store, header_sets.keep_headers, (*dated(1), ("x-new", "1")))
    assert sets(store) == 2


def test_what_an_older_release_kept_is_read(store: Store) -> None:
    old = "5d" * 32
    row = {"hash": old, "json": to_json(dated(3))}
    store.write(lambda c: c.execute(insert(_T).values(row)) and None)
    assert read(store, header_sets.headers, old) == dated(3)


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: text.replace("05:06:01", "05:06:02"),
        lambda text: text.replace("~", "~0"),
        lambda text: text[:-1],
        lambda text: text[:-1] + ',"one more"]',
        lambda text: text[:41],
    ],
)
def test_altered_values_are_noticed(store: Store, alter: object) -> None:
    assert callable(alter)
    post = a_post(store)
    write(store, observations.observe, a_look(post, an_answer(b"gone", 404, headers=dated(1))))
    assert read(store, verify.verify) == []
    with store.read() as conn:
        kept = conn.execute(select(tables.observations.c.first_headers)).scalar_one()
    with pytest.raises(StoreError, match="stored under"):
        read(store, header_sets.headers, alter(kept))
    changed = update(tables.observations).values(first_headers=alter(kept))
    store.write(lambda c: c.execute(changed) and None)
    assert any("first_headers" in line for line in read(store, verify.verify))


def test_a_sweep_keeps_what_a_reference_names(store: Store) -> None:
    post = a_post(store)
    for n in range(3):
        answer = an_answer(b"gone", 404, headers=dated(n), at=later(minutes=n))
        write(store, observations.observe, a_look(post, answer))
    write(store, header_sets.keep_headers, (("server", "other"), ("date", "today")))
    assert sets(store) == 3  # one of them is what we sent
    assert write(store, sweep.sweep) == 1
    assert sets(store) == 2
    assert read(store, answers.last_headers, 1) == dated(2)
    assert read(store, verify.verify) == []


def test_a_stretch_says_no_headers_and_no_address_twice(store: Store) -> None:
    post = a_post(store)
    sent = an_answer(b"gone", 404, headers=dated(1))
    row_id = write(store, observations.observe, a_look(post, sent))
    with store.read() as conn:
        row = conn.execute(select(tables.observations)).one()
    assert (row.last_headers, row.final_url) == ("=", "=")
    assert read(store, answers.last_headers, row_id) == dated(1)
    assert read(store, answers.last_headers, row_id + 1) == ()
    (seen,) = read(store, observations.observations)
    assert seen.final_url == sent.final_url == sent.url
    assert write(store, observations.observe, a_look(post, sent)) == row_id
