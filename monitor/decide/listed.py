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
    """One good look at a source, against what it listed before. Orders are newest first."""

    complete: bool
    before: Sequence[int]  #: post ids in the order of the last good look
    after: Sequence[int]  #: post ids now
    dates: Mapping[int, str]  #: what date each post bears, "" unknown


def rebuilt(shelf: Shelf) -> bool:
    """Whether so much left at once that the source itself must have changed."""
    lost = len(set(shelf.before) - set(shelf.after))
    return lost > max(1, REBUILT_SHARE * len(shelf.before)) and len(shelf.before) >= REBUILT_LEAST


def standing(post: int, shelf: Shelf) -> Standing:
    """What this look says of a post that the source has listed at some time."""
    if post in shelf.after:
        return Standing.LISTED
    if not shelf.after or rebuilt(shelf):
        return Standing.SILENT
    if shelf.complete:
        return Standing.DROPPED
    return Standing.DROPPED if _older_neighbour_stays(post, shelf) else Standing.SILENT


def _older_neighbour_stays(post: int, shelf: Shelf) -> bool:
    """A window still holds this post's place if something that stood behind it is still there."""
    after = set(shelf.after)
    if post in shelf.before:
        behind = shelf.before[list(shelf.before).index(post) + 1 :]
        return any(other in after for other in behind)
    dated = shelf.dates.get(post, "")
    return bool(dated) and any(
        d and d[:10] < dated[:10] for d in (shelf.dates.get(other, "") for other in shelf.after)
    )


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
