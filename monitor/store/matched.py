"""The texts in which the search found its events: those of their versions, and of their posts' latest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from ..model import Event
from ..read.article import Article
from . import tables
from .search_events import readable

_S, _P = tables.snapshots, tables.posts

#: Words of all texts together that are read for one page: each thousand takes about a millisecond.
MOST = 150_000


class Texts(NamedTuple):
    """What stands behind an event; None where there is nothing, or no room to read it."""

    before: Article | None = None
    after: Article | None = None
    latest: Article | None = None  #: of its post, where that is another one


def matched_texts(
    conn: Connection, events: Sequence[Event], most: int = MOST
) -> tuple[dict[int, Texts], int]:
    """The versions of at most a thousand events, by their ids, in order until `most` words are read; and
    how many may still be."""
    wanted = {e.id: (e.snapshot_before, e.snapshot_after) for e in events}
    read, left = _read(conn, [v for pair in wanted.values() for v in pair], most)
    return {i: Texts(read.get(a), read.get(b)) for i, (a, b) in wanted.items()}, left


def latest_texts(conn: Connection, events: Sequence[Event], most: int) -> dict[int, Texts]:
    """The latest texts of the posts of such events, where they are not the events' own."""
    ids = [e.post for e in events if e.post is not None]
    query = select(_P.c.id, _P.c.snapshot).where(_P.c.id.in_(ids))
    latest = {post: version for post, version in conn.execute(query)}
    wanted = {
        e.id: version
        for e in events
        if (version := latest.get(e.post or 0)) not in (e.snapshot_before, e.snapshot_after)
    }
    read, _ = _read(conn, list(wanted.values()), most)
    return {i: Texts(latest=read.get(version)) for i, version in wanted.items()}


def _read(
    conn: Connection, versions: Sequence[int | None], most: int
) -> tuple[dict[int | None, Article | None], int]:
    """Their articles, in order until `most` words are read, and how many are left of those."""
    named = {v for v in versions if v is not None}
    sizes = select(_S.c.id, _S.c.words).where(_S.c.id.in_(named))
    words = {version: n for version, n in conn.execute(sizes)}
    read: dict[int | None, Article | None] = {None: None}
    for version in versions:
        if version not in read and (most := most - words.get(version or 0, 0)) >= 0:
            read[version] = readable(conn, version)
    return read, max(0, most)
