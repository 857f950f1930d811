"""One post that was met twice: a new row turns out to be the new address of a post we know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from ..values import replace
from . import posts, tables
from .rows import PostRow


def merge_listings(conn: Connection, *, keep: int, absorbed: int) -> None:
    """Gives the listings and former addresses of `absorbed` to `keep`; its looks and versions stay its.

    Where a source listed both, what it says of the new address counts: the old one has left it.
    """
    theirs = tables.entries.c.post_id == absorbed
    listed = select(tables.entries.c.source_id).where(theirs)
    ours = tables.entries.c.post_id == keep
    conn.execute(delete(tables.entries).where(ours, tables.entries.c.source_id.in_(listed)))
    conn.execute(update(tables.entries).where(theirs).values(post_id=keep))
    conn.execute(
        update(tables.aliases).where(tables.aliases.c.post_id == absorbed).values(post_id=keep)
    )


def part(conn: Connection, keep: PostRow, key: str, now: datetime) -> None:
    """Takes an address from a post again: it is no former one of its, and a row that was met there on
    its own is watched again."""
    a = tables.aliases.c
    conn.execute(
        delete(tables.aliases).where(
            a.site_id == keep.site_id, a.post_id == keep.state.post_id, a.key == key
        )
    )
    for row in posts.posts(conn, keep.site_id):
        if not row.watched and row.key == f"{key}#{row.state.post_id}":
            posts.save_post(conn, replace(row, key=key, watched=True, next_at=now))


def absorb_post(conn: Connection, *, keep: int, absorbed: int) -> None:
    """Gives the looks, listings and addresses of `absorbed` to `keep` and takes its row away.

    Only for a post of which no version was kept and no event told: such a post has no life to lose.
    """
    merge_listings(conn, keep=keep, absorbed=absorbed)
    conn.execute(
        update(tables.observations)
        .where(tables.observations.c.post_id == absorbed)
        .values(post_id=keep)
    )
    conn.execute(delete(tables.posts).where(tables.posts.c.id == absorbed))
