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


def matched_texts(conn: Connection, events: Sequence[Event], most: int = MOST) -> dict[int, Texts]:
    """The texts of at most a thousand events, by their ids, in order until `most` words are read."""
    ids = [e.post for e in events if e.post is not None]
    query = select(_P.c.id, _P.c.snapshot).where(_P.c.id.in_(ids))
    latest = {post: version for post, version in conn.execute(query)}
    wanted = {e.id: (e.snapshot_before, e.snapshot_after, latest.get(e.post or 0)) for e in events}
    versions = {v for three in wanted.values() for v in three if v is not None}
    sizes = select(_S.c.id, _S.c.words).where(_S.c.id.in_(versions))
    words = {version: n for version, n in conn.execute(sizes)}
    read: dict[int | None, Article | None] = {None: None}
    for three in wanted.values():
        for version in three:
            if version in read or (most := most - words.get(version or 0, 0)) < 0:
                continue
            read[version] = readable(conn, version)
    return {
        event: Texts(read.get(a), read.get(b), None if c in (a, b) else read.get(c))
        for event, (a, b, c) in wanted.items()
    }
