"""Why did the search find this event? The place where its words stand, changed paragraphs first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ..model import Event
from ..read.article import Article
from ..read.snippet import snippet
from ..read.terms import Term


class Match(Struct, frozen=True):
    """A place, and the words that stand there."""

    where: str
    pieces: tuple[tuple[str, bool], ...]
    article: Article | None = None  #: whose words they are; None for the event's own


def match(
    event: Event,
    terms: Sequence[Term],
    before: Article | None,
    after: Article | None,
    latest: Article | None,
) -> Match | None:
    """Where most of the terms stand, the first such place; None where none was found, or all stand in the
    headline, which the row shows."""
    best: tuple[int, Match] | None = None
    for where, text, article in _places(event, before, after, latest):
        found = snippet(text, terms)
        if found is None or (best is not None and found.terms <= best[0]):
            continue
        best = (found.terms, Match(where, found.pieces, article))
        if found.terms == len(terms):
            break
    return best[1] if best is not None and best[1].where else None


def _places(
    event: Event, before: Article | None, after: Article | None, latest: Article | None
) -> Iterator[tuple[str, str, Article | None]]:
    yield "", event.title, None
    old = {b.text for b in before.blocks} if before is not None else set[str]()
    new = {b.text for b in after.blocks} if after is not None else set[str]()
    if before is not None and after is not None:
        yield from (("added or reworded", b.text, after) for b in after.blocks if b.text not in old)
        yield from (("cut or reworded", b.text, before) for b in before.blocks if b.text not in new)
    if after is not None:
        yield from (("in its text then", b.text, after) for b in after.blocks)
    elif before is not None:
        yield from (("in its last copy", b.text, before) for b in before.blocks)
    for article in (before, after):
        if article is not None:
            yield "headline", article.title, article
            yield "byline", article.byline, article
    if latest is not None:
        yield from (("in the post’s latest text", b.text, latest) for b in latest.blocks)
        yield "latest headline", latest.title, latest
        yield "latest byline", latest.byline, latest
    yield "address", event.url or "", None
    yield "new address", event.moved_to or "", None
    yield "reason", event.why or "", None
