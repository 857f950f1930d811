"""What did a post's address answer in the looks that an event stands on? Their stretches, with the bytes kept of each.

A stretch keeps the bytes of its last look, and ends where an event was told: so those of the deciding look stay.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from ..model import Event, Kind, Role, Seen
from . import tables
from .observations import row_of
from .rows import ObservationRow

_O = tables.observations

#: Stretches of one event that are named; a suspicion whose answers keep changing has more.
MOST = 12
_SECOND = timedelta(seconds=1)
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
