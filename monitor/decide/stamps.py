"""Which modified dates of a site mean nothing: made anew for each answer, or by each rebuild.

Learned from looks, like furniture: a date that differs between two looks moments apart, or that moves
on post after post whose text stays. What is learned is kept among the site's volatile places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ..model import SiteFacts
from ..read.article import Article
from ..values import replace

#: The dates of an article that can announce a change: the one its markup declares, the one readers see.
DATES = ("modified_at", "shown_at")
#: Of one post alone a date that moved without its text says nothing: tags are edited, too.
POSTS_STAMPED = 2
_MARK = "date:"


class Dated(Struct, frozen=True):
    """Of a post whose text stayed: the dates it had, and those that moved since the look before."""

    had: frozenset[str]
    moved: frozenset[str]


def dated(before: Article, after: Article) -> Dated:
    """What the dates of an unchanged article did between two looks; a new date has moved."""
    has = {d for d in DATES if getattr(before, d) or getattr(after, d)}
    return Dated(
        frozenset(has), frozenset(d for d in has if getattr(before, d) != getattr(after, d))
    )


def needs_all(facts: SiteFacts, stayed: Iterable[Dated]) -> bool:
    """Whether `stamped` may say otherwise when told of more posts of which no date moved: it counts them
    only where some date did move, or is doubted."""
    marks = {_MARK + date for date in DATES}
    return bool(marks & (facts.volatile | facts.doubted)) or any(x.moved for x in stayed)


def stamped(
    facts: SiteFacts, stayed: Sequence[Dated], twins: Iterable[tuple[Article, Article]]
) -> tuple[SiteFacts, frozenset[str]]:
    """(the facts with what this pass taught, the dates that announce nothing in this pass).

    `stayed` are the posts whose text is as it was, `twins` pairs of looks moments apart at one post. A
    date is doubted once and then known for a stamp; it is one no more when it stays on most posts.
    """
    restless = {
        d for a, b in twins for d in DATES if getattr(a, d) != getattr(b, d) and getattr(a, d)
    }
    found = set(restless)
    volatile, doubted = set(facts.volatile), set(facts.doubted)
    for date in DATES:
        mark = _MARK + date
        had = sum(date in x.had for x in stayed)
        moved = sum(date in x.moved for x in stayed)
        most = 2 * moved > had
        if most and (had >= POSTS_STAMPED or mark in doubted):
            found.add(date)
        if most or date in restless:
            (volatile if mark in doubted else doubted).add(mark)
        elif had:
            volatile.discard(mark)
            doubted.discard(mark)
        if mark in volatile:
            doubted.discard(mark)
            found.add(date)
    if volatile != facts.volatile or doubted != facts.doubted:
        facts = replace(facts, volatile=frozenset(volatile), doubted=frozenset(doubted))
    return facts, frozenset(found)
