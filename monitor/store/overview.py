"""A site's posts by how they stand, counted and a page at a time, without reading them all.

A site may have tens of thousands. The counts come from one index; a page is ordered by what changed last,
then by the page's own date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select, true

from ..model import REMOVAL_REASONS, Kind, Reason, Status
from ..words import LOGIN_RULES
from . import tables
from .posts import rows_of
from .rows import PostRow

_P, _E = tables.posts, tables.events

_REMOVED = _P.c.status == Status.REMOVED.value


def _says(key: str, value: str) -> ColumnElement[bool]:
    """That a state holds this. A title cannot say it: its quotes are escaped in JSON."""
    return _P.c.state.contains(f'"{key}":"{value}"', autoescape=True)


#: As `words.locked` says it, but that any look of a suspicion counts, not the last alone.
_LOCKED = or_(
    _says("reason", Reason.RESTRICTED.value),
    and_(_says("reason", Reason.REDIRECTED.value), or_(*(_says("rule", r) for r in LOGIN_RULES))),
)
#: A person withdrew what is answered, and no look has seen the post since (decide/retraction.py). Few posts have an
#: event that was withdrawn, so only of those the state is read.
_TAKEN_BACK = and_(
    _P.c.status == Status.LIVE.value,
    _P.c.id.in_(
        select(_E.c.post_id).where(_E.c.kind == Kind.RETRACTED.value, _E.c.post_id.is_not(None))
    ),
    or_(
        *(_says("muted_answer", r.value) for r in sorted(REMOVAL_REASONS)),
        _P.c.state.contains('"muted_answer":"moved ', autoescape=True),
    ),
)

STANDINGS: dict[str, ColumnElement[bool]] = {
    "": true(),
    "up": and_(_P.c.status == Status.LIVE.value, not_(_TAKEN_BACK)),
    "withdrawn": _TAKEN_BACK,
    "suspected": _P.c.status == Status.SUSPECTED.value,
    "removed": and_(_REMOVED, not_(_LOCKED)),
    "locked": and_(_REMOVED, _LOCKED),
    "delisted": and_(not_(_P.c.listed), not_(_REMOVED)),
    "unread": _P.c.snapshot.is_(None),
}


def standings(conn: Connection, site_id: int, *, unwatched: bool) -> dict[str, int]:
    """How many posts of a site stand in each of STANDINGS; `unwatched` counts those not looked at too."""
    # Whether one is locked stands in no index: it is asked of the removed ones alone. So is what a person took
    # back, of the posts with a withdrawal alone.
    plain = {
        k: c for k, c in STANDINGS.items() if k not in ("removed", "locked", "up", "withdrawn")
    }
    plain |= {"removed": _REMOVED, "up": _P.c.status == Status.LIVE.value}
    columns: list[Any] = [func.count().filter(c).label(k or "all") for k, c in plain.items()]
    asked: Select[Any] = select(*columns)
    found = conn.execute(_ours(asked, site_id, unwatched)).one()._mapping
    counted = {k: int(found[k or "all"]) for k in plain}
    counted["locked"] = locked(conn, site_id, unwatched=unwatched) if counted["removed"] else 0
    counted["removed"] -= counted["locked"]
    aside = _ours(select(func.count()), site_id, unwatched).where(_TAKEN_BACK)
    counted["withdrawn"] = conn.execute(aside).scalar_one()
    counted["up"] -= counted["withdrawn"]
    return {k: counted[k] for k in STANDINGS}


def locked(conn: Connection, site_id: int, *, unwatched: bool) -> int:
    """How many posts of a site are locked: removed, by a login or a refusal."""
    query = _ours(select(func.count()), site_id, unwatched).where(STANDINGS["locked"])
    return int(conn.execute(query).scalar_one())


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
