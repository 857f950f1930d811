"""The due index: whose turn is it? Asked every few seconds, whatever the number of posts.

Nothing is read here but indexes and the times beside them: no site's facts, no post's state.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from msgspec import Struct
from sqlalchemy import BigInteger, Connection, bindparam, select, type_coerce

from . import tables
from .columns import instant, micros

_S, _P = tables.sites, tables.posts
# Built once: each tick needs them. Times are read as the numbers they are: of a thousand sites few are due.
_TIMES = select(
    _S.c.id,
    _S.c.name,
    _S.c.url,
    _S.c.watched,
    type_coerce(_S.c.last_check_at, BigInteger),
    type_coerce(_S.c.next_check_at, BigInteger),
).order_by(_S.c.id)
_WATCHED = select(_P.c.site_id, _P.c.id).where(_P.c.watched).limit(bindparam("most"))
_NEVER = _WATCHED.where(_P.c.next_at.is_(None))
_DUE = _WATCHED.where(_P.c.next_at <= bindparam("now")).order_by(_P.c.next_at)
#: Due posts that are told from each other: after days of standing still, millions are due.
MOST = 10_000


class Turn(Struct, frozen=True):
    """When a site was looked at, and when it is to be."""

    id: int
    name: str
    url: str
    watched: bool
    last_check: int | None  #: microseconds since 1970
    next_check: int | None

    def is_due(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.next_check is None or self.next_check <= micros(now)

    @property
    def next_check_at(self) -> datetime | None:
        """When it is to be looked at; None for at once."""
        return None if self.next_check is None else instant(self.next_check)


def turns(conn: Connection) -> list[Turn]:
    """All sites, also those that are watched no more, in the order they were added."""
    return [Turn(*row) for row in conn.execute(_TIMES)]


def due_posts(conn: Connection, now: datetime, limit: int = MOST) -> dict[int, list[int]]:
    """The watched posts whose next look is due, at most `limit` of them, the longest due first: ids by site, the
    site with the longest due first. Those of sites that are watched no more are among them."""
    found = defaultdict(list)
    for query in (_NEVER, _DUE):
        for site_id, post_id in conn.execute(query, {"now": now, "most": limit}):
            found[site_id].append(post_id)
    return dict(found)
