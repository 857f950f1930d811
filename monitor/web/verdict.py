"""`/events/{id}`: one verdict with its evidence, and what we said of it."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..decide.evidence import robots_named
from ..decide.reminding import REMINDED
from ..model import Alert, AlertState, Event, Role
from ..read.verdict.meaning import plainly
from ..run.messages import story_of
from ..run.triage import MOST_NAME, MOST_WORDS
from ..show.cite import changes, citation
from ..show.evidence import looks_counted, plain_evidence
from ..show.letter import wayback
from ..show.marks import mark
from ..show.plain import as_sentence, isolated_in
from ..show.rows import act, facts, href, title
from ..show.said import lead
from ..show.story import Story, blind, named_times
from ..store import events, posts, queue, sites
from ..store.marks import Mark, MarkKind, marks
from ..store.outlines import in_batch
from ..store.withdrawn import withdrawals
from ..units import shown_second
from ..words import MARKS, how, of
from . import proof
from .comparing import LONG
from .making import number, outside, page, pages
from .proof import Proof
from .standing import numbers
from .visitors import Visitor, visitor

#: Events of one cause that a page names.
NAMED = 50


class Verdict(Struct, frozen=True):
    """One event with all that stands behind it."""

    event: Event
    forgotten: bool
    withdrawal: Event | None  #: the event that took it back
    proof: Proof
    story: Story
    alerts: list[Alert]
    numbers: dict[int, int]
    together: int  #: events of one cause, this one included
    companions: list[Event]  #: the first of them
    site: str  #: as it is called now; "" where it is not known
    newer: int | None
    older: int | None
    marks: list[Mark]  #: what we said of it, oldest first; none for who is not one of us


def gather(conn: Connection, event_id: int, who: Visitor) -> Verdict | None:
    """An event with its evidence; None where there is none by that number."""
    event = events.event(conn, event_id)
    if event is None:
        return None
    story = story_of(conn, event, most=LONG)
    taken_back = withdrawals(conn, after=event_id)
    older, newer = events.beside(conn, event_id)
    site = sites.site_by_name(conn, events.site_now(conn, event)) if event.site else None
    post = posts.post(conn, event.post) if event.post is not None else None
    return Verdict(
        event=event,
        forgotten=events.is_stub(event),
        withdrawal=events.event(conn, taken_back[event_id]) if event_id in taken_back else None,
        proof=proof.gather(conn, event),
        story=story,
        alerts=queue.alerts(conn, event_id=event_id),
        numbers=numbers(conn, [event]),
        together=in_batch(conn, event.batch) if event.batch else 0,
        companions=events.events(conn, batch=event.batch, limit=NAMED) if event.batch else [],
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
    shown = await p.read(lambda conn: gather(conn, event_id, who))
    if shown is None:
        raise HTTPException(404)
    told = shown.event
    story = shown.story
    action, action_href = act(told, shown.numbers)
    base = p.config.web.base_url if p.config.web is not None else ""
    kept = proof.kept_bytes(shown.proof)
    rules = dict.fromkeys(x.rule for x in told.looks)
    last = next((m.kind for m in reversed(shown.marks) if m.kind is not MarkKind.NOTE), None)
    return page(
        request,
        "event.html",
        shown=shown,
        event=told,
        words=of(told),
        label=lambda e: of(e).label,
        reason=reason.short if (reason := how(told)) else "",
        mark=mark(told),
        title=title(told),
        href=href(told),
        lead=[isolated_in(s) for s in (*lead(story), *map(as_sentence, changes(story)))],
        evidence=[isolated_in(as_sentence(e)) for e in plain_evidence(told)],
        times=named_times(told),
        named=sum(x.role is Role.POST for x in told.looks),
        counted=looks_counted(told),
        hashes=proof.hashes(shown.proof),
        answered=proof.answered,
        what=proof.what,
        facts=facts(told),
        action=action,
        action_href=action_href,
        blind=blind(told),
        wayback=wayback(told.url) if told.url and not blind(told) else "",
        cite=_warning(shown.withdrawal) + citation(story, base_url=base, kept=kept),
        robots=robots_named(told),
        rules=[(n, s) for n in rules if (s := plainly(n))],
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
    at = shown_second(withdrawal.detected_at)
    return f"WITHDRAWN by postwatch at {at} (event {withdrawal.id}), this was wrong: "
