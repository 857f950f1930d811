"""Should this source still hold this post? What has left every source that should is delisted.

A window (feed, listing page) that slid on says nothing; a source that broke, emptied or was rebuilt
proves nothing. Two good looks in a row are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: Good looks in a row at sources that should list it and do not. One is a cache or a deploy.
ABSENCES = 2
#: A source that loses more than this share of its entries at once was rebuilt: no single post left it.
REBUILT_SHARE = 0.5
REBUILT_LEAST = 6


class Standing(StrEnum):
    """What one source says of one post it once listed."""

    LISTED = "listed"
    DROPPED = "dropped"  #: it should hold it and does not
    SILENT = "silent"  #: slid off, source broken, rebuilt or not looked at


@dataclass(frozen=True, slots=True)
class Shelf:
    """One good look at a source against the one before. Orders are the source's own."""

    complete: bool
    before: Sequence[int]  #: ids of the posts it listed, in order
    after: Sequence[int]  #: ids now
    dates: Mapping[int, str]  #: bare date or RFC 3339 of each post, "" unknown


def window(shelf: Shelf) -> Sequence[int]:
    """The part of `before` that this look could still show: all of it for a complete source, else
    down to the deepest entry that is still there."""
    if shelf.complete:
        return shelf.before
    after = set(shelf.after)
    deepest = max((i for i, post in enumerate(shelf.before) if post in after), default=-1)
    return shelf.before[: deepest + 1]


def rebuilt(shelf: Shelf) -> bool:
    """Whether so much left at once that the source itself must have changed."""
    could = window(shelf)
    lost = len(set(could) - set(shelf.after))
    return len(could) >= REBUILT_LEAST and lost > REBUILT_SHARE * len(could)


def leavers(shelf: Shelf) -> frozenset[int]:
    """The posts that left this source though it should still hold them."""
    if not shelf.after or rebuilt(shelf):
        return frozenset()
    after = set(shelf.after)
    gone = [p for p in window(shelf) if p not in after]
    if shelf.complete:
        return frozenset(gone)
    return frozenset(p for p in gone if _older_stays(p, shelf, after))


def _older_stays(post: int, shelf: Shelf, after: set[int]) -> bool:
    """A window still holds this place if something that stood behind it is there, and is not newer:
    a box of popular posts beside the list has an order of its own."""
    place = list(shelf.before).index(post)
    mine = shelf.dates.get(post, "")[:10]
    for other in shelf.before[place + 1 :]:
        theirs = shelf.dates.get(other, "")[:10]
        if other in after and (not mine or not theirs or theirs <= mine):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Listedness:
    """What all sources together say of a post, and how often in a row."""

    listed: bool
    absences: int
    changed: bool  #: delisted or relisted is to be told


def judge_listed(standings: Sequence[Standing], *, listed: bool, absences: int) -> Listedness:
    """The verdict of one pass over all sources that ever listed the post (none: nothing is said)."""
    if Standing.LISTED in standings:
        return Listedness(True, 0, changed=not listed)
    if Standing.DROPPED not in standings:
        return Listedness(listed, absences, changed=False)
    absences += 1
    if listed and absences >= ABSENCES:
        return Listedness(False, absences, changed=True)
    return Listedness(listed, absences, changed=False)
