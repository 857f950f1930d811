"""A post's state and events become its life: marks for the timeline, its caption, how it stands now.

Claims nothing before our first look: there only the page's own date stands. Withdrawn events are not
drawn; the list below the line has them, struck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ..decide.edits import VARIANT_SPAN, VARIANT_SWITCH
from ..decide.retraction import is_unseen
from ..model import Event, Kind, PostState, Status
from ..units import parse_rfc3339, shown_by, shown_date, shown_duration_long, shown_time
from ..values import replace
from ..words import KINDS, locked, of
from .marks import shape_of
from .rows import at_least, withdrawn
from .story import between, interval
from .timeline import Life, Mark, day

_STATES = {Kind.REMOVED: "removed", Kind.REINSTATED: "up", Kind.MOVED: "up"}
_BLIND = {
    Kind.SITE_UNREACHABLE: "site",
    Kind.SITE_RECOVERED: "site",
    Kind.WATCH_STOPPED: "us",
    Kind.WATCH_RESUMED: "us",
}


class Standing(Struct, frozen=True):
    """How a post stands now, as its page says it first."""

    label: str
    tone: str
    shape: str
    said: str  #: `between A and B`, or how it is known


def life(
    state: PostState,
    events: Sequence[Event],
    site: Sequence[Event],
    now: datetime,
    dates: Sequence[str] = (),
) -> Life:
    """The life of a post; `events` are its own and `site` the site's and ours, both oldest first; `dates`
    are those its page bore, oldest reading first."""
    marks: list[Mark] = []
    borne = first_date(state, dates)
    dated = _date(borne)
    first = state.first_seen_at
    if dated is not None and (first is None or dated < first - timedelta(days=1)):
        marks.append(
            Mark(
                dated,
                "Dated",
                "ring",
                "quiet",
                "dated",
                date=shown_date(borne),
            )
        )
    taken_back = withdrawn(events)
    published = next((e for e in events if e.kind is Kind.PUBLISHED), None)
    if first is not None:
        label = KINDS[Kind.PUBLISHED].label if published is not None else "First seen"
        marks.append(Mark(first, label, "ring_dot" if marks else "ring", "quiet"))
    now_state = "up"
    for event in events:
        if event.kind is Kind.PUBLISHED or event.id in taken_back:
            continue
        now_state = _STATES.get(event.kind, now_state)
        since, at = interval(event)
        if event.kind is Kind.RETRACTED and is_unseen(state) and event.id == _withdrawal(events):
            # Our word is withdrawn; that it is up is not said with it.
            now_state, since = "suspected", state.last_seen_at
        marks.append(
            Mark(
                at or event.detected_at,
                of(event).label,
                shape_of(event.kind, event.silent),
                of(event).tone,
                now_state,
                since=since,
            )
        )
    if state.status is Status.SUSPECTED and state.first_missing_at is not None:
        marks.append(
            Mark(
                state.first_missing_at,
                "Missing",
                "ring_dashed",
                "quiet",
                "suspected",
                since=state.last_seen_at,
            )
        )
    return Life(tuple(sorted(marks, key=lambda m: m.at)), now, tuple(blind(site, now)))


def _withdrawal(events: Sequence[Event]) -> int | None:
    """The event by which a person last took something back."""
    return next((e.id for e in reversed(events) if e.kind is Kind.RETRACTED), None)


class Blind(Struct, frozen=True):
    """A stretch in which a site, or anything, could not be seen."""

    since: datetime
    until: datetime | None  #: None: it lasts
    told: Event  #: what told that it began


def blindness(site: Sequence[Event]) -> list[Blind]:
    """The stretches in which the site, or anything, could not be seen, by their beginning. `site` are
    the site's events and ours, oldest first."""
    found: list[Blind] = []
    began: dict[str, Blind] = {}
    for event in site:
        whose = _BLIND.get(event.kind)
        if whose is None:
            continue
        if event.kind in (Kind.SITE_UNREACHABLE, Kind.WATCH_STOPPED):
            began[whose] = Blind(event.first_missing_at or event.detected_at, None, event)
        elif whose in began:
            found.append(replace(began.pop(whose), until=event.detected_at))
    return sorted([*found, *began.values()], key=lambda b: (b.since, b.told.id))


def blind(site: Sequence[Event], now: datetime) -> list[tuple[datetime, datetime]]:
    """The same stretches, to `now` where they last."""
    return sorted((b.since, b.until or now) for b in blindness(site))


def first_date(state: PostState, dates: Sequence[str]) -> str:
    """The date that a post's page bore at our first look; "" where it bore none."""
    return dates[0] if dates else state.published_at


def caption(
    state: PostState,
    events: Sequence[Event],
    site: Sequence[Event] = (),
    dates: Sequence[str] = (),
) -> str:
    """The line in words: since when, what happened, how it stands. For eyes and ears; `site` are the
    site's events and ours, `dates` as `life` has them."""
    said = []
    borne = first_date(state, dates)
    if borne and _date(borne):
        now = shown_date(state.published_at) if state.published_at != borne else ""
        redated = f" at our first look, {now} now" if now else ""
        said.append(f"dated {shown_date(borne)} by the page{redated}")
    elif dates and state.published_at and _date(state.published_at):
        now = shown_date(state.published_at)
        said.append(f"the page bore no date at our first look, {now} now")
    if state.first_seen_at is not None:
        said.append(f"seen by us since {day(state.first_seen_at)}")
    taken_back = withdrawn(events)
    edits = [e for e in events if e.kind is Kind.EDITED and e.id not in taken_back]
    if edits:
        quiet = sum(bool(e.silent) for e in edits)
        note = f", {quiet} without a note" if quiet and len(edits) > 1 else ""
        note = " without a note" if quiet and len(edits) == 1 else note
        said.append(f"edited {_times(len(edits))}{note}")
    told = Counter(e.kind for e in events if e.id not in taken_back)
    if told[Kind.MOVED]:
        said.append(f"moved {_times(told[Kind.MOVED])}")
    if told[Kind.DELISTED]:
        now_it = "listed again" if state.listed else "not listed now"
        said.append(f"delisted {_times(told[Kind.DELISTED])}, {now_it}")
    gone = [e for e in events if e.kind is Kind.REMOVED and e.id not in taken_back]
    if gone:
        last = ", the last time" if len(gone) > 1 else ""
        said.append(f"removed {_times(len(gone))}{last} {between(*interval(gone[-1]))}")
    back = [e for e in events if e.kind is Kind.REINSTATED and e.id not in taken_back]
    if back and state.status is not Status.REMOVED:
        said.append(f"back {at_least(back[-1])}".strip())
    if state.status is Status.SUSPECTED:
        said.append("missing now, not confirmed yet")
    if is_unseen(state):
        seen = f", last seen {shown_time(state.last_seen_at)}" if state.last_seen_at else ""
        said.append(
            f"what we told of its going was withdrawn by us, but no look has seen it since{seen}"
        )
    elif taken_back:
        said.append(f"what we told of it was withdrawn by us {_times(len(taken_back))}")
    if not said:
        return "Not read yet."
    if unseen := len(_after(state, site)):
        said.append(f"out of our sight {_times(unseen)} (no answer, or no look of ours)")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def _after(state: PostState, site: Sequence[Event]) -> list[Blind]:
    """The stretches of blindness that ended after the post was first seen."""
    first = state.first_seen_at
    return [
        b for b in blindness(site) if b.until is None or (first is not None and b.until > first)
    ]


def legend(drawn: Life) -> str:
    """What the strokes of the line mean, as far as they stand in it."""
    said = ["Distances grow with the logarithm of time."]
    if any(m.since is not None and m.since < m.at for m in drawn.marks):
        said.append("Dashed: it happened somewhere in there.")
    if any(m.state == "removed" for m in drawn.marks):
        said.append("Dotted: it was gone.")
    first = min((m.at for m in drawn.marks), default=drawn.now)
    if any(until > first for _, until in drawn.blind):
        said.append("Hatched: it was out of our sight.")
    return " ".join(said)


def alternates(state: PostState, now: datetime) -> bool:
    """Whether the post keeps switching between the same two texts, so that switches are not told."""
    late = [digest for at, digest in state.switches if now - at <= VARIANT_SPAN]
    return len(late) >= VARIANT_SWITCH and len(set(late)) <= 2


def gone_by(state: PostState) -> str:
    """`Locked` or `Removed`: what becomes of a post that is gone."""
    return "Locked" if locked(state.reason, state.looks) else "Removed"


def removed_for(events: Sequence[Event]) -> str:
    """`once, for 2 d 14 h`, `twice`: how often a post was removed; "" for never."""
    taken_back = withdrawn(events)
    gone = sum(e.kind is Kind.REMOVED and e.id not in taken_back for e in events)
    back = [e for e in events if e.kind is Kind.REINSTATED and e.id not in taken_back]
    if not gone:
        return ""
    span = at_least(back[-1], "for") if gone == 1 and back else ""
    return f"{_times(gone)}, {span}" if span else _times(gone)


def standing(state: PostState, events: Sequence[Event], now: datetime, still: str = "") -> Standing:
    """The state line of a post's page. `still`: what the latest look got, for a post that no look has seen
    since a removal of it was withdrawn."""
    taken_back = withdrawn(events)
    told = [e for e in events if e.id not in taken_back]
    if state.status is Status.SUSPECTED:
        misses = "1 look" if state.misses == 1 else f"{state.misses} looks"
        return Standing("Missing, not confirmed", "quiet", "ring_dashed", f"in {misses} so far")
    if state.status is Status.REMOVED:
        event = next((e for e in reversed(told) if e.kind is Kind.REMOVED), None)
        said = (
            between(*interval(event))
            if event
            else between(state.last_seen_at, state.first_missing_at)
        )
        return Standing(gone_by(state), "gone", "square_cross", said)
    if is_unseen(state):
        seen = "not seen since" if state.last_seen_at else "never seen"
        seen += f" {shown_time(state.last_seen_at)}" if state.last_seen_at else ""
        said = f"{seen}; {still}" if still else seen
        return Standing("Withdrawn by us", "quiet", "back", said)
    if state.snapshot is None:
        return Standing("Not read yet", "quiet", "ring", "")
    latest = told[-1] if told else None
    if latest is not None and latest.kind in (Kind.REINSTATED, Kind.EDITED, Kind.MOVED):
        words = of(latest)
        changes = ", with changes" if latest.kind is Kind.REINSTATED and latest.fields else ""
        at = interval(latest)[1] or latest.detected_at
        ago = (
            f"{shown_duration_long(now - at)} ago"
            if now - at >= timedelta(minutes=1)
            else "just now"
        )
        shape = shape_of(latest.kind, latest.silent)
        return Standing(words.label, words.tone, shape, f"by {shown_by(at)}, {ago}{changes}")
    if not state.listed:
        return Standing("Up, delisted", "quiet", "ring_stroke", "the page itself still answers")
    return Standing("Up", "quiet", "ring", "")


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _date(text: str) -> datetime | None:
    try:
        return parse_rfc3339(text) if text else None
    except (ValueError, OverflowError):
        return None
