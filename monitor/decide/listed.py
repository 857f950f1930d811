"""Should this source still hold this post? What has left every source that should is delisted.

A window (feed, listing page) that slid on says nothing; a source that broke, emptied or was rebuilt
proves nothing. Two good looks in a row are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

#: Good looks in a row at sources that should list it and do not. One is a cache or a deploy.
ABSENCES = 2
#: A source that loses more than half of its entries at once was rebuilt: no single post left it.
REBUILT_SHARE = 0.5
REBUILT_LEAST = 6
#: So it is where many go at once: a part of a sitemap, a category, a setting of the program behind it.
MANY_SHARE = 0.25
MANY_LEAST = 5


class Standing(StrEnum):
    """What one source says of one post it once listed."""

    LISTED = "listed"
    DROPPED = "dropped"  #: it should hold it and does not
    SILENT = "silent"  #: slid off, source broken, rebuilt or not looked at


class Shelf(Struct, frozen=True):
    """One good look at a source against the one before. Orders are the source's own."""

    complete: bool
    before: Sequence[int]  #: ids of the posts it listed, in order
    after: Sequence[int]  #: ids now
    dates: Mapping[int, str]  #: bare date or RFC 3339 of each post, "" unknown
    #: posts that came to a window when they were known from elsewhere: it goes by another order
    late: frozenset[int] = frozenset()
    #: posts beside the list, in a box with an order of its own, before or now
    beside: frozenset[int] = frozenset()


def window(shelf: Shelf) -> Sequence[int]:
    """The part of `before` that this look could still show: all of it for a complete source, else
    down to the deepest entry that is still there."""
    if shelf.complete:
        return shelf.before
    after = set(shelf.after)
    deepest = max((i for i, post in enumerate(shelf.before) if post in after), default=-1)
    return shelf.before[: deepest + 1]


def absent(shelf: Shelf) -> frozenset[int]:
    """The posts that the source could show and does not, whatever that means: worth a look each."""
    if not shelf.after:
        return frozenset()
    return frozenset(window(shelf)) - set(shelf.after) - shelf.beside


def rebuilt(shelf: Shelf) -> bool:
    """Whether so much left at once that the source itself must have changed."""
    could, lost = len(window(shelf)), len(absent(shelf))
    if could >= REBUILT_LEAST and lost > REBUILT_SHARE * could:
        return True
    return lost >= MANY_LEAST and lost > MANY_SHARE * could


def leavers(shelf: Shelf) -> frozenset[int]:
    """The posts that left this source though it should still hold them."""
    if not shelf.after or rebuilt(shelf):
        return frozenset()
    gone = absent(shelf)
    if shelf.complete:
        return frozenset() if _cut_short(shelf, gone) else gone
    return frozenset(p for p in gone - shelf.late if _older_stays(p, shelf))


def _cut_short(shelf: Shelf, gone: frozenset[int]) -> bool:
    """Whether a list that had been whole shows the newest only: its oldest went, and no other; either
    several at once or as new ones came."""
    if len(gone) < 2 and len(shelf.after) < len(shelf.before):
        return False
    dates = {post: shelf.dates.get(post, "")[:10] for post in shelf.before}
    stays = [dates[post] for post in shelf.before if post not in gone]
    went = [dates[post] for post in gone]
    return bool(went and stays) and all(went) and all(stays) and max(went) <= min(stays)


def _older_stays(post: int, shelf: Shelf) -> bool:
    """A window still holds this place if something that stood behind it is there, and is not newer:
    a pinned post has a place of its own."""
    after = set(shelf.after)
    place = list(shelf.before).index(post)
    mine = shelf.dates.get(post, "")[:10]
    for other in shelf.before[place + 1 :]:
        theirs = shelf.dates.get(other, "")[:10]
        if other in after and other not in shelf.late:
            if not mine or not theirs or theirs <= mine:
                return True
    return False


class Listedness(Struct, frozen=True):
    """What all sources together say of a post, and how often in a row."""

    listed: bool
    absences: int
    changed: bool  #: delisted or relisted is to be told
    muted: bool = False  #: a person withdrew that it changed, and the sources say the same still


def judge_listed(
    standings: Sequence[Standing], *, listed: bool, absences: int, muted: bool = False
) -> Listedness:
    """The verdict of one pass over all sources that ever listed the post (none: nothing is said).

    `muted`: a person withdrew the last change, and what led to it is not told again.
    """
    if Standing.LISTED in standings:
        if muted and not listed:
            return Listedness(False, 0, changed=False, muted=True)
        return Listedness(True, 0, changed=not listed)
    if Standing.DROPPED not in standings or (muted and listed):
        return Listedness(listed, absences, changed=False, muted=muted)
    absences += 1
    if listed and absences >= ABSENCES:
        return Listedness(False, absences, changed=True)
    return Listedness(listed, absences, changed=False)
