"""What people said of an event, for themselves: seen, noise, or a remark. Never part of its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from . import tables

_T = tables.event_marks


class MarkKind(StrEnum):
    """What a mark says."""

    ACK = "ack"
    DISMISS = "dismiss"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Mark:
    """One remark on an event."""

    event_id: int
    kind: MarkKind
    text: str
    by: str
    at: datetime


def add_mark(conn: Connection, mark: Mark) -> None:
    """Keeps a mark."""
    conn.execute(
        insert(_T).values(
            event_id=mark.event_id, kind=mark.kind.value, text=mark.text, by=mark.by, at=mark.at
        )
    )


def marks(conn: Connection, event_ids: Sequence[int]) -> list[Mark]:
    """The marks of these events, oldest first."""
    query = select(_T).where(_T.c.event_id.in_(list(event_ids))).order_by(_T.c.id)
    return [
        Mark(event_id=r.event_id, kind=MarkKind(r.kind), text=r.text, by=r.by, at=r.at)
        for r in conn.execute(query)
    ]
