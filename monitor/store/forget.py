"""Lawful erasure of one post: its bytes and texts go, its place in the chain and its URL's bar stay.

The URL is kept in the post's own row alone, or it could not be told from a new one; the post is never
watched again. Copies elsewhere (backups, exports, mails) are beyond us.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from ..errors import StoreError
from ..model import PostState
from . import events, meta, posts, search_index, tables
from .rows import PostRow
from .sweep import sweep

_MARK = "forgotten:"


def forget_post(conn: Connection, post_id: int, now: datetime) -> int:
    """How many rows of bytes, versions, looks and events were emptied. For who holds `Store.lock`."""
    row = posts.post(conn, post_id)
    if row is None:
        raise StoreError(f"there is no post {post_id}")
    versions = select(tables.snapshots.c.id).where(tables.snapshots.c.post_id == post_id)
    told = select(tables.events.c.id).where(tables.events.c.post_id == post_id)
    emptied = events.forget(conn, post_id)
    for gone in (
        delete(tables.event_marks).where(tables.event_marks.c.event_id.in_(told)),
        delete(tables.articles).where(tables.articles.c.snapshot_id.in_(versions)),
        delete(tables.snapshots).where(tables.snapshots.c.post_id == post_id),
        delete(tables.observations).where(tables.observations.c.post_id == post_id),
        delete(tables.entries).where(tables.entries.c.post_id == post_id),
    ):
        emptied += conn.execute(gone).rowcount
    search_index.forget(conn, post_id)
    posts.save_post(conn, _bar(row))
    meta.put(conn, f"{_MARK}{post_id}", now.isoformat())
    return emptied + sweep(conn)


def _bar(row: PostRow) -> PostRow:
    """The row of a post of which only its URLs are left."""
    state = PostState(
        post_id=row.state.post_id,
        site=row.state.site,
        url=row.state.url,
        aliases=row.state.aliases,
        status=row.state.status,
        published_told=True,
    )
    return PostRow(state=state, site_id=row.site_id, key=row.key, watched=False)


def forgotten(conn: Connection) -> frozenset[int]:
    """The posts that were forgotten: not to be watched again, whatever the config includes."""
    return frozenset(int(key.removeprefix(_MARK)) for key in meta.values(conn, _MARK))
