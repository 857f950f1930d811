"""What does a verdict say? The type, and the few ways to say one."""

from __future__ import annotations

from msgspec import Struct

from ...model import Reason, Seen


class Verdict(Struct, frozen=True):
    """What one look says of a post, and by which rule."""

    seen: Seen
    rule: str  #: name of the rule, such as "not_found" or "wall_header"
    why: str  #: one sentence; becomes evidence
    reason: Reason | None = None  #: with MISSING
    #: with ELSEWHERE: absolute. With MISSING: where the page sends the reader, not fetched yet
    moved_to: str = ""
    wall: bool = False  #: a bot wall, captcha or consent page stands there
    cut: bool = (
        False  #: PRESENT, but a paywall or half a page cut the text: no edit is told from it
    )


def clipped(text: str, length: int = 90) -> str:
    """A text for a sentence of evidence: in one line, at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def unclear(rule: str, why: str, *, wall: bool = False) -> Verdict:
    """Nothing can be concluded."""
    return Verdict(Seen.UNCLEAR, rule, why, wall=wall)


def missing(rule: str, reason: Reason, why: str, *, to: str = "") -> Verdict:
    """The article is not there."""
    return Verdict(Seen.MISSING, rule, why, reason=reason, moved_to=to)


def present(rule: str, why: str, *, cut: bool = False) -> Verdict:
    """The article is there."""
    return Verdict(Seen.PRESENT, rule, why, cut=cut)
