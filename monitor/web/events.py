"""`/events`: how many, of what kind, since when? `/events/{id}`: one verdict with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..decide.evidence import robots_named
from ..model import Alert, Event, Kind
from ..read.verdict.meaning import sentence
from ..show.letter import citation, wayback
from ..show.marks import drawn, mark, shape_of
from ..show.plain import one_line
from ..show.rows import Row, act, facts, href, title
from ..show.said import Story, blind, lead
from ..store import events, posts, queue, sites, snapshots
from ..store.rows import SnapshotRow
from ..store.withdrawn import withdrawals
from ..units import shown_time
from ..words import KINDS, REASONS, of
from .making import number, outside, page, pages, query
from .standing import numbers, told_rows

#: Rows a page shows; events read at once; events looked through before a page ends unfilled.
ROWS, CHUNK, MOST = 50, 500, 20_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks for; empty means all."""

    words: str = ""
    site: str = ""
    kinds: tuple[Kind, ...] = ()
    silent: bool = False
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


def gather(conn: Connection, wanted: Wanted) -> Found:
    """The newest events that are wanted, one page of them."""
    found: list[Event] = []
    read, last = 0, wanted.before
    more = False
    for event in newest(conn, wanted):
        read += 1
        if wanted.holds(event):
            if len(found) == ROWS:
                more = True
                break
            found.append(event)
        last = event.id
        if read >= MOST:
            more = True
            break
    return Found(
        rows=told_rows(conn, found),
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
    wanted = asked(request.query_params)
    found = await p.read(lambda conn: gather(conn, wanted))
    return page(
        request,
        "events.html",
        found=found,
        wanted=wanted,
        kinds=[(k, KINDS[k].label, drawn(shape_of(k), KINDS[k].tone)) for k in Kind],
        narrowed=wanted != Wanted(),
        older=wanted.address(found.older) if found.older else "",
        feed=wanted.address(path="/events.atom"),
        now=p.clock(),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event with all that stands behind it."""

    event: Event
    forgotten: bool
    removal: Event | None  #: the event it ends or withdraws
    withdrawal: Event | None  #: the event that took it back
    copies: list[tuple[str, SnapshotRow]]
    alerts: list[Alert]
    head: tuple[int, str]
    numbers: dict[int, int]
    together: int  #: events of one cause, this one included
    posts: int  #: of the site, for its own events
    site: str  #: as it is called now; "" where it is not known
    newer: int | None
    older: int | None


def gather_event(conn: Connection, event_id: int, now: datetime) -> Verdict | None:
    """An event with its evidence; None where there is none by that number."""
    event = events.event(conn, event_id)
    if event is None:
        return None
    other = event.removed_event or event.retracts
    taken_back = withdrawals(conn, after=event_id)
    copies = []
    for label, snapshot_id in (("Before", event.snapshot_before), ("After", event.snapshot_after)):
        kept = snapshots.snapshot(conn, snapshot_id) if snapshot_id is not None else None
        if kept is not None:
            copies.append((label, kept))
    head = events.head(conn)
    site = sites.site_by_name(conn, event.site) if event.site else None
    post = posts.post(conn, event.post) if event.post is not None else None
    counted = site is not None and event.post is None
    return Verdict(
        event=event,
        forgotten=events.is_stub(event),
        removal=events.event(conn, other) if other else None,
        withdrawal=events.event(conn, taken_back[event_id]) if event_id in taken_back else None,
        copies=copies,
        alerts=queue.alerts(conn, event_id=event_id),
        head=head,
        numbers=numbers(conn, [event]),
        together=len(events.events(conn, batch=event.batch)) if event.batch else 0,
        posts=posts.counts(conn, site.id, now)["posts"] if site and counted else 0,
        site=post.state.site if post else (site.name if site else ""),
        newer=event_id + 1 if event_id < head[0] else None,
        older=event_id - 1 if event_id > 1 else None,
    )


async def event(request: Request) -> Response:
    """One verdict."""
    p = pages(request)
    event_id = number(request.path_params["id"])
    now = p.clock()
    shown = await p.read(lambda conn: gather_event(conn, event_id, now))
    if shown is None:
        raise HTTPException(404)
    told = shown.event
    story = Story(told, removal=shown.removal, head=shown.head, post_count=shown.posts)
    action, action_href = act(told, shown.numbers)
    web = p.config.web
    install = web.base_url if web is not None and web.base_url else "a private install"
    copies = "; ".join(
        f"copy {label.lower()}: SHA-256 {v.body_hash}, fetched {shown_time(v.first_read_at)}"
        for label, v in shown.copies
    )
    return page(
        request,
        "event.html",
        shown=shown,
        event=told,
        words=of(told),
        reason=REASONS[told.reason].short if told.reason else "",
        mark=mark(told),
        title=title(told),
        href=href(told),
        lead=lead(story),
        facts=facts(told),
        action=action,
        action_href=action_href,
        blind=blind(told),
        wayback=wayback(told.url) if told.url and not blind(told) else "",
        cite=_warning(shown.withdrawal)
        + citation(story, install)
        + (f" {copies}." if copies else ""),
        robots=robots_named(told),
        rules=[(n, s) for n in dict.fromkeys(x.rule for x in told.looks) if (s := sentence(n))],
        outside=outside,
        now=now,
    )


def _warning(withdrawal: Event | None) -> str:
    """What a citation of an event that was taken back must begin with."""
    if withdrawal is None:
        return ""
    at = shown_time(withdrawal.detected_at)
    return f"WITHDRAWN by postwatch at {at} (event {withdrawal.id}), this was wrong: "
