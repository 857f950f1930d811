"""What people said of an event, for themselves: seen, noise, or a remark. Never part of its record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, insert, select

from . import tables

_T = tables.event_marks


class MarkKind(StrEnum):
    """What a mark says."""

    ACK = "ack"
    DISMISS = "dismiss"
    NOTE = "note"


class Mark(Struct, frozen=True):
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
    return [_mark(r) for r in conn.execute(query)]


def verdicts(conn: Connection, event_ids: Sequence[int] | None = None) -> dict[int, Mark]:
    """By event: what was said of it last, seen or noise. Of these events, or of all."""
    query = select(_T).where(_T.c.kind != MarkKind.NOTE.value).order_by(_T.c.id)
    if event_ids is not None:
        query = query.where(_T.c.event_id.in_(list(event_ids)))
    return {r.event_id: _mark(r) for r in conn.execute(query)}


def _mark(r: Row[Any]) -> Mark:
    return Mark(event_id=r.event_id, kind=MarkKind(r.kind), text=r.text, by=r.by, at=r.at)
