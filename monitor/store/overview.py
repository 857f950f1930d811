"""A site's posts by how they stand, counted and a page at a time, without reading them all.

A site may have tens of thousands. The counts come from one index; a page is ordered by what changed last,
then by the page's own date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, select, true

from ..model import Reason, Status
from . import tables
from .posts import rows_of
from .rows import PostRow

_P, _E = tables.posts, tables.events

_REMOVED = _P.c.status == Status.REMOVED.value
# A title cannot say this: its quotes are escaped in JSON.
_RESTRICTED = _P.c.state.contains(f'"reason":"{Reason.RESTRICTED.value}"', autoescape=True)

STANDINGS: dict[str, ColumnElement[bool]] = {
    "": true(),
    "up": _P.c.status == Status.LIVE.value,
    "suspected": _P.c.status == Status.SUSPECTED.value,
    "removed": and_(_REMOVED, not_(_RESTRICTED)),
    "locked": and_(_REMOVED, _RESTRICTED),
    "delisted": and_(not_(_P.c.listed), not_(_REMOVED)),
    "unread": _P.c.snapshot.is_(None),
}


def standings(conn: Connection, site_id: int, *, unwatched: bool) -> dict[str, int]:
    """How many posts of a site stand in each of STANDINGS; `unwatched` counts those not looked at too."""
    # Whether one is locked stands in no index: it is asked of the removed ones alone.
    plain = {k: c for k, c in STANDINGS.items() if k not in ("removed", "locked")}
    plain["removed"] = _REMOVED
    columns: list[Any] = [func.count().filter(c).label(k or "all") for k, c in plain.items()]
    asked: Select[Any] = select(*columns)
    found = conn.execute(_ours(asked, site_id, unwatched)).one()._mapping
    counted = {k: int(found[k or "all"]) for k in plain}
    locked = _ours(select(func.count()), site_id, unwatched).where(STANDINGS["locked"])
    counted["locked"] = conn.execute(locked).scalar_one() if counted["removed"] else 0
    counted["removed"] -= counted["locked"]
    return {k: counted[k] for k in STANDINGS}


def read_posts(conn: Connection, site_id: int) -> int:
    """How many posts of a site have been read at least once."""
    query = _ours(select(func.count()), site_id, True).where(_P.c.snapshot.is_not(None))
    return int(conn.execute(query).scalar_one())


def page_of(
    conn: Connection, site_id: int, standing: str, *, unwatched: bool, skip: int, limit: int
) -> list[PostRow]:
    """A page of the posts of one standing: what changed last first, then the newest by their own date."""
    order = (_P.c.last_event.desc(), _P.c.published_at.desc(), _P.c.id.desc())
    query = _ours(select(_P), site_id, unwatched).where(STANDINGS[standing]).order_by(*order)
    return rows_of(conn, query.offset(skip).limit(limit))


def changed_at(conn: Connection, post_ids: Sequence[int]) -> dict[int, datetime]:
    """When the latest event of each of these posts was told; no entry for one without."""
    query = select(_P.c.id, _E.c.detected_at).join(_E, _E.c.id == _P.c.last_event)
    return {post_id: at for post_id, at in conn.execute(query.where(_P.c.id.in_(post_ids)))}


def _ours(query: Select[Any], site_id: int, unwatched: bool) -> Select[Any]:
    query = query.where(_P.c.site_id == site_id)
    return query if unwatched else query.where(_P.c.watched)
