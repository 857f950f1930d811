"""What a post's address answered while the article was not there: the bytes of each such stretch's first look."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from ..model import Role, Seen
from . import tables

_O = tables.observations

#: Stretches of one post that are listed, the newest.
MOST = 1000


class AbsenceRow(Struct, frozen=True):
    """A stretch of looks that found the article missing, or readers sent elsewhere."""

    id: int  #: of the stretch
    first_at: datetime  #: when the bytes came
    last_at: datetime
    status: int | None
    body_hash: str
    headers: str  #: of the set they came with (`bodies.headers`); "" for none


def absences(conn: Connection, post_id: int, limit: int = MOST) -> list[AbsenceRow]:
    """A post's stretches of absence whose bytes are kept, oldest first."""
    query = (
        select(
            _O.c.id,
            _O.c.first_at,
            _O.c.last_at,
            _O.c.status,
            _O.c.first_body,
            _O.c.first_headers,
        )
        .where(
            _O.c.post_id == post_id,
            _O.c.role == Role.POST.value,
            _O.c.seen.in_([Seen.MISSING.value, Seen.ELSEWHERE.value]),
            _O.c.first_body.is_not(None),
        )
        .order_by(_O.c.id.desc())
        .limit(limit)
    )
    return [
        AbsenceRow(r.id, r.first_at, r.last_at, r.status, r.first_body, r.first_headers or "")
        for r in reversed(conn.execute(query).all())
    ]
