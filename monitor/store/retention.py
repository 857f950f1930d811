"""What is older than [retention] says, let go of in small steps: bytes of copies, and looks.

Kept for ever, whatever the config says: the copies beside an event, a post's newest copy, the looks about
the time of an event of the post or its site, each thread's latest look, every version's text and hashes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from ..model import Kind
from . import bodies, events, meta, tables

_O, _S, _P, _E = tables.observations, tables.snapshots, tables.posts, tables.events

#: Numbers gone through in one step: a write of some 0.1 s with 300,000 stretches of looks.
STEP = 2000
#: How long before an event its looks may have begun, and after it ended: a suspicion lasts hours, days where
#: the config wants it so.
_LEAD, _TRAIL = timedelta(days=7), timedelta(hours=1)
#: A lively site has many of these, and they rest on no control page.
_ORDINARY = (Kind.PUBLISHED.value, Kind.EDITED.value)
_PLACE = "retention_place"


class Limits(Struct, frozen=True):
    """What is older than these goes; None keeps it for ever."""

    raw: datetime | None  #: bytes of copies and of looks
    looks: datetime | None  #: the looks themselves


class LetGo(Struct, frozen=True):
    """What went, and whether there is more to go through."""

    copies: int = 0  #: bodies of versions
    answers: int = 0  #: stretches of looks whose bytes went
    looks: int = 0  #: stretches of looks
    more: bool = False

    def __add__(self, other: LetGo) -> LetGo:
        return LetGo(
            self.copies + other.copies,
            self.answers + other.answers,
            self.looks + other.looks,
            other.more,
        )


def let_go(conn: Connection, limits: Limits, size: int = STEP) -> LetGo:
    """One step: goes on where the last one ended, looks first, then copies. For who holds `Store.lock`."""
    looks, copies = json.loads(meta.value(conn, _PLACE) or "[0, 0]")
    done = LetGo()
    if looks is not None:
        done, looks = _looks(conn, limits, looks, size)
    elif limits.raw is not None and copies is not None:
        done, copies = _copies(conn, limits.raw, copies, size // 10)
    else:
        copies = None
    if limits.raw is None and looks is None:
        copies = None
    more = looks is not None or copies is not None
    meta.put(conn, _PLACE, json.dumps([looks, copies]) if more else "")
    return LetGo(done.copies, done.answers, done.looks, more)


def _looks(conn: Connection, limits: Limits, after: int, size: int) -> tuple[LetGo, int | None]:
    """Looks by number; where the next step begins, None at the end."""
    span = select(_O.c.id).where(_O.c.id > after).order_by(_O.c.id).limit(size).subquery()
    last, many = conn.execute(select(func.max(span.c.id), func.count()).select_from(span)).one()
    if last is None:
        return LetGo(), None
    here = and_(_O.c.id > after, _O.c.id <= last, _later(), ~_beside_an_event())
    gone = answers = 0
    if limits.looks is not None:
        ids = conn.execute(select(_O.c.id).where(here, _O.c.last_at < limits.looks)).scalars().all()
        gone = conn.execute(delete(_O).where(_O.c.id.in_(ids))).rowcount if ids else 0
    if limits.raw is not None:
        held = or_(_O.c.first_body.is_not(None), _O.c.last_body.is_not(None))
        old = select(_O.c.id).where(here, held, _O.c.last_at < limits.raw)
        ids = conn.execute(old).scalars().all()
        blank = {"first_body": None, "last_body": None}
        if ids:
            answers = conn.execute(update(_O).where(_O.c.id.in_(ids)).values(blank)).rowcount
    return LetGo(answers=answers, looks=gone), int(last) if many == size else None


def _later() -> ColumnElement[bool]:
    """That a thread has a later stretch: new looks are joined to its latest one."""
    other = _O.alias()
    return exists(select(other.c.id).where(other.c.thread == _O.c.thread, other.c.id > _O.c.id))


def _beside_an_event() -> ColumnElement[bool]:
    """That an event of the post, or of the site for its other pages, was told about the time of a look."""
    at = type_coerce(_E.c.detected_at, BigInteger)
    first, last = (type_coerce(c, BigInteger) for c in (_O.c.first_at, _O.c.last_at))
    near = and_(
        at >= first - literal(_micros(_TRAIL), BigInteger),
        at <= last + literal(_micros(_LEAD), BigInteger),
    )
    theirs = select(tables.sites.c.name).where(tables.sites.c.id == _O.c.site_id)
    name = theirs.correlate(_O).scalar_subquery()
    return or_(
        exists(select(_E.c.id).where(_E.c.post_id == _O.c.post_id, near)),
        and_(
            _O.c.post_id.is_(None),
            exists(select(_E.c.id).where(_E.c.site == name, _E.c.kind.not_in(_ORDINARY), near)),
        ),
    )


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _copies(conn: Connection, before: datetime, after: int, size: int) -> tuple[LetGo, int | None]:
    """Versions by number; where the next step begins, None at the end."""
    query = (
        select(_S.c.id, _S.c.post_id, _S.c.last_read_at, _P.c.snapshot)
        .join(_P, _P.c.id == _S.c.post_id)
        .where(_S.c.id > after)
        .order_by(_S.c.id)
        .limit(size)
    )
    rows = conn.execute(query).all()
    old = [r for r in rows if r.last_read_at < before and r.id != r.snapshot]
    told = {p: _told_of(conn, p) for p in {r.post_id for r in old}}
    ids = {r.id for r in old if r.id not in told[r.post_id]}
    gone = bodies.drop(conn, _alone(conn, ids)) if ids else 0
    return LetGo(copies=gone), rows[-1].id if len(rows) == size else None


def _told_of(conn: Connection, post_id: int) -> set[int]:
    """The versions that stand beside an event of a post."""
    told = events.events(conn, post_id=post_id)
    return {v for e in told for v in (e.snapshot_before, e.snapshot_after) if v is not None}


def _alone(conn: Connection, ids: Collection[int]) -> set[str]:
    """The bytes that these versions name and nothing else does."""
    ours = (_S.c.body_hash, _S.c.latest_body_hash)
    hashes = {h for c in ours for h in conn.execute(select(c).where(_S.c.id.in_(ids))).scalars()}
    others = [select(c).where(c.in_(hashes), _S.c.id.not_in(ids)) for c in ours]
    others += [select(c).where(c.in_(hashes)) for c in (_O.c.first_body, _O.c.last_body)]
    robots = tables.sites.c.robots_body
    others.append(select(robots).where(robots.in_(hashes)))
    return hashes - {h for query in others for h in conn.execute(query).scalars()}
