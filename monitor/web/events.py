"""`/events`: how many, of what kind, since when? What is not seen yet? Which speak of these words?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from ..model import Event, Kind
from ..read.terms import Term
from ..show.marks import drawn, shape_of
from ..show.matching import Match, match
from ..show.rows import Row
from ..store import search_fill, sites
from ..store.events import events_by_id
from ..store.matched import latest_texts, matched_texts
from ..store.outlines import first_told
from ..store.search import found
from ..words import KINDS
from .asked import Asked, asked_by
from .making import page, pages
from .posts import language
from .standing import told_rows
from .visitors import Visitor, visitor

#: Events a page shows; so many are counted.
ROWS, COUNTED = 50, 1000


class Found(Struct, frozen=True):
    """A page of events."""

    rows: list[Row]
    events: int  #: all that there are from here on
    over: bool  #: there are more than were counted
    older: int | None  #: where the next page begins
    sites: list[str]
    since: datetime | None  #: where nothing was found: when the first event was told
    unsearched: bool  #: words were looked for, and not all that is stored can be searched yet
    why: dict[int, Match]  #: by event: where the words stand, for as many as there is room to read

    @property
    def cut(self) -> bool:
        """Whether not all are on the page."""
        return self.older is not None


def gather(conn: Connection, asked: Asked, who: Visitor) -> Found:
    """The newest events that are asked for, one page of them."""
    wanted = asked.wanted()
    ids = found(conn, wanted, COUNTED + 1)
    shown = ids[:ROWS]
    together = not (asked.words or asked.cause or asked.unseen)
    rows = told_rows(conn, events_by_id(conn, shown)[::-1], who, together=together)
    return Found(
        rows=rows,
        events=min(len(ids), COUNTED),
        over=len(ids) > COUNTED,
        older=shown[-1] if len(ids) > len(shown) else None,
        sites=[s.name for s in sites.sites(conn)],
        since=None if ids else first_told(conn),
        unsearched=bool(asked.words and search_fill.left(conn)),
        why=_why(conn, [row.event for row in rows], wanted.search.terms),
    )


def _why(conn: Connection, told: Sequence[Event], terms: Sequence[Term]) -> dict[int, Match]:
    if not terms:
        return {}
    texts, left = matched_texts(conn, told)
    places = {e.id: match(e, terms, *texts[e.id]) for e in told}
    elsewhere = [e for e in told if not places[e.id]]
    latest = latest_texts(conn, elsewhere, left)
    places |= {e.id: match(e, terms, *latest[e.id]) for e in elsewhere if e.id in latest}
    return {i: place for i, place in places.items() if place is not None}


async def listing(request: Request) -> Response:
    """The searchable list."""
    p = pages(request)
    who, asked = visitor(request), asked_by(request)
    result = await p.read(lambda conn: gather(conn, asked, who))
    return page(
        request,
        "events.html",
        found=result,
        asked=asked,
        kinds=[(k, KINDS[k].label, drawn(shape_of(k), KINDS[k].tone)) for k in Kind],
        language=language,
        narrowed=asked != Asked(before=asked.before),
        older=asked.address(result.older) if result.older else "",
        feed=asked.address(path="/events.atom"),
        as_json=asked.address(path="/events.json"),
        as_csv=asked.address(path="/events.csv"),
        now=p.clock(),
    )
