"""Looks written many at a time leave what they leave when written one by one, row for row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, select

from monitor.model import Form, Kind, PostState, Role, Seen, Status
from monitor.store import (
    Store,
    events,
    observations,
    posts,
    seen_again,
    snapshots,
    sources,
    tables,
)
from monitor.store.codec import from_json
from monitor.store.rows import Observation, PostRow
from monitor.values import replace
from tests.store.build import NOW, a_look, a_site, an_answer, an_article, an_event

POSTS = 3
_TABLES: tuple[Table, ...] = (tables.observations, tables.snapshots, tables.posts)


@dataclass(frozen=True, slots=True)
class Turn:
    """One look at one post that found it as it was, and what went before it."""

    rule: str = "same_bytes"
    status: int = 200
    peer: str = "192.0.2.1:443"
    elsewhere: bool = False  #: another address answered
    headers: bool = True
    late: bool = False  #: it came long after it was due
    #: before it, a look saw the post gone and its bytes were kept; or an event was told, so many minutes ago
    missed: bool = False
    told: int | None = None


TURN = st.builds(
    Turn,
    rule=st.sampled_from(("same_bytes", "same_text", "not_modified")),
    status=st.sampled_from((200, 304)),
    peer=st.sampled_from(("192.0.2.1:443", "")),
    elsewhere=st.booleans(),
    headers=st.booleans(),
    late=st.booleans(),
    missed=st.booleans(),
    told=st.sampled_from((None, None, 0, 1, 40)),
)
PASSES = st.lists(
    st.tuples(st.sampled_from((0, 10, 20, 90)), st.lists(TURN, min_size=POSTS, max_size=POSTS)),
    min_size=1,
    max_size=3,
)


class _Undone(Exception):
    """What was written is taken back."""


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(passes=PASSES)
def test_row_for_row(store: Store, passes: list[tuple[int, list[Turn]]]) -> None:
    a_site(store)
    one, many = (_rows_after(store, passes, at_once=x) for x in (False, True))
    assert many == one


def _rows_after(
    store: Store, passes: Sequence[tuple[int, list[Turn]]], *, at_once: bool
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}

    def write(conn: Connection) -> None:
        rows = [_watched(conn, n) for n in range(POSTS)]
        at = NOW
        for minutes, turns in passes:
            at += timedelta(minutes=minutes)
            for row, turn in zip(rows, turns, strict=True):
                _before(conn, row, turn, at)
            looks = [_look(row, turn, at) for row, turn in zip(rows, turns, strict=True)]
            rows = [_seen(row, at) for row in rows]
            _write(conn, looks, rows, at, at_once=at_once)
        for table in _TABLES:
            read = conn.execute(select(table).order_by(table.c.id))
            found[table.name] = [_numbered(r._mapping) for r in read]
        raise _Undone

    _undone(store, write)
    return found


def _undone(store: Store, write: Callable[[Connection], None]) -> None:
    """Has a function that ends in _Undone write, and nothing of it stay."""
    with suppress(_Undone):
        store.write(write)


def _ids(conn: Connection, table: Table) -> list[int]:
    return list(conn.execute(select(table.c.id)).scalars())


def _numbered(row: Any) -> dict[str, Any]:
    """A row without the numbers that a sequence gave it: it goes on when what was written is taken back."""
    said = dict(row)
    if "state" in said:
        state = from_json(said["state"], PostState)
        said["state"] = replace(state, post_id=0, snapshot=bool(state.snapshot))
    return {
        k: v
        for k, v in said.items()
        if k not in ("id", "post_id", "snapshot", "thread", "last_event")
    }


def _watched(conn: Connection, n: int) -> PostRow:
    """A post that was read once and is due now."""
    site = conn.execute(select(tables.sites.c.id)).scalar_one()
    url = f"https://acme.example/{n}/"
    row = posts.add_post(conn, site_id=site, site="acme", url=url, key=f"acme.example/{n}", now=NOW)
    version = snapshots.keep_version(conn, row.state.post_id, an_article(f"words {n}"), _answer(n))
    state = replace(row.state, status=Status.LIVE, snapshot=version.id, last_seen_at=NOW)
    row = replace(row, state=state, body_hash="as it was", next_at=NOW, failures=n % 2)
    posts.save_post(conn, row)
    return row


def _answer(n: int) -> Any:
    return an_answer(f"<p>words {n}</p>".encode(), url=f"https://acme.example/{n}/")


def _before(conn: Connection, row: PostRow, turn: Turn, at: datetime) -> None:
    """What came between the looks."""
    if turn.missed:
        gone = an_answer(b"gone", 404, url=row.state.url, final_url=row.state.url, at=at)
        observations.observe(conn, a_look(row, gone))
    if turn.told is not None:
        event = an_event(post=row.state.post_id, detected_at=at - timedelta(minutes=turn.told))
        number = len(_ids(conn, tables.events))
        events.append(
            conn, event, uid=f"uid-{at.isoformat()}-{row.state.post_id}-{number}", salt=""
        )


def _look(row: PostRow, turn: Turn, at: datetime) -> Observation:
    answer = an_answer(
        b"",
        turn.status,
        url=row.state.url,
        final_url="https://acme.example/there/" if turn.elsewhere else row.state.url,
        at=at,
        peer=turn.peer,
        headers=(("date", f"date {at:%H:%M}"), ("server", "s")) if turn.headers else (),
    )
    due = at - timedelta(minutes=45 if turn.late else 1)
    return a_look(
        row,
        answer,
        seen=Seen.SAME,
        rule=turn.rule,
        why=f"as it was, {turn.rule}",
        reason=None,
        keep_body=False,
        due=due,
    )


def _seen(row: PostRow, at: datetime) -> PostRow:
    state = replace(row.state, last_seen_at=at)
    return replace(row, state=state, next_at=at + timedelta(minutes=15), failures=0)


def _write(
    conn: Connection,
    looks: Sequence[Observation],
    rows: Sequence[PostRow],
    at: datetime,
    *,
    at_once: bool,
) -> None:
    if at_once:
        seen_again.observe_again(conn, looks)
        seen_again.touch_versions(conn, {row.state.snapshot or 0: at for row in rows})
        seen_again.save_posts(conn, rows)
        return
    for look, row in zip(looks, rows, strict=True):
        observations.observe(conn, look)
        assert row.state.snapshot is not None
        snapshots.touch_version(conn, row.state.snapshot, at)
        posts.save_post(conn, row)


SOURCES = 3
SOURCE_TURN = st.tuples(
    st.sampled_from((Seen.SAME, Seen.SAME, Seen.PRESENT)),
    st.sampled_from((200, 304)),
    st.sampled_from((None, None, 0, 1, 40)),  # an event of the site, so many minutes ago
    st.sampled_from((Kind.SITE_UNREACHABLE, Kind.EDITED)),
)
SOURCE_PASSES = st.lists(
    st.tuples(
        st.sampled_from((0, 10, 90)),
        st.lists(SOURCE_TURN, min_size=SOURCES, max_size=SOURCES),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(passes=SOURCE_PASSES)
def test_looks_at_sources_row_for_row(
    store: Store, passes: list[tuple[int, list[tuple[Seen, int, int | None, Kind]]]]
) -> None:
    site = a_site(store)

    def after(at_once: bool) -> list[Any]:
        found: list[Any] = []

        def write(conn: Connection) -> None:
            listed = [
                sources.add_source(
                    conn, site, f"https://acme.example/{n}.xml", Form.FEED, found=True
                )
                for n in range(SOURCES)
            ]
            at = NOW
            for step, (minutes, turns) in enumerate(passes):
                at += timedelta(minutes=minutes)
                looks = []
                for n, (source, (seen, status, told, kind)) in enumerate(
                    zip(listed, turns, strict=True)
                ):
                    if told is not None:
                        event = an_event(
                            kind=kind, post=None, detected_at=at - timedelta(minutes=told)
                        )
                        events.append(conn, event, uid=f"uid-{step}-{n}", salt="")
                    answer = an_answer(b"", status, url=source.url, final_url=source.url, at=at)
                    looks.append(
                        Observation(
                            site, Role.SOURCE, answer, seen, "source_read", "", source_id=source.id
                        )
                    )
                if at_once:
                    seen_again.observe_again(conn, looks)
                for look in () if at_once else looks:
                    observations.observe(conn, look)
            rows = tables.observations
            read = conn.execute(select(rows).order_by(rows.c.source_id, rows.c.id))
            left = ("id", "source_id", "thread")
            found.extend({k: v for k, v in r._mapping.items() if k not in left} for r in read)
            raise _Undone

        _undone(store, write)
        return found

    assert after(at_once=True) == after(at_once=False)
