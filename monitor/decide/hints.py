"""What is a source's word worth that a post has changed? A reason to look sooner, as long as there is something to see.

A date that a feed or a sitemap gives for the last change costs nothing to read. Many programs change it without need: all
dates at each deploy, one at each comment. What the looks that followed found says how far a source is believed; it is
asked for ever, so one that comes to its senses is believed again.
"""

from __future__ import annotations

from msgspec import Struct

#: Looks that followed a source's word before it may be doubted, and one in how many has to find something: a look
#: is one request, and each but the twelfth in vain still costs less than looking at all posts so often.
TRIES = ONE_IN = 12
#: What is older than so many looks counts half.
REMEMBERED = 48
#: More than so many changes at once, and more than this share of all it lists: it was made anew.
MANY, MANY_SHARE = 5, 0.25


class Trust(Struct, frozen=True):
    """What came of the looks that followed a source's word."""

    looks: int = 0
    found: int = 0  #: of these, that found a change, or the post gone or back

    @property
    def believed(self) -> bool:
        """Whether its word is a reason to look."""
        return self.looks < TRIES or self.found * ONE_IN >= self.looks

    def after(self, looks: int, found: int) -> Trust:
        """With what came of some more looks."""
        looks, found = self.looks + looks, self.found + found
        while looks > REMEMBERED:
            looks, found = (looks + 1) // 2, (found + 1) // 2
        return Trust(looks, found)


def made_anew(changed: int, listed: int) -> bool:
    """Whether so many of its dates changed at once that they say nothing of single posts."""
    return changed > MANY and changed > MANY_SHARE * listed
