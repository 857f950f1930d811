"""What extractors read of a version: the article, whole or as what differs from an earlier version's.

An edit changes a sentence of an article and leaves the rest, so a later version takes 150 bytes in place of
3,000. The base of such a one is always whole, of the same post and extractor; when it is written anew, so
is what rests on it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from ..errors import StoreError
from ..read.article import Article
from . import bodies, tables
from .codec import from_json, to_json
from .dialect import upsert

_S = tables.snapshots
_A = tables.articles

# Built once: to build a statement costs more than to run it, and each look, or row of a search, needs one of these.
_READ = select(_A.c.extractor, _A.c.base, _A.c.data)
_READINGS = _READ.where(_A.c.snapshot_id == bindparam("version")).limit(1)
_FIRST = _READINGS.order_by(_A.c.extractor.asc())
_NEWEST = _READINGS.order_by(_A.c.extractor.desc())
_ONE = _READ.where(
    _A.c.snapshot_id == bindparam("version"), _A.c.extractor == bindparam("extractor")
)
_POST = select(_S.c.post_id).where(_S.c.id == bindparam("version")).scalar_subquery()
_OF_POST = (
    select(_A.c.snapshot_id, _A.c.extractor, _A.c.base, _A.c.data)
    .join(_S, _S.c.id == _A.c.snapshot_id)
    .where(
        _S.c.post_id == _POST,
        _A.c.extractor == bindparam("extractor"),
        _A.c.snapshot_id != bindparam("version"),
    )
)
_LATEST = _OF_POST.order_by(_S.c.number.desc()).limit(1)
_RESTING = _OF_POST.where(_A.c.base == bindparam("version"))


def article(
    conn: Connection, snapshot_id: int, extractor: int | None = None, *, first: bool = False
) -> Article | None:
    """The article of a version as one extractor read it; None where it did not. By default the newest,
    with `first` the one that read it first."""
    asked = {"version": snapshot_id}
    if extractor is not None:
        row = conn.execute(_ONE, asked | {"extractor": extractor}).first()
    else:
        row = conn.execute(_FIRST if first else _NEWEST, asked).first()
    return None if row is None else _read(conn, snapshot_id, row)


def keep_article(
    conn: Connection, snapshot_id: int, article: Article, *, anew: bool = False
) -> None:
    """Keeps what an extractor read of a version, in place of what the same extractor read before; of a version that
    is `anew` it has read nothing."""
    which = {"version": snapshot_id, "extractor": article.extractor}
    resting = [] if anew else conn.execute(_RESTING, which).all()
    read = [(r.snapshot_id, _read(conn, r.snapshot_id, r)) for r in resting]
    text = to_json(article).encode()
    base = None if resting else _base(conn, which)
    delta = None if base is None else bodies.delta_of(text, _text(conn, base, article.extractor))
    row: dict[str, Any] = {
        "snapshot_id": snapshot_id,
        "extractor": article.extractor,
        "base": None if delta is None else base,
        "data": bodies.packed(text) if delta is None else delta,
    }
    upsert(conn, _A, row, ("snapshot_id", "extractor"))
    for other, theirs in read:
        keep_article(conn, other, theirs)


def _base(conn: Connection, which: dict[str, int]) -> int | None:
    """The version of the post whose article, whole, the latest one is kept as, or rests on."""
    latest = conn.execute(_LATEST, which).first()
    return None if latest is None else int(latest.base or latest.snapshot_id)


def _read(conn: Connection, snapshot_id: int, row: Any) -> Article:
    try:
        near = None if row.base is None else _text(conn, row.base, row.extractor)
        return from_json(bodies.unpacked(bytes(row.data), near), Article)
    except ValueError as e:
        raise StoreError(f"the article of version {snapshot_id} cannot be read: {e}") from e


def _text(conn: Connection, snapshot_id: int, extractor: int) -> bytes:
    """The JSON of an article that is kept whole; ValueError where it is not there."""
    row = conn.execute(_ONE, {"version": snapshot_id, "extractor": extractor}).first()
    if row is None or row.base is not None:
        raise ValueError(f"that of version {snapshot_id}, which it rests on, is missing")
    return bodies.unpacked(bytes(row.data))
