"""When was a post not to be seen, whatever became of it: its site was away, or we were."""

from __future__ import annotations

from sqlalchemy import Connection

from ..model import Event, Kind, PostState
from ..store import events

_SITE = (Kind.SITE_UNREACHABLE, Kind.SITE_RECOVERED)
_OURS = (Kind.WATCH_STOPPED, Kind.WATCH_RESUMED)
#: Events of each kind, the newest ones.
MOST = 500


def blind_events(conn: Connection, post: PostState) -> list[Event]:
    """What was told, since a post was first seen, of its site's and our own blindness; by id, what
    `show.life.blindness` takes."""
    # Kind by kind, and without the time: so an index holds the few there are, whereas by site and time
    # all events of a site would be read.
    asked = [((post.site,), kind) for kind in _SITE] + [((), kind) for kind in _OURS]
    found = [
        event
        for names, kind in asked
        for event in events.events(conn, sites=names, kinds=[kind], newest_first=True, limit=MOST)
        if post.first_seen_at is None or event.detected_at >= post.first_seen_at
    ]
    return sorted(found, key=lambda e: e.id)
