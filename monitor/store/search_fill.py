"""The search's index made anew, or for the first time: in small steps, since a big database takes minutes.

What is written meanwhile goes into the index by itself. The newest is put in first.
"""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection, func, select

from . import events, meta, search_index, tables
from .search_events import add_event, readable

_E, _P = tables.events, tables.posts
_LAST_POST = select(func.max(_P.c.id))

#: meta: the highest id of an event, of a post, that may not be in the index yet; "": all are.
EVENTS_LEFT, POSTS_LEFT = "search_events_left", "search_posts_left"
#: meta: the highest id of a post when the parts that FTS5 had written were last begun to be made one, and
#: whether that still goes on.
_MERGED, _MERGING = "search_merged", "search_merging"
#: So many times as many posts there have to be for it to pay again, and at least so many more.
_GROWN, _FEW = 1.5, 50

#: Events, or posts, of one step: an edit of a long post takes some 20 ms.
STEP = 25


class Left(Struct, frozen=True):
    """How many are not in the index yet, at most: their numbers are below these."""

    events: int = 0
    posts: int = 0

    def __bool__(self) -> bool:
        return bool(self.events or self.posts)


def left(conn: Connection) -> Left:
    """What is not in the index yet; all false where it is complete."""
    return Left(*(int(meta.value(conn, key) or 0) for key in (EVENTS_LEFT, POSTS_LEFT)))


def again(conn: Connection) -> None:
    """Empties the index, so that `catch_up` makes it anew."""
    search_index.drop(conn)
    search_index.create(conn)
    for key, number in ((EVENTS_LEFT, _E.c.id), (POSTS_LEFT, _P.c.id)):
        last = conn.execute(select(func.max(number))).scalar_one()
        meta.put(conn, key, str(last or ""))


def catch_up(conn: Connection, step: int = STEP) -> Left:
    """Puts some more into the index, posts first; what is left then.

    For who holds `Store.lock`, since what another process forgets meanwhile must not come back.
    """
    rest = left(conn)
    if rest.posts:
        rest = Left(rest.events, _posts(conn, rest.posts, step))
        meta.put(conn, POSTS_LEFT, str(rest.posts or ""))
    elif rest.events:
        rest = Left(_events(conn, rest.events, step), 0)
        meta.put(conn, EVENTS_LEFT, str(rest.events or ""))
    else:
        return rest
    if not rest:
        search_index.merge(conn)
    return rest


def untidy(conn: Connection) -> bool:
    """Whether so many posts have come that the index is worth to be made one part again: else each few edits
    would have FTS5 merge what the first look at a site left, and the file grow by it."""
    if conn.dialect.name != "sqlite":
        return False
    if meta.value(conn, _MERGING):
        return True
    last = conn.execute(_LAST_POST).scalar_one() or 0
    return last >= int(meta.value(conn, _MERGED) or 0) * _GROWN + _FEW


def tidy(conn: Connection) -> bool:
    """One step of that; whether there is more to do. For who holds `Store.lock`."""
    begun = bool(meta.value(conn, _MERGING))
    if not begun:
        meta.put(conn, _MERGED, str(conn.execute(_LAST_POST).scalar_one() or 0))
    more = search_index.merge_some(conn, begin=not begun)
    meta.put(conn, _MERGING, "1" if more else "")
    return more


def _posts(conn: Connection, high: int, step: int) -> int:
    query = select(_P.c.id, _P.c.snapshot).where(_P.c.id <= high).order_by(_P.c.id.desc())
    rows = conn.execute(query.limit(step)).all()
    for post_id, snapshot_id in rows:
        latest = readable(conn, snapshot_id)
        if latest is not None:
            search_index.add_post(conn, post_id, latest)
    return rows[-1].id - 1 if len(rows) == step else 0


def _events(conn: Connection, high: int, step: int) -> int:
    found = events.events(conn, before=high + 1, limit=step, newest_first=True)
    for event in found:
        add_event(conn, event)
    return found[-1].id - 1 if len(found) == step else 0
