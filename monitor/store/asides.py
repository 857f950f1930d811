"""What was set aside of an event's two versions (decide/aside.py), beside the event."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from ..decide.aside import Aside
from . import tables
from .codec import from_json, to_json

_A = tables.asides
_INSERT = insert(_A)


def keep_aside(conn: Connection, event_id: int, aside: Aside) -> None:
    """Keeps what an event's diff left out; once for an event."""
    before, after = to_json(aside.before), to_json(aside.after)
    conn.execute(_INSERT, {"event_id": event_id, "before": before, "after": after})


def aside_of(conn: Connection, event_id: int) -> Aside | None:
    """What an event's diff left out; None where that was not kept (an older release's, a forgotten one)."""
    row = conn.execute(select(_A).where(_A.c.event_id == event_id)).first()
    if row is None:
        return None
    return Aside(*(from_json(text, tuple[str, ...]) for text in (row.before, row.after)))
