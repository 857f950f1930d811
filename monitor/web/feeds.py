"""`/feed.atom`, `/sites/{name}/feed.atom`, `/events.atom?…`: the alerts for those who read feeds.

The same words as the mails; what was imported from an archive is no news and is not in them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..model import Event
from ..run.messages import story_of
from ..show.atom import Entry, atom, entry, tag, told_text
from ..show.story import Story
from ..store import events, sites
from ..store.rows import SiteRow
from ..store.search import wanted_events
from ..store.withdrawn import withdrawals
from ..values import replace
from .asked import Asked, asked_by
from .fresh import Fresh
from .making import Pages, base, pages

log = logging.getLogger("postwatch")

MEDIA_TYPE = "application/atom+xml; charset=utf-8"  # browsers show it as text and need the charset
#: Events in a feed; texts that are kept made.
ENTRIES, TEXTS = 100, 1000
#: Words of two versions that are compared for an entry: a hundred of these are made in some ten seconds.
LONGEST = 50_000
#: When a feed of nothing was last changed.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Feeds:
    """Makes feeds. Keeps the texts: an event never changes, and to say an edit two articles are compared."""

    def __init__(self, pages: Pages) -> None:
        self.fresh = Fresh(pages.clock)
        self._texts: dict[str, str] = {}  #: by the event's hash

    def entries(self, conn: Connection, told: Sequence[Event], base_url: str) -> list[Entry]:
        """The events' entries; those of forgotten posts are left out."""
        taken_back = withdrawals(conn, after=min((e.id for e in told), default=0))
        others = [taken_back[e.id] for e in told if e.id in taken_back]
        others += [e.retracts for e in told if e.retracts]
        by_id = {e.id: e for e in events.events_by_id(conn, others)}
        found, used = list[Entry](), dict[str, str]()
        forgotten = {e.hash for e in told if events.is_stub(e)}
        for event in told:
            if event.hash in forgotten:
                continue
            story = Story(event, removal=by_id.get(event.retracts or 0))
            text = used[event.hash] = self._texts.get(event.hash) or _text(conn, event)
            withdrawal = by_id.get(taken_back.get(event.id, 0))
            found.append(entry(story, text, withdrawal, base_url))
        before = self._texts if len(self._texts) < TEXTS else {}
        self._texts = {k: v for k, v in before.items() if k not in forgotten} | used
        return found


def _text(conn: Connection, event: Event) -> str:
    try:
        return told_text(story_of(conn, event, most=LONGEST))
    except Exception:  # one event that can't be said must not hold the others
        log.exception("event %d: no text for the feed", event.id)
        return f"Event {event.id} could not be put into words; its page shows it."


async def every(request: Request) -> Response:
    """The newest events of all sites, and of our own watch."""
    return await _feed(request, Asked(), path="/feed.atom", page="/", title="postwatch")


async def site(request: Request) -> Response:
    """The newest events of one site."""
    name = request.path_params["name"]
    row = await pages(request).read(lambda conn: sites.site_by_name(conn, name))
    if row is None:
        raise HTTPException(404)
    place = f"/sites/{quote(row.name, safe='')}"
    return await _feed(
        request,
        Asked(site=row.name),
        path=f"{place}/feed.atom",
        page=place,
        title=f"postwatch: {row.name}",
        row=row,
    )


async def search(request: Request) -> Response:
    """The newest events that a search on /events finds."""
    asked = replace(asked_by(request), unseen=False)
    return await _feed(
        request,
        asked,
        path=asked.address(asked.before, path="/events.atom"),
        page=asked.address(asked.before),
        title=f"postwatch: {asked.said()}",
    )


async def _feed(
    request: Request,
    asked: Asked,
    *,
    path: str,
    page: str,
    title: str,
    row: SiteRow | None = None,
) -> Response:
    p = pages(request)
    feeds: Feeds = request.app.state.feeds
    base_url = base(request)

    def gather(conn: Connection) -> bytes:
        told = wanted_events(conn, asked.wanted(origin="observed"), ENTRIES)
        known = [row] if row else sites.sites(conn)
        return atom(
            feeds.entries(conn, told, base_url),
            id=_id(conn, path if row is None else f"/sites/{row.id}"),
            title=title,
            base_url=base_url,
            feed_path=path,
            page_path=page,
            since=min((s.watched_since for s in known), default=_EPOCH),
        )

    body = await p.read(gather, long=True)
    return feeds.fresh.answer(request, base_url + path, body, MEDIA_TYPE)


def _id(conn: Connection, path: str) -> str:
    """A feed is named by this database's first event, and so unlike that of any other install."""
    first = events.event(conn, 1)
    return tag(first.detected_at, first.uid, path) if first else tag(_EPOCH, "none", path)
