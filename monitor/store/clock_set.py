"""This machine's clock was set: what is remembered by the old time is brought to the new one.

Else nothing would be due until a future comes that was none, a suspicion would have lasted for the month the
clock leapt, and a claim would run from tomorrow till today. What looks saw, and when, stays as it was written:
observations, versions, events.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Connection, Table, and_, case, func, or_, select, update
from sqlalchemy.sql.expression import literal, type_coerce

from ..model import AlertState, PostState, Status
from ..values import replace
from . import meta, tables
from .columns import Time
from .posts import rows_of, save_post
from .rows import PostRow
from .sites import save_site
from .sites import sites as all_sites

_S, _P, _R, _E, _A = tables.sites, tables.posts, tables.sources, tables.entries, tables.alerts
#: A look of another process on another machine may lie so far ahead of our clock.
LEAST = timedelta(minutes=1)
_PLANNED = ((_S, "next_check_at"), (_P, "next_at"), (_R, "next_at"))
_PAST = (
    (_S, "robots_at"),
    (_S, "discovered_at"),
    (_R, "deep_at"),
    (_R, "last_ok_at"),
    (_E, "first_at"),
    (_E, "last_at"),
    (_E, "since"),
    (_E, "otherwise_at"),
    (_A, "tried_since"),
)


#: Counts how often what is remembered was brought to a clock that was set.
_TIMES = "clock_set_times"


def times_set(conn: Connection) -> str:
    """Changes whenever what is remembered is brought to another clock."""
    return meta.value(conn, _TIMES)


def _count(conn: Connection) -> None:
    meta.put(conn, _TIMES, str(int(times_set(conn) or "0") + 1))


def was_ahead(conn: Connection, now: datetime) -> timedelta:
    """By how much the clock was ahead when a site was last looked at, at least; 0 where it was not."""
    latest: datetime | None = conn.execute(select(func.max(_S.c.last_check_at))).scalar_one()
    return latest - now if latest is not None and is_ahead(latest, now) else timedelta(0)


def is_ahead(latest: datetime, now: datetime) -> bool:
    """Whether a look that was made at `latest` shows that the clock was ahead."""
    return latest - now > LEAST


def bring_back(conn: Connection, now: datetime, ahead: timedelta) -> None:
    """After the clock was set back by `ahead`: times that lie in the future are brought to where they belong."""
    _count(conn)
    for table, column in _PLANNED:
        _carry(conn, table.c[column], now, -ahead, not_before=now)
    for table, column in (*_PAST, (_S, "last_check_at"), (_R, "broken_since")):
        _carry(conn, table.c[column], now, -ahead, not_after=now)
    _carry_sites(conn, now, now, -ahead)
    met = or_(_P.c.first_seen_at > now, _P.c.last_seen_at > now, _P.c.status != Status.LIVE.value)
    for row in rows_of(conn, select(_P).where(met)):
        save_post(conn, _carried(row, now, now, -ahead))
    _carry_alerts(conn, now, ahead)


def bring_ahead(conn: Connection, began: datetime, now: datetime, ahead: timedelta) -> None:
    """After the clock was set ahead by `ahead`, under a process that began at `began` by the old one: what it
    noted of what is missing did not last any longer by that, and what it planned is as far off as it was.

    When something was last *seen* stays: whether that was written by the old clock or by one that was right
    before, what went did so after it.
    """
    _count(conn)
    for column in (_S.c.next_check_at, _S.c.last_check_at, _R.c.broken_since):
        _carry(conn, column, began, ahead)
    _carry_sites(conn, began, now, ahead)
    for row in rows_of(conn, select(_P).where(_P.c.status != Status.LIVE.value)):
        save_post(conn, _carried(row, began, now, ahead))


def _carry(
    conn: Connection,
    column: Column[datetime],
    since: datetime,
    by: timedelta,
    *,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> None:
    """Moves the times of a column that lie after `since`; what comes of it is held within bounds."""
    table = column.table
    assert isinstance(table, Table)
    # Times are stored as whole microseconds, and only a value is turned into one.
    at = type_coerce(column, BigInteger) + by // timedelta(microseconds=1)
    if not_before is not None:
        bound = literal(not_before, Time)
        at = case((at < bound, bound), else_=at)
    if not_after is not None:
        bound = literal(not_after, Time)
        at = case((at > bound, bound), else_=at)
    conn.execute(update(table).where(column > since).values({column.name: at}))


def _carry_sites(conn: Connection, since: datetime, now: datetime, by: timedelta) -> None:
    def moved(at: datetime | None) -> datetime | None:
        return min(at + by, now) if at is not None and at > since else at

    for row in all_sites(conn):
        view = replace(
            row.view, since=moved(row.view.since), last_down_at=moved(row.view.last_down_at)
        )
        if by < timedelta(0):
            view = replace(view, last_up_at=moved(view.last_up_at))
        if view != row.view:
            save_site(conn, replace(row, view=view))


def _carried(row: PostRow, since: datetime, now: datetime, by: timedelta) -> PostRow:
    def moved(at: datetime | None) -> datetime | None:
        return min(at + by, now) if at is not None and at > since else at

    state: PostState = row.state
    if by < timedelta(0):
        state = replace(
            state, first_seen_at=moved(state.first_seen_at), last_seen_at=moved(state.last_seen_at)
        )
    if state.status is Status.SUSPECTED:
        # Its looks were dated by two clocks: they are no wait that could be measured, and it begins anew.
        none = replace(state, misses=0, first_missing_at=None, last_missing_at=None, looks=())
        return replace(row, state=none)
    missing = moved(state.first_missing_at), moved(state.last_missing_at)
    return replace(
        row, state=replace(state, first_missing_at=missing[0], last_missing_at=missing[1])
    )


def _carry_alerts(conn: Connection, now: datetime, ahead: timedelta) -> None:
    """What waits for its hour, and for another try, waits no longer for the clock having been ahead; a
    reminder only where its event was found by that clock."""
    of_it = select(tables.events.c.id).where(tables.events.c.detected_at > now)
    waits = and_(_A.c.state == AlertState.PENDING.value, _A.c.due_at > now)
    at = type_coerce(_A.c.due_at, BigInteger) - ahead // timedelta(microseconds=1)
    bound = literal(now, Time)
    mine = or_(_A.c.notice == "", _A.c.event_id.in_(of_it))
    due = case((at < bound, bound), else_=at)
    conn.execute(update(_A).where(waits, mine).values(due_at=due))
