"""An event with all that is needed to tell it, and the claim it makes: between which two looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from ..model import Event, Kind
from ..read.article import Article
from ..read.compare import Diff
from ..units import shown_by, shown_duration, shown_second, shown_second_by, shown_time
from .reminder import Reminder


class Missing(Struct, frozen=True):
    """A post that was there before we were blind, and is not now."""

    title: str
    url: str
    removed: bool  #: confirmed, and told of


class Story(Struct, frozen=True):
    """An event and what is needed to tell it; all but the event may be missing."""

    event: Event
    diff: Diff | None = None
    removal: Event | None = None  #: the event this one ends or withdraws
    language: str = ""  #: of the article, such as "en"
    last_copy: Article | None = None
    head: tuple[int, str] = (0, "")  #: of the chain: event id and hash
    post_count: int = 0  #: of site events: posts that keep their state
    versions: tuple[int, int] = (0, 0)  #: before and after, as `/posts/{id}/diff` wants them
    reminder: Reminder | None = None  #: it was told before, and still holds
    missing_now: tuple[Missing, ...] | None = None  #: after blindness; None: not known


def between(earliest: datetime | None, latest: datetime | None) -> str:
    """`between A and B`, or what of it is known; "" where nothing is. It holds the claim: the lower bound
    is rounded down, the upper one up."""
    if earliest and latest:
        if latest - earliest < timedelta(minutes=1):
            # Minutes would say next to nothing.
            return f"between {shown_second(earliest)} and {shown_second_by(latest)}"
        return f"between {shown_time(earliest)} and {shown_by(latest)}"
    if latest:
        return f"by {shown_by(latest)}"
    return f"after {shown_time(earliest)}" if earliest else ""


def interval(event: Event) -> tuple[datetime | None, datetime | None]:
    """Between which two looks it happened; the first is None where we had not looked before, or where the
    event (of a release that told listings so) has them the wrong way round."""
    earliest, latest = _bounds(event)
    if earliest and latest and earliest > latest:
        return None, earliest
    return earliest, latest


def _bounds(event: Event) -> tuple[datetime | None, datetime | None]:
    match event.kind:
        case Kind.REINSTATED | Kind.RELISTED | Kind.SITE_RECOVERED | Kind.SOURCE_RECOVERED:
            return event.last_missing_at or event.last_seen_at, event.detected_at
        case Kind.WATCH_RESUMED:
            return event.first_missing_at or event.last_seen_at, event.detected_at
        case _:
            return event.last_seen_at, event.first_missing_at or event.detected_at


def when(event: Event) -> str:
    """`between A and B`: the claim of an event."""
    return between(*interval(event))


#: How the three times of an event are named, where nothing was missing.
_NOT_SEEN = ("Last seen", "First not seen", "Last not seen")
_WORKED = ("Last worked", "First broken", "Last broken")
_LISTED = ("Last listed", "First not listed", "Last not listed")
_TIMES = {
    Kind.EDITED: ("Last read as before", "First read changed", "Last missing"),
    Kind.DELISTED: _LISTED,
    Kind.RELISTED: _LISTED,
    Kind.SITE_UNREACHABLE: _NOT_SEEN,
    Kind.SITE_RECOVERED: _NOT_SEEN,
    Kind.SOURCE_BROKEN: _WORKED,
    Kind.SOURCE_RECOVERED: _WORKED,
    Kind.WATCH_STOPPED: ("Last looked", "Blind since", "Still blind"),
    Kind.WATCH_RESUMED: ("Last looked", "Blind since", "Until"),
}


def named_times(event: Event) -> list[tuple[str, datetime]]:
    """(label, time) of the looks that an event's claim stands on."""
    labels = _TIMES.get(event.kind, ("Last seen", "First missing", "Last missing"))
    times = (event.last_seen_at, event.first_missing_at, event.last_missing_at)
    return [(label, at) for label, at in zip(labels, times, strict=True) if at is not None]


def away(event: Event) -> str:
    """`2 d 14 h`, or `at least 2 d 14 h and at most 3 d`: how long it was gone; "" unknown."""
    if event.absent_for is None:
        return ""
    least, most = (shown_duration(timedelta(seconds=s)) for s in event.absent_for)
    return least if least == most else f"at least {least} and at most {most}"


def blind(event: Event) -> bool:
    """Whether it tells of us or of a site, not of a post."""
    return event.kind.value.startswith(("site_", "source_", "watch_"))
