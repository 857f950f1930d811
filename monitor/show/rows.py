"""How is an event said in one row, in one sentence, as a list of facts? For home, site, post and events.

A row says "by B", the end of the claim's interval; the interval itself stands on the event's own page.
Runs of edits of one post on one day become one row. Nothing here is escaped: templates do that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct, field

from ..decide.evidence import counted_in, date_moved
from ..model import Event, Kind
from ..units import shown_date, shown_duration, shown_number, shown_time
from ..words import FIELD_NAMES, how, of
from .marks import mark
from .plain import one_line
from .said import changed_parts, lead, words_changed
from .story import Story, away, blind, interval, when

_COMPARED = (Kind.EDITED, Kind.REINSTATED, Kind.MOVED)


class Row(Struct, frozen=True):
    """One line: shape, word, time, headline, the rest, and one thing to do."""

    event: Event
    mark: Markup
    label: str
    tone: str
    at: datetime  #: the latest moment of the claim
    title: str
    href: str
    site: str
    detail: str
    action: str = ""
    action_href: str = ""
    withdrawn_by: int | None = None  #: the event that took it back
    said: str = ""  #: what we said of it: `marked as seen`
    count: int = 1  #: edits of one post and day that this row stands for
    members: tuple[Row, ...] = ()  #: events of one cause that it stands for


def row(
    event: Event,
    numbers: Mapping[int, int],
    withdrawn: Mapping[int, int] | None = None,
    said: Mapping[int, str] | None = None,
) -> Row:
    """The row of one event. `numbers`: version number by snapshot id; `withdrawn` and `said` (what we
    said of it among ourselves): by event id."""
    words = of(event)
    action, action_href = act(event, numbers)
    return Row(
        event=event,
        mark=mark(event),
        label=words.label,
        tone=words.tone,
        at=interval(event)[1] or event.detected_at,
        title=title(event),
        href=href(event),
        site=event.site or "",
        detail=detail(event),
        action=action,
        action_href=action_href,
        withdrawn_by=(withdrawn or {}).get(event.id),
        said=(said or {}).get(event.id, ""),
    )


def title(event: Event) -> str:
    """What stands as an event's headline; never empty."""
    if event.kind in (Kind.SITE_UNREACHABLE, Kind.SITE_RECOVERED) and event.site:
        return event.site
    return one_line(event.title or event.url or f"Event {event.id}", 400)


def href(event: Event) -> str:
    """Where a row's headline leads: the post, the site, or the event itself."""
    if event.post is not None:
        return f"/posts/{event.post}"
    return f"/sites/{event.site}" if event.site else f"/events/{event.id}"


def act(event: Event, numbers: Mapping[int, int]) -> tuple[str, str]:
    """The one thing to do about an event, and where: (words, address), both "" for nothing."""
    before, after = numbers.get(event.snapshot_before or 0), numbers.get(event.snapshot_after or 0)
    if event.kind in _COMPARED and event.fields and before and after and before != after:
        return "Compare", f"/posts/{event.post}/diff?from={before}&to={after}"
    if event.kind in (Kind.REMOVED, Kind.DELISTED) and before:
        return "Last copy", f"/snapshots/{event.snapshot_before}"
    if event.kind is Kind.PUBLISHED and after:
        return "First copy", f"/snapshots/{event.snapshot_after}"
    return "", ""


def detail(event: Event) -> str:
    """A few words after the headline: how, how much, how long."""
    match event.kind:
        case Kind.REMOVED:
            parts = [_short(event), _dated(event)]
        case Kind.EDITED:
            parts = [words_changed(event), _fields(event)]
        case Kind.REINSTATED:
            parts = [at_least(event)]
            parts.append(words_changed(event) or _fields(event) or "same words")
        case Kind.MOVED:
            text = "same text, now" if not event.fields else "with changes, now"
            parts = [f"{text} at {event.moved_to}"]
        case Kind.DELISTED:
            parts = ["the page itself still answers"]
        case Kind.RELISTED:
            parts = ["listed again"]
        case Kind.PUBLISHED:
            parts = [_dated(event)]
        case Kind.RETRACTED:
            why = f": {event.why}" if event.why else ""
            parts = [f"event {event.retracts} was wrong{why}"]
        case Kind.SITE_UNREACHABLE:
            parts = [_short(event), "posts keep their state"]
        case _:
            parts = [_short(event), at_least(event)]
    if event.origin == "imported":
        parts.append("imported, not seen by us")
    return one_line(", ".join(p for p in parts if p), 300)


def at_least(event: Event, word: str = "after") -> str:
    """`after 2 d 14 h`, or `after at least 2 d 14 h` where it may have been longer; "" unknown."""
    if event.absent_for is None:
        return ""
    least, most = event.absent_for
    whole = away(event)
    if most < 1:
        return ""
    if least < 1:
        return f"{word} at most {shown_duration(timedelta(seconds=most))}"
    return f"{word} {whole.partition(' and at most ')[0]}"


def _short(event: Event) -> str:
    return reason.short if (reason := how(event)) else ""


def _dated(event: Event) -> str:
    return f"dated {shown_date(event.published_at)}" if event.published_at else ""


def _fields(event: Event) -> str:
    others = [FIELD_NAMES.get(f, f) for f in event.fields if f != "text"]
    way = date_moved(event)
    if way and others == [FIELD_NAMES["published_at"]]:
        return f"{others[0]} moved {way}"
    return f"{' and '.join(others)} changed{f', date {way}' if way else ''}" if others else ""


def sentence(event: Event, removal: Event | None = None) -> str:
    """What happened, between which looks, for the list of a post's life."""
    said = lead(Story(event, removal=removal))
    return " ".join(s for s in said if not s.startswith(("Dated ", "Its last copy ")))


def facts(event: Event) -> list[tuple[str, str]]:
    """(label, words) of all that an event claims, for its own page; only what is known."""
    found: list[tuple[str, str]] = []

    def add(label: str, words: str | None) -> None:
        if words:
            found.append((label, one_line(words, 600)))

    ours = event.kind is Kind.RETRACTED  # it tells of us: nothing was seen
    add(
        "Withdrawn at" if ours else "Happened",
        shown_time(event.detected_at) if ours else when(event),
    )
    add("Dated by the page", shown_date(event.published_at) if event.published_at else "")
    add("Was away", away(event) if event.kind is not Kind.REMOVED else "")
    add("Now at", event.moved_to)
    add(counted_in(event).capitalize(), words_changed(event))
    if event.fields:
        add("Changed", ", ".join(changed_parts(event)))
    if event.similarity is not None and event.fields:
        add("The same", f"{int(event.similarity * 100)} % of the {counted_in(event)}")
    add("Phrases that left", ", ".join(f"“{p}”" for p in event.phrases_lost))
    add("Phrases that came", ", ".join(f"“{p}”" for p in event.phrases_gained))
    add("Why it is withdrawn", event.why)
    add("Withdrawn by", event.by)
    add("Together with", f"others of one cause ({event.batch})" if event.batch else "")
    add("Seen from", "" if ours else event.vantage or ("" if blind(event) else "one place"))
    add("Origin", "imported from an archive" if event.origin == "imported" else "")
    return found


def withdrawn(events: Sequence[Event]) -> dict[int, int]:
    """By id of an event that was taken back: the event that did it."""
    return {e.retracts: e.id for e in events if e.kind is Kind.RETRACTED and e.retracts}


class Headline(Struct, frozen=True):
    """The week in one sentence: pieces of (words, tone), tone "" for none."""

    pieces: tuple[tuple[str, str], ...] = field(default=())

    @property
    def text(self) -> str:
        """The pieces as one text."""
        return "".join(words for words, _ in self.pieces)


def headline(events: Sequence[Event], span: str = "in the last 7 days") -> Headline:
    """What became of how many posts; a post that went and came back counts once, and says so."""
    taken_back = withdrawn(events)
    kinds: dict[int, set[Kind]] = {}
    for e in sorted(events, key=lambda e: e.id):
        if e.post is None or e.id in taken_back or e.kind is Kind.RETRACTED:
            continue
        seen = kinds.setdefault(e.post, set())
        if e.kind is Kind.REMOVED:
            seen.discard(Kind.REINSTATED)  # it went again after it was back
        seen.add(e.kind)
    both = sum({Kind.REMOVED, Kind.REINSTATED} <= k for k in kinds.values())
    gone = sum(Kind.REMOVED in k for k in kinds.values()) - both
    back = sum(Kind.REINSTATED in k for k in kinds.values()) - both
    counted = [
        (gone, "removed", "gone"),
        (both, "removed and put back up again", "gone"),
        (sum(Kind.EDITED in k for k in kinds.values()), "edited", "changed"),
        (back, "back", "back"),
        (sum(Kind.MOVED in k for k in kinds.values()), "moved", ""),
        (sum(Kind.DELISTED in k for k in kinds.values()), "delisted", ""),
        (sum(Kind.PUBLISHED in k for k in kinds.values()), "new", ""),
    ]
    pieces: list[tuple[str, str]] = []
    for n, words, tone in counted:
        if n:
            noun = "" if pieces else (" post" if n == 1 else " posts")
            if pieces:
                pieces.append((", ", ""))
            pieces.append((f"{shown_number(n)}{noun} {words}", tone))
    if not pieces:
        return Headline(((f"No post changed {span}", ""),))
    return Headline((*pieces, (f" {span}", "")))
