"""What a person took back: which event, and of which post. And the batches, which go back as one."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from ..model import Kind
from . import tables
from .events import events

_E = tables.events
_POSTS = select(_E.c.post_id).where(_E.c.id > bindparam("after"), _E.c.kind == Kind.RETRACTED.value)


def withdrawals(conn: Connection, *, after: int = 0) -> dict[int, int]:
    """By id of an event that a person took back: the `retracted` event that did it (later than `after`)."""
    found = events(conn, kinds=[Kind.RETRACTED], after=after)
    return {e.retracts: e.id for e in found if e.retracts is not None}


def batches(conn: Connection) -> list[str]:
    """The names of all batches, the newest first."""
    query = select(_E.c.batch).where(_E.c.batch.is_not(None)).group_by(_E.c.batch)
    return [str(b) for b in conn.execute(query.order_by(func.max(_E.c.id).desc())).scalars()]


def posts_withdrawn(conn: Connection, *, after: int) -> set[int]:
    """The posts of which an event was taken back since the event `after`."""
    found = conn.execute(_POSTS, {"after": after}).scalars()
    return {int(p) for p in found if p is not None}
