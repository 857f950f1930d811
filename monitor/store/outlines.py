"""Events as their columns say them: who, what, when. For counting many; the record says the rest.

To read a record costs twenty times as much. The few kinds that nothing can be said of without it are read.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, func, select

from ..model import Event, Kind
from ..values import replace
from . import tables
from .events import read_record
from .record_text import COLUMNS, text_of

_E = tables.events

#: What these mean stands in their record: what they withdraw, from when to when we were blind.
_WHOLE = (
    Kind.RETRACTED,
    Kind.SITE_UNREACHABLE,
    Kind.SITE_RECOVERED,
    Kind.WATCH_STOPPED,
    Kind.WATCH_RESUMED,
)


def outlines(conn: Connection, *, since: datetime, limit: int) -> list[Event]:
    """The latest events told since a time, oldest first: id, kind, site, post and time of each, all of
    those of _WHOLE. A renamed site's bear its new name."""
    whole = _E.c.kind.in_([k.value for k in _WHOLE])
    read = (case((whole, c)).label(c.name) for c in COLUMNS)
    query = (
        select(_E.c.kind, _E.c.site, _E.c.post_id, _E.c.detected_at, *read, _E.c.id.label("number"))
        .where(_E.c.detected_at >= since)
        .order_by(_E.c.id.desc())
        .limit(limit)
    )
    return [
        replace(read_record(text_of(r)), site=r.site)
        if r.id is not None
        else Event(Kind(r.kind), r.detected_at, site=r.site, post=r.post_id, id=r.number)
        for r in reversed(conn.execute(query).all())
    ]


def in_batch(conn: Connection, batch: str) -> int:
    """How many events share a batch."""
    return int(conn.execute(select(func.count()).where(_E.c.batch == batch)).scalar_one())


def first_told(conn: Connection) -> datetime | None:
    """When the oldest event was told; None where there is none."""
    at: datetime | None = conn.execute(select(func.min(_E.c.detected_at))).scalar_one()
    return at
