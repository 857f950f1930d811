"""What looks that found their posts as they were leave behind, written many at a time.

Most looks are such: asked and written one by one, the database's part of one costs more than its fetch.
What comes to be stored is what `observations.observe`, `snapshots.touch_version` and `posts.save_post` would
store (tests/store/test_seen_again.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select, update

from . import tables
from .codec import to_json
from .columns import Time
from .observations import observe, told_of_site
from .rows import Observation, PostRow
from .stretches import goes_on, joined, thread_of, told_from

_O, _E, _S, _P = tables.observations, tables.events, tables.snapshots, tables.posts

# Built once: to build a statement costs more than to run it.
_OF: BindParameter[list[Any]] = bindparam("of", expanding=True)
_LATEST = select(
    *(_O.c[c] for c in ("id", "thread", "seen", "rule", "reason", "status", "failure")),
    *(_O.c[c] for c in ("url", "final_url", "uncounted", "last_body", "last_at", "looks", "peer")),
).where(_O.c.id.in_(select(func.max(_O.c.id)).where(_O.c.thread.in_(_OF)).group_by(_O.c.thread)))
_TOLD = (
    select(_E.c.post_id, func.max(_E.c.detected_at, type_=Time).label("at"))
    .where(_E.c.post_id.in_(_OF))
    .group_by(_E.c.post_id)
)
_JOIN = (
    update(_O)
    .where(_O.c.id == bindparam("row"))
    .values({c: bindparam(c) for c in ("last_at", "looks", "took", "why", "peer", "server_date")})
)
_AT = bindparam("at", type_=Time)
_TOUCH = (
    update(_S)
    .where(_S.c.id == bindparam("version"))
    .values(
        last_read_at=case((_S.c.last_read_at > _AT, _S.c.last_read_at), else_=_AT),
        looks=_S.c.looks + 1,
    )
)
_SAVE = (
    update(_P)
    .where(_P.c.id == bindparam("post"))
    .values(
        {
            c: bindparam(c)
            for c in ("state", "last_seen_at", "next_at", "failures", "etag", "last_modified")
        }
    )
)


def observe_again(conn: Connection, looks: Sequence[Observation]) -> None:
    """As `observe`, for looks at posts of one site or at its sources that could tell and of which no bytes are to be
    kept; one look a page."""
    threads = [thread_of(x) for x in looks]
    before = {r.thread: r for r in conn.execute(_LATEST, {"of": threads})}
    told = _told(conn, looks, [r.last_at for r in before.values()])
    rows = []
    for look, thread in zip(looks, threads, strict=True):
        stretch = before.get(thread)
        last_told = told.get(look.post_id)
        if stretch is None or not goes_on(stretch, look, None):
            observe(conn, look)
        elif last_told is not None and last_told >= told_from(stretch.last_at):
            observe(conn, look)
        else:
            rows.append({"row": stretch.id, **joined(stretch, look)})
    if rows:
        conn.execute(_JOIN, rows)


def _told(
    conn: Connection, looks: Sequence[Observation], last: Sequence[datetime]
) -> dict[int | None, datetime]:
    """When an event of each post was told last. None, for pages of the site: where one was told since the earliest of
    their `last` looks, for ever, so that each of them is asked about by itself."""
    told: dict[int | None, datetime] = {}
    if posts := [x.post_id for x in looks if x.post_id is not None]:
        told |= {r.post_id: r.at for r in conn.execute(_TOLD, {"of": posts})}
    others = [x.site_id for x in looks if x.post_id is None]
    if last and others and told_of_site(conn, others[0], min(last)):
        told[None] = datetime.max.replace(tzinfo=UTC)
    return told


def touch_versions(conn: Connection, seen: Mapping[int, datetime]) -> None:
    """As `touch_version`, once for each version: version -> when a look that brought no bytes read it."""
    if seen:
        conn.execute(_TOUCH, [{"version": v, "at": at} for v, at in seen.items()])


def save_posts(conn: Connection, rows: Sequence[PostRow]) -> None:
    """As `save_post`, for rows of which nothing changed but when the post was seen, when it is looked at
    next, how often in a row it could not be told, and its validators."""
    if rows:
        conn.execute(
            _SAVE,
            [
                {
                    "post": row.state.post_id,
                    "state": to_json(row.state),
                    "last_seen_at": row.state.last_seen_at,
                    "next_at": row.next_at,
                    "failures": row.failures,
                    "etag": row.etag,
                    "last_modified": row.last_modified,
                }
                for row in rows
            ],
        )
