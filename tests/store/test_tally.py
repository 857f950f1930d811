"""What is counted for /metrics, and lists read a page at a time, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from monitor.model import AlertState, Failure, Kind, Status
from monitor.store import Store, observations, posts, queue, sites, snapshots, tally
from monitor.store.rows import PostRow
from monitor.store.tally import Due
from monitor.values import replace
from tests.store.build import (
    NOW,
    a_look,
    a_post,
    a_site,
    an_answer,
    an_article,
    an_event,
    appended,
    later,
    read,
    write,
)


def changed(store: Store, row: PostRow, **values: object) -> None:
    status = values.pop("status", None)
    state = replace(row.state, status=status) if status else row.state  # type: ignore[arg-type]
    write(store, posts.save_post, replace(row, state=state, **values))  # type: ignore[arg-type]


def test_posts_are_due_that_are_watched_and_whose_time_has_come(store: Store) -> None:
    acme, other = a_site(store), a_site(store, "other")
    never, now, late, coming, unwatched = (a_post(store, acme, path) for path in "abcde")
    changed(store, never, next_at=None)
    changed(store, now, next_at=NOW)
    changed(store, late, next_at=later(minutes=-31))
    changed(store, coming, next_at=later(seconds=1))
    changed(store, unwatched, next_at=NOW, watched=False)
    a_post(store, other, "f", "other")

    def due(*but: str) -> Due:
        late = NOW - timedelta(minutes=30)
        found = read(store, tally.due_posts, NOW, late, but=but)
        assert isinstance(found, Due)
        return found

    assert due() == Due(4, 1)
    assert due("other") == Due(3, 1)
    assert due("acme", "other") == Due(0, 0)
    write(store, sites.sync_sites, [("other", "https://other.example/")], NOW)
    assert due() == Due(1, 0)


def test_posts_by_site_and_state(store: Store) -> None:
    acme = a_site(store)
    one, two, three = (a_post(store, acme, path) for path in "abc")
    changed(store, two, status=Status.REMOVED)
    changed(store, three, watched=False)
    counted = read(store, tally.posts_by_state)
    assert counted == {("acme", Status.LIVE): 1, ("acme", Status.REMOVED): 1}
    assert one.state.status is Status.LIVE


def test_looks_by_what_came_of_them(store: Store) -> None:
    post = a_post(store)
    for n, (status, failure, times) in enumerate(
        [(200, None, 2), (304, None, 3), (404, None, 1), (None, Failure.DNS, 2), (503, None, 1)]
    ):
        answer = an_answer(b"", status, failure=failure, url=f"https://acme.example/{n}")
        for _ in range(times):
            write(store, observations.observe, a_look(post, answer))
    assert read(store, tally.looks_by_outcome) == {
        "ok": 2,
        "not_modified": 3,
        "client_error": 1,
        "dns": 2,
        "server_error": 1,
    }


@pytest.mark.parametrize(
    ("status", "name"),
    [
        *(
            (200, "ok"),
            (206, "ok"),
            (304, "not_modified"),
            (301, "redirect"),
            (599, "server_error"),
        ),
        *((451, "client_error"), (100, "other"), (999, "other"), (0, "other"), (None, "other")),
    ],
)
def test_an_outcome(status: int | None, name: str) -> None:
    assert tally.outcome(status) == name


def test_events_and_alerts(store: Store) -> None:
    assert read(store, tally.events_by_kind) == read(store, tally.alerts_by_state) == {}
    told = [appended(store, an_event(k)) for k in (Kind.REMOVED, Kind.REMOVED, Kind.EDITED)]
    assert read(store, tally.events_by_kind) == {Kind.REMOVED: 2, Kind.EDITED: 1}
    for n, event in enumerate(told):
        due = later(minutes=n - 1)
        write(store, queue.add_alerts, event.id, [("mail", "a@x.example"), ("hook", "")], due)
    write(store, queue.add_alerts, told[0].id, [("mail", "a@x.example")], NOW, "remind:1")

    def sent(conn: Connection) -> None:
        alert = next(a for a in queue.alerts(conn, event_id=told[0].id) if a.channel == "hook")
        queue.done(conn, [alert.id], NOW, "m")

    store.write(sent)
    assert read(store, tally.alerts_by_state) == {
        ("mail", AlertState.PENDING): 3,
        ("hook", AlertState.PENDING): 2,
        ("hook", AlertState.SENT): 1,
    }
    assert read(store, tally.longest_due, NOW) == {"mail": later(minutes=-1), "hook": NOW}


def test_posts_and_looks_are_read_a_page_at_a_time(store: Store) -> None:
    acme, other = a_site(store), a_site(store, "other")
    rows = [a_post(store, acme, path) for path in "abc"] + [a_post(store, other, "d", "other")]
    changed(store, rows[1], status=Status.REMOVED)
    ids = [r.state.post_id for r in rows]

    def some(**asked: object) -> list[int]:
        found = read(store, posts.some_posts, **({"after": 0, "limit": 9} | asked))
        return [r.state.post_id for r in found]

    assert some() == ids and some(limit=2) == ids[:2] and some(after=ids[1]) == ids[2:]
    assert some(sites=["other"]) == ids[3:] and some(status=Status.REMOVED) == [ids[1]]
    assert some(sites=["acme", "other"], status=Status.LIVE, after=ids[0]) == ids[2:]
    assert some(sites=["nobody"]) == []
    for n in range(3):
        answer = an_answer(b"", 500 + n)
        write(store, observations.observe, a_look(rows[0], answer))

    def looks(after: int | None) -> list[int]:
        found = read(store, observations.observations, post_id=ids[0], after=after, limit=2)
        return [r.id for r in found]

    first = looks(0)
    assert len(first) == 2 and first[0] < first[1] < looks(first[1])[0]
    assert looks(None) == [looks(first[1])[0], first[1]]


def test_versions_are_counted_for_many_posts_at_once(store: Store) -> None:
    acme = a_site(store)
    rows = [a_post(store, acme, path) for path in "abc"]
    for n, row in enumerate(rows[:2]):
        for version in range(n + 1):
            article = an_article(f"words {version}")
            write(store, snapshots.keep_version, row.state.post_id, article, an_answer())
    ids = [r.state.post_id for r in rows]
    assert read(store, snapshots.counts, [*ids, *range(100, 1400)]) == {ids[0]: 1, ids[1]: 2}
    assert read(store, snapshots.counts, []) == {}
