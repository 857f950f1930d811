"""What did a post's address answer in the looks that an event stands on? Their stretches, with the bytes kept of each.

A stretch keeps the bytes of its last look, and ends where an event was told: so those of the deciding look stay.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from ..model import Event, Headers, Kind, Role, Seen
from . import header_sets, tables
from .columns import SAME
from .observations import row_of
from .rows import ObservationRow

_O = tables.observations

#: Stretches of one event that are named; a suspicion whose answers keep changing has more.
MOST = 12
_SECOND = timedelta(seconds=1)
_CONTROLS = (Role.ROBOTS, Role.HOME, Role.MADE_UP)
#: Looks of one pass lie so near to one another; more control looks than these say nothing new.
_AROUND, _BESIDE = timedelta(minutes=5), 40
_BACK = (Kind.EDITED, Kind.REINSTATED, Kind.MOVED)


def accusing(conn: Connection, event: Event) -> list[ObservationRow]:
    """The looks that found a post gone, as far as the event names them, oldest first."""
    at = [x.at for x in event.looks if x.role is Role.POST]
    if event.post is None or event.kind not in (Kind.REMOVED, Kind.MOVED) or not at:
        return []
    query = (
        select(_O)
        .where(
            _O.c.post_id == event.post,
            _O.c.role == Role.POST.value,
            _O.c.seen.in_([Seen.MISSING.value, Seen.ELSEWHERE.value]),
            # An event's times are kept to the second.
            _O.c.first_at < max(at) + _SECOND,
            _O.c.last_at >= min(at),
        )
        .order_by(_O.c.id.desc())
        .limit(MOST)
    )
    return [row_of(r) for r in conn.execute(query)][::-1]


def seen_after(conn: Connection, event: Event) -> ObservationRow | None:
    """The look that saw a post as it is since the event (back, changed, at its new address), where its bytes were
    kept; else None."""
    if event.post is None or event.kind not in _BACK:
        return None
    query = (
        select(_O)
        .where(
            _O.c.post_id == event.post,
            _O.c.role == Role.POST.value,
            _O.c.seen.in_([Seen.PRESENT.value, Seen.SAME.value, Seen.ELSEWHERE.value]),
            _O.c.last_at >= event.detected_at,
            _O.c.last_at < event.detected_at + _SECOND,
            _O.c.last_body.is_not(None),
        )
        .order_by(_O.c.id.desc())
        .limit(1)
    )
    found = conn.execute(query).first()
    if found is None:
        return None
    row = row_of(found)
    there = event.kind is not Kind.MOVED or row.final_url == event.moved_to
    return row if there else None


def last_headers(conn: Connection, row_id: int) -> Headers:
    """The headers that came with a stretch's last bytes; none where none were kept."""
    query = select(_O.c.first_headers, _O.c.last_headers).where(_O.c.id == row_id)
    first, last = conn.execute(query).one_or_none() or (None, None)
    reference = first if last == SAME else last
    return header_sets.headers(conn, reference) if reference else ()


def beside(conn: Connection, row: ObservationRow) -> list[ObservationRow]:
    """What the site's control pages answered around a stretch of looks at a post, oldest first."""
    query = (
        select(_O)
        .where(
            _O.c.site_id == row.site_id,
            _O.c.role.in_([r.value for r in _CONTROLS]),
            _O.c.first_at <= row.last_at + _AROUND,
            _O.c.last_at >= row.first_at - _AROUND,
        )
        .order_by(_O.c.id)
        .limit(_BESIDE)
    )
    return [row_of(r) for r in conn.execute(query)]
