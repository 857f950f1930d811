"""When was a post not to be seen, whatever became of it: its site was away, or we were."""

from __future__ import annotations

from sqlalchemy import Connection

from ..model import Event, Kind, PostState
from ..store import events

_SITE = (Kind.SITE_UNREACHABLE, Kind.SITE_RECOVERED)
_OURS = (Kind.WATCH_STOPPED, Kind.WATCH_RESUMED)
#: Events of either sort that are read of one post's time.
MOST = 500


def blind_events(conn: Connection, post: PostState) -> list[Event]:
    """What was told, since a post was first seen, of its site's and our own blindness; by id, what
    `show.life.blindness` takes."""
    first = post.first_seen_at
    site = events.events(conn, sites=[post.site], kinds=_SITE, since=first, limit=MOST)
    ours = events.events(conn, kinds=_OURS, since=first, limit=MOST)
    return sorted([*site, *ours], key=lambda e: e.id)
