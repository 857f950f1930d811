"""What does a post's life look like as one line? A server-made SVG, and the sentence that says the same.

The line is thin and open before our first look: there the page's own date is all there is. Where a
change lies between two looks, that stretch is dashed; where we could not see, it is hatched. The gap
between events grows with the logarithm of their distance, so years and hours both stay readable.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from markupsafe import Markup, escape
from msgspec import Struct

from ..units import shown_duration
from ..values import replace
from .marks import SHAPES
from .plain import one_line

#: Widest label is about 108 units at 12 px, so labels never collide.
_LEAST, _MOST, _GROWTH = 116.0, 200.0, 30.0
#: Beyond these the drawing would be scaled until its words cannot be read: on a wide screen; on a narrower
#: one, and on paper.
MARKS, FEW = 8, 5
_NARROW, _WIDE = 720.0, 1080.0
#: Wider than this it is for wide screens alone, under this name.
_READABLE, _LARGE = 800.0, "timeline wide"
_EDGE = 58.0
_LINE = 44.0
#: Left free round a mark; least width of a hatch.
_ROOM, _SEEN = 13.0, 12.0


class Mark(Struct, frozen=True):
    """One event of the line. After it the post is `state`: dated, up, suspected or removed."""

    at: datetime
    label: str
    shape: str
    tone: str
    state: str = "up"
    since: datetime | None = None  #: it happened after this; None where that is not known
    date: str = ""  #: shown in place of `at`, where the page gave its own
    count: int = 1
    first: datetime | None = None  #: of several: when the first was


class Life(Struct, frozen=True):
    """What is drawn: marks, oldest first, and the stretches (from, to) in which we saw nothing."""

    marks: tuple[Mark, ...]
    now: datetime
    blind: tuple[tuple[datetime, datetime], ...] = ()


def day(at: datetime) -> str:
    """`23 Nov 2026`, in UTC."""
    at = at.astimezone(UTC)
    return f"{at.day} {at.strftime('%b %Y')}"


def condensed(marks: Sequence[Mark], most: int = MARKS) -> tuple[Mark, ...]:
    """At most `most` marks: runs of edits become one, then the middle is counted."""
    if len(marks) <= most:
        return tuple(marks)
    joined: list[Mark] = []
    for mark in marks:
        last = joined[-1] if joined else None
        if last is not None and mark.tone == last.tone == "changed":
            shape = mark.shape if mark.shape == last.shape else "diamond"
            count = last.count + mark.count
            first = last.first or last.at
            joined[-1] = replace(
                mark,
                shape=shape,
                count=count,
                label=f"{count} edits",
                since=last.since,
                date=_days(first, mark.at),
                first=first,
            )
        else:
            joined.append(mark)
    if len(joined) <= most:
        return tuple(joined)
    left = len(joined) - most + 1
    hidden = joined[1 : 1 + left]
    between = replace(
        hidden[-1],
        label=f"{sum(m.count for m in hidden)} changes",
        shape="ring_dot",
        tone="quiet",
        since=None,
        date="listed below",
    )
    return (joined[0], between, *joined[1 + left :])


def _days(first: datetime, last: datetime) -> str:
    """`1 – 12 Jun 2026`, and no longer than a label may be: over a new year, only the months."""
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    if first.date() == last.date():
        return day(last)
    if first.year != last.year:
        return f"{first.strftime('%b %Y')} – {last.strftime('%b %Y')}"
    month = "" if first.month == last.month else f" {first.strftime('%b')}"
    return f"{first.day}{month} – {day(last)}"


def timelines(life: Life, caption: str) -> Markup:
    """The SVG; for a life that takes a wide screen also one of fewer marks (`mid`), for the others: the
    style sheet shows one of the two."""
    whole = timeline(life, caption)
    return whole + timeline(life, caption, mid=True) if _LARGE in whole[:40] else whole


def timeline(life: Life, caption: str, *, mid: bool = False) -> Markup:
    """The SVG, one element without links or script; empty for a life without marks."""
    if not life.marks:
        return Markup("")
    marks = condensed(life.marks, FEW if mid else MARKS)
    times = _rising([m.at for m in marks] + [life.now])
    places, width = _places(times, _NARROW if mid else _WIDE)
    drawn: list[Markup] = []
    for i, mark in enumerate(marks):
        drawn += _stretch(mark, marks[i + 1 : i + 2], times[i : i + 2], places[i : i + 2])
    for start, end in life.blind:
        drawn += _hatched(start, end, times, places)
    for mark, x in zip(marks, places, strict=False):
        drawn.append(_marked(x, mark.label, mark.date or day(mark.at), mark.shape, mark.tone))
    drawn.append(_marked(places[-1], "Now", day(life.now), "tick", "quiet"))
    name = "timeline mid" if mid else _LARGE if width > _READABLE else "timeline"
    return Markup(
        '<svg class="{}" viewBox="0 0 {} 98" role="img"><title>{}</title>{}</svg>'
    ).format(name, f"{width:.0f}", _xml(caption), Markup("").join(drawn))


def _rising(times: Sequence[datetime]) -> list[datetime]:
    """The times, none before the one before it: clocks and pages' own dates may disagree."""
    found: list[datetime] = []
    for at in times:
        found.append(max(at, found[-1]) if found else at)
    return found


def _places(times: Sequence[datetime], widest: float) -> tuple[list[float], float]:
    """Where each time stands, and how wide the drawing is."""
    steps = [
        min(_MOST, _LEAST + _GROWTH * math.log10(1 + (b - a).total_seconds() / 86400))
        for a, b in pairwise(times)
    ]
    room = sum(steps) + 2 * _EDGE
    if room > widest:
        least = _LEAST * len(steps)
        share = max(0.0, (widest - 2 * _EDGE - least) / max(1.0, sum(steps) - least))
        steps = [_LEAST + (s - _LEAST) * share for s in steps]
    elif room < _NARROW:
        steps = [s * (_NARROW - 2 * _EDGE) / sum(steps) for s in steps]
    places = [_EDGE]
    for step in steps:
        places.append(places[-1] + step)
    return places, places[-1] + _EDGE


def _hatched(
    start: datetime, end: datetime, times: Sequence[datetime], places: Sequence[float]
) -> list[Markup]:
    """A blind stretch over the line, marks left free; however short, it is wide enough to be seen."""
    drawn = []
    for (t1, t2), (x1, x2) in zip(pairwise(times), pairwise(places), strict=True):
        a, b = max(start, t1), min(end, t2)
        if b <= a:
            continue
        inner, wide = x1 + _ROOM, x2 - x1 - 2 * _ROOM
        span = (t2 - t1).total_seconds()
        left = wide * (a - t1).total_seconds() / span
        right = max(wide * (b - t1).total_seconds() / span, left + _SEEN)
        left = min(left, wide - _SEEN)
        drawn.append(_hatch(inner + left, inner + min(right, wide)))
    return drawn


def _stretch(
    mark: Mark, after: Sequence[Mark], times: Sequence[datetime], places: Sequence[float]
) -> list[Markup]:
    """The line from one mark to the next, its uncertain end dashed, and its length above it."""
    (t1, t2), (x1, x2) = times, places
    start, end = x1 + _ROOM, x2 - (_ROOM if after else 7)
    sure = end
    if after and after[0].since is not None and after[0].since < t2 and mark.state != "dated":
        # At least a visible bit, at most half: the mark before it is certain.
        span = (t2 - t1).total_seconds()
        share = (t2 - max(after[0].since, t1)).total_seconds() / span if span else 0.0
        sure = end - (end - start) * min(0.5, max(0.14, share))
    drawn = [_line(start, sure, mark.state)]
    if sure < end:
        drawn.append(_line(sure, end, "unsure"))
    gap = t2 - t1
    if gap >= timedelta(seconds=1):
        drawn.append(
            Markup('<text class="gap" x="{}" y="28" text-anchor="middle">{}</text>').format(
                f"{(x1 + x2) / 2:.1f}", shown_duration(gap)
            )
        )
    return drawn


def _line(x1: float, x2: float, state: str) -> Markup:
    return Markup('<path class="l-{}" d="M{} {}H{}"/>').format(
        state, f"{x1:.1f}", f"{_LINE:.0f}", f"{x2:.1f}"
    )


def _hatch(x1: float, x2: float) -> Markup:
    strokes = []
    x = x1
    while x < x2:
        strokes.append(f"M{x:.1f} {_LINE + 6:.0f}l5-12")
        x += 5
    return Markup('<path class="l-blind" d="{}"/>').format("".join(strokes))


def _marked(x: float, label: str, date: str, shape: str, tone: str) -> Markup:
    return Markup(
        '<g class="t-{}" transform="translate({} {})">{}</g>'
        '<text class="what" x="{}" y="72" text-anchor="middle">{}</text>'
        '<text class="when" x="{}" y="88" text-anchor="middle">{}</text>'
    ).format(
        tone,
        f"{x:.1f}",
        f"{_LINE:.0f}",
        SHAPES[shape],
        f"{x:.1f}",
        _xml(one_line(label, 40)),
        f"{x:.1f}",
        _xml(one_line(date, 40)),
    )


def _xml(text: str) -> Markup:
    """Escaped, on one line, and only of characters that XML has."""
    return escape(one_line(text))
