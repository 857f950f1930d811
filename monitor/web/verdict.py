"""`/events/{id}`: one verdict with its evidence, and what we said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..decide.evidence import robots_named
from ..decide.reminding import REMINDED
from ..model import Alert, AlertState, Event
from ..read.verdict.meaning import sentence
from ..run.triage import MOST_NAME, MOST_WORDS
from ..show.letter import citation, wayback
from ..show.marks import mark
from ..show.rows import act, facts, href, title
from ..show.said import lead
from ..show.story import Story, blind
from ..store import events, posts, queue, sites, snapshots
from ..store.marks import Mark, MarkKind, marks
from ..store.outlines import in_batch
from ..store.rows import SnapshotRow
from ..store.withdrawn import withdrawals
from ..units import shown_second, shown_time
from ..words import MARKS, how, of
from .making import number, outside, page, pages
from .standing import numbers
from .visitors import Visitor, visitor


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
    marks: list[Mark]  #: what we said of it, oldest first; none for who is not one of us


def gather(conn: Connection, event_id: int, now: datetime, who: Visitor) -> Verdict | None:
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
    older, newer = events.beside(conn, event_id)
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
        together=in_batch(conn, event.batch) if event.batch else 0,
        posts=posts.counts(conn, site.id, now)["posts"] if site and counted else 0,
        site=post.state.site if post else (site.name if site else ""),
        newer=newer,
        older=older,
        marks=marks(conn, [event_id]) if who.ours else [],
    )


async def event(request: Request) -> Response:
    """One verdict."""
    p = pages(request)
    event_id = number(request.path_params["id"])
    now, who = p.clock(), visitor(request)
    shown = await p.read(lambda conn: gather(conn, event_id, now, who))
    if shown is None:
        raise HTTPException(404)
    told = shown.event
    story = Story(told, removal=shown.removal, head=shown.head, post_count=shown.posts)
    action, action_href = act(told, shown.numbers)
    web = p.config.web
    install = web.base_url if web is not None and web.base_url else "a private install"
    copies = tuple(
        f"Copy {label.lower()}: SHA-256 {v.body_hash}, fetched {shown_second(v.first_read_at)}"
        for label, v in shown.copies
    )
    last = next((m.kind for m in reversed(shown.marks) if m.kind is not MarkKind.NOTE), None)
    return page(
        request,
        "event.html",
        shown=shown,
        event=told,
        words=of(told),
        reason=reason.short if (reason := how(told)) else "",
        mark=mark(told),
        title=title(told),
        href=href(told),
        lead=lead(story),
        facts=facts(told),
        action=action,
        action_href=action_href,
        blind=blind(told),
        wayback=wayback(told.url) if told.url and not blind(told) else "",
        cite=_warning(shown.withdrawal) + citation(story, install, copies),
        robots=robots_named(told),
        rules=[(n, s) for n in dict.fromkeys(x.rule for x in told.looks) if (s := sentence(n))],
        outside=outside,
        now=now,
        last=last,
        reminded=told.kind in REMINDED,
        next_reminder=min(
            (a.due_at for a in shown.alerts if a.notice and a.state is AlertState.PENDING),
            default=None,
        ),
        said=MARKS,
        longest=(MOST_WORDS, MOST_NAME),
    )


def _warning(withdrawal: Event | None) -> str:
    """What a citation of an event that was taken back must begin with."""
    if withdrawal is None:
        return ""
    at = shown_time(withdrawal.detected_at)
    return f"WITHDRAWN by postwatch at {at} (event {withdrawal.id}), this was wrong: "
