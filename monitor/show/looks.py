"""The looks at a post as text: each with its rule, what the site answered beside it, and what counted.

Newest first. Between two stretches of looks we saw nothing; where that was long, it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from ..model import Role, Seen
from ..read.verdict.meaning import sentence
from ..units import shown_duration, shown_second
from .plain import one_line

#: A gap between looks that is worth a line.
GAP = timedelta(hours=1)
_ROLES = {Role.HOME: "home page", Role.MADE_UP: "made-up address", Role.ROBOTS: "robots.txt"}
_UNCOUNTED = {
    "down": "not counted: the site did not answer as it should",
    "blocked": "not counted: a bot wall stood before the site",
    "disallowed": "not counted: robots.txt forbade us to look",
    "withdrawn": "not counted: a person withdrew this answer",
}


class Stretch(Struct, frozen=True):
    """Looks in a row that read alike, at a post or at a control page beside it."""

    role: Role
    first_at: datetime
    last_at: datetime
    looks: int
    answer: str  #: status or failure
    seen: Seen
    rule: str
    why: str
    uncounted: str = ""
    beside: tuple[Stretch, ...] = field(default=())


def counted(seen: Seen, uncounted: str) -> str:
    """Whether looks count towards a removal, and why not; "" where nothing is missing."""
    if seen is Seen.UNCLEAR:
        return "not counted: nothing can be concluded"
    if seen not in (Seen.MISSING, Seen.ELSEWHERE):
        return ""
    return _UNCOUNTED.get(uncounted, "counted")


def gap(earlier: datetime, later: datetime) -> str:
    """`no look for 3 h` between the end of a stretch and the start of the next; "" for a short one."""
    return f"no look for {shown_duration(later - earlier)}" if later - earlier >= GAP else ""


def looks_text(stretches: Sequence[Stretch]) -> str:
    """The stretches, newest first, then what their rules mean."""
    out = []
    for i, stretch in enumerate(stretches):
        out += _lines(stretch)
        if i + 1 < len(stretches) and (between := gap(stretches[i + 1].last_at, stretch.first_at)):
            out.append(f"  ({between})")
    names = [x.rule for s in stretches for x in (s, *s.beside)]
    said = [(n, sentence(n)) for n in dict.fromkeys(names)]
    if any(words for _, words in said):
        width = max(len(n) for n, _ in said) + 2
        out += ["", "What the rules mean:"]
        out += [f"  {n:<{width}}{words}" for n, words in said if words]
    return "\n".join(out)


def _lines(stretch: Stretch) -> list[str]:
    head = f"  {_span(stretch)}  {stretch.answer}  {stretch.seen.value} by rule {stretch.rule}"
    note = counted(stretch.seen, stretch.uncounted)
    out = [f"{head}: {one_line(stretch.why, 300)}" + (f"  [{note}]" if note else "")]
    for x in stretch.beside:
        out.append(
            f"      {_ROLES.get(x.role, x.role.value)} {_span(x)}  {x.answer}  by rule {x.rule}"
        )
    return out


def _span(stretch: Stretch) -> str:
    span = shown_second(stretch.first_at)
    if stretch.looks > 1:
        span += f" to {shown_second(stretch.last_at)} ({stretch.looks} looks)"
    return span


def thresholds(
    confirmations: int, confirm_every: timedelta, min_missing: timedelta, batch: int, wait: int
) -> str:
    """The thresholds in force, in one paragraph."""
    looks = "1 look" if confirmations == 1 else f"{confirmations} looks in a row"
    text = (
        f"In force: removed after {looks} that count (confirmations), the last one at least"
        f" {shown_duration(min_missing)} after the first (min_missing)"
    )
    if min_missing:
        text += f"; {shown_duration(min_missing * wait)} where {batch} or more posts go at once"
    return (
        f"{text}. While one is suspected it is looked at every {shown_duration(confirm_every)}"
        " (confirm_every). A look that finds it ends the count; one that cannot tell, or that was made"
        " while the site could not be seen, neither counts nor ends it."
    )
