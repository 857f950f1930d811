"""`/events`: how many, of what kind, since when? What is not seen yet?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..model import Event, Kind
from ..show.marks import drawn, shape_of
from ..show.plain import one_line
from ..show.rows import Row
from ..store import events, sites
from ..store.marks import verdicts
from ..words import KINDS
from .making import number, page, pages, query
from .standing import told_rows
from .visitors import Visitor, visitor

#: Rows a page shows; events read at once; events looked through before a page ends unfilled.
ROWS, CHUNK, MOST = 50, 500, 20_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks for; empty means all."""

    words: str = ""
    site: str = ""
    kinds: tuple[Kind, ...] = ()
    silent: bool = False
    unseen: bool = (
        False  #: neither marked as seen nor dismissed; only we know of that, so no feed asks
    )
    since: date | None = None
    until: date | None = None  #: this day too
    before: int | None = None

    def holds(self, event: Event) -> bool:
        """Whether an event is asked for, as far as the database was not asked already."""
        if self.silent and event.silent is not True:
            return False
        if self.until is not None and event.detected_at >= _midnight(
            self.until + timedelta(days=1)
        ):
            return False
        haystack = f"{event.title} {event.url or ''} {event.moved_to or ''}".casefold()
        return all(word in haystack for word in self.words.casefold().split())

    def said(self) -> str:
        """The question in words: `removed, edited of acme, “roof”`."""
        kinds = ", ".join(KINDS[k].label.lower() for k in self.kinds) or "all events"
        parts = [
            kinds + (f" of {self.site}" if self.site else ""),
            f"“{self.words}”" if self.words else "",
            "only those without a note" if self.silent else "",
            f"from {self.since}" if self.since else "",
            f"to {self.until}" if self.until else "",
        ]
        return one_line(", ".join(p for p in parts if p))

    def address(self, before: int | None = None, *, path: str = "/events") -> str:
        """The same question as an address, from another event on."""
        return path + query(
            q=self.words,
            site=self.site,
            kind=[k.value for k in self.kinds],
            silent="1" if self.silent else None,
            seen="no" if self.unseen else None,
            since=self.since.isoformat() if self.since else None,
            until=self.until.isoformat() if self.until else None,
            before=before,
        )


def asked(params: QueryParams) -> Wanted:
    """The form's question; 400 where a kind or a date is none."""
    try:
        kinds = tuple(dict.fromkeys(Kind(k) for k in params.getlist("kind") if k))
        since, until = (
            date.fromisoformat(params[k]) if params.get(k) else None for k in ("since", "until")
        )
        if until is not None and until.year > 9998:
            until = None
    except ValueError:
        raise HTTPException(400) from None
    return Wanted(
        words=params.get("q", "").strip()[:200],
        site=params.get("site", "")[:64],
        kinds=kinds,
        silent=params.get("silent") == "1",
        since=since,
        until=until,
        before=number(params["before"]) if params.get("before") else None,
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events."""

    rows: list[Row]
    events: int
    older: int | None  #: where the next page begins
    sites: list[str]
    cut: bool  #: so many were looked through that the search stopped


def gather(conn: Connection, wanted: Wanted, who: Visitor) -> Found:
    """The newest events that are wanted, one page of them."""
    found: list[Event] = []
    seen = verdicts(conn) if wanted.unseen else {}
    read, last = 0, wanted.before
    more = False
    for event in newest(conn, wanted):
        read += 1
        if wanted.holds(event) and event.id not in seen:
            if len(found) == ROWS:
                more = True
                break
            found.append(event)
        last = event.id
        if read >= MOST:
            more = True
            break
    return Found(
        rows=told_rows(conn, found, who),
        events=len(found),
        older=last if more else None,
        sites=[s.name for s in sites.sites(conn)],
        cut=read >= MOST,
    )


def newest(
    conn: Connection, wanted: Wanted, *, origin: str | None = None, chunk: int = CHUNK
) -> Iterator[Event]:
    """What the database finds of a question, newest first; `Wanted.holds` is still to be asked."""
    before = wanted.before
    while True:
        found = events.events(
            conn,
            before=before,
            since=_midnight(wanted.since) if wanted.since else None,
            sites=[wanted.site] if wanted.site else (),
            kinds=wanted.kinds,
            origin=origin,
            limit=chunk,
            newest_first=True,
        )
        yield from found
        if len(found) < chunk:
            return
        before = found[-1].id


async def listing(request: Request) -> Response:
    """The searchable list."""
    p = pages(request)
    who, params = visitor(request), request.query_params
    told = asked(params)
    wanted = replace(told, unseen=who.ours and params.get("seen") == "no")
    found = await p.read(lambda conn: gather(conn, wanted, who))
    return page(
        request,
        "events.html",
        found=found,
        wanted=wanted,
        kinds=[(k, KINDS[k].label, drawn(shape_of(k), KINDS[k].tone)) for k in Kind],
        narrowed=wanted != Wanted(),
        older=wanted.address(found.older) if found.older else "",
        feed=told.address(path="/events.atom"),
        now=p.clock(),
    )
