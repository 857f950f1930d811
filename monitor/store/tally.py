"""How much there is: counts for /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, or_, select

from ..model import AlertState, Kind, Status
from . import tables

_P = tables.posts
_S = tables.sites
_O = tables.observations
_E = tables.events
_A = tables.alerts


class Due(Struct, frozen=True):
    """Posts whose time has come."""

    due: int  #: the overdue among them
    overdue: int


def due_posts(conn: Connection, now: datetime, late: datetime, *, but: Collection[str] = ()) -> Due:
    """The watched posts whose next look is due, and those whose was before `late`; without the sites
    `but`."""
    at = _P.c.next_at
    here = select(_S.c.id).where(_S.c.watched, _S.c.name.not_in(list(but)))
    query = select(func.count(), func.count().filter(at < late)).where(
        or_(at.is_(None), at <= now),
        _P.c.watched,
        (_P.c.site_id + 0).in_(here),  # or SQLite would go by site, and read every row
    )
    due, overdue = conn.execute(query).one()
    return Due(due, overdue)


def posts_by_state(conn: Connection) -> dict[tuple[str, Status], int]:
    """Watched posts by (site, state); no entry for none."""
    names = {i: name for i, name in conn.execute(select(_S.c.id, _S.c.name).where(_S.c.watched))}
    by = (_P.c.site_id, _P.c.watched, _P.c.status)  # as an index has them, or every row is read
    rows = conn.execute(select(*by, func.count()).group_by(*by))
    return {(names[i], Status(s)): n for i, watched, s, n in rows if watched and i in names}


def looks_by_outcome(conn: Connection) -> dict[str, int]:
    """How often a page was asked for, by what came of it: `ok`, `not_modified`, `redirect`,
    `client_error`, `server_error`, `other`, or why there was no answer (model.Failure).

    Counts the looks that are kept, and reads them all: a third of a second for 300,000 stretches.
    """
    query = select(_O.c.status, _O.c.failure, func.sum(_O.c.looks))
    found: Counter[str] = Counter()
    for status, failure, n in conn.execute(query.group_by(_O.c.status, _O.c.failure)):
        found[failure or outcome(status)] += int(n)
    return dict(found)


def outcome(status: int | None) -> str:
    """What came of a request that was answered."""
    if status == 304:
        return "not_modified"
    kinds = {2: "ok", 3: "redirect", 4: "client_error", 5: "server_error"}
    return kinds.get((status or 0) // 100, "other")


def events_by_kind(conn: Connection) -> dict[Kind, int]:
    """All events by kind; no entry for none."""
    query = select(_E.c.kind, func.count()).group_by(_E.c.kind)
    return {Kind(kind): n for kind, n in conn.execute(query)}


def alerts_by_state(conn: Connection) -> dict[tuple[str, AlertState], int]:
    """Alerts by (channel, state), reminders aside; no entry for none."""
    query = select(_A.c.channel, _A.c.state, func.count()).where(_A.c.notice == "")
    rows = conn.execute(query.group_by(_A.c.channel, _A.c.state))
    return {(channel, AlertState(state)): n for channel, state, n in rows}


def longest_due(conn: Connection, now: datetime) -> dict[str, datetime]:
    """Since when the longest waiting alert of each channel has been due; no entry for none."""
    waits = (_A.c.state == AlertState.PENDING.value, _A.c.due_at <= now)
    query = select(_A.c.channel, func.min(_A.c.due_at)).where(*waits).group_by(_A.c.channel)
    return {channel: at for channel, at in conn.execute(query)}
