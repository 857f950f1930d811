"""The two versions of an event as they were compared when it was told, for all who draw its diff."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..decide.aside import without
from ..decide.furniture import settle
from ..model import Event
from ..read.article import Article
from ..store import asides, sites


def event_between(told: Sequence[Event], before: int, after: int) -> Event | None:
    """The event, of a post's, that led from one version to the other, by their ids; None where none did."""
    pair = (before, after)
    found = (
        e for e in reversed(told) if (e.snapshot_before, e.snapshot_after) == pair and e.fields
    )
    return next(found, None)


def as_told(
    conn: Connection, event: Event, before: Article, after: Article
) -> tuple[Article, Article]:
    """Both articles without what the event's diff left out as the site's own. Of an event of an older
    release that is what we know of the site today."""
    aside = asides.aside_of(conn, event.id)
    if aside is not None:
        return without(before, aside.before), without(after, aside.after)
    site = sites.site_by_name(conn, event.site) if event.site else None
    return settle(before, after, site.facts) if site is not None else (before, after)
