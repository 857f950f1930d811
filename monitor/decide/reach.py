"""Which selectors reach what changed between two readings of a page, and no part that stayed?

Candidates for a rule of `ignore`; whether one mutes the change is tried out elsewhere (ignore_rule.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ..read.article import Article, Block
from ..read.article.blocks import Element
from ..read.article.naming import selectors_for
from ..read.article.normal import count_words, key
from ..read.article.notes import says_so
from ..read.article.sheet import Reading, Sheet
from ..read.compare import BlockChange, Diff, Op
from .furniture import masked

#: Names that are looked at on both pages, and selectors of one rule.
MOST_NAMES, MOST_SELECTORS = 80, 3


class Change(Struct, frozen=True):
    """Two readings, and what is told of them."""

    old: Reading
    new: Reading
    before: Article
    after: Article
    diff: Diff


class Place(Struct, frozen=True):
    """A block that came, went or changed, where it stands on the pages that hold it."""

    text: str
    words: int
    elements: tuple[Element, ...]
    texts: tuple[str, ...]  #: its comparison forms


def places_of(change: Change) -> list[Place]:
    """Where blocks came, went or changed, in the order of the diff."""
    at = {id(b): e for b, e in zip(change.old.article.blocks, change.old.elements, strict=True)}
    at |= {id(b): e for b, e in zip(change.new.article.blocks, change.new.elements, strict=True)}
    found = []
    for block in change.diff.blocks:
        if (block.op is Op.KEEP and not block.links) or not block.at_new_place:
            continue
        here = [b for b in _blocks_of(block, change) if id(b) in at]
        if here:
            text = here[-1].text
            elements = tuple(at[id(b)] for b in here)
            found.append(Place(text, count_words(text), elements, tuple(b.key for b in here)))
    return found


def _blocks_of(change: BlockChange, within: Change) -> Iterator[Block]:
    if change.before_at is not None and change.op is not Op.ADD:
        yield within.before.blocks[change.before_at]
    if change.after_at is not None and change.op is not Op.DROP:
        yield within.after.blocks[change.after_at]


class Candidate(Struct, frozen=True):
    """A selector, the changed places it takes out or reaches into, and the words it takes."""

    selector: str
    covers: frozenset[int]
    words: int
    rank: int


def candidates(
    sheets: tuple[Sheet, Sheet], change: Change, places: Sequence[Place]
) -> Iterator[Candidate]:
    """Selectors that reach only parts that changed, on both pages."""
    seen: dict[str, None] = {}
    for place in places:
        for element in place.elements:
            for near in (*_inside(element, place), element, *_around(element)):
                seen |= dict.fromkeys(selectors_for(near))
    for rank, selector in enumerate(list(seen)[:MOST_NAMES]):
        reach = Reach()
        for sheet, reading in zip(sheets, (change.old, change.new), strict=True):
            reach.over(sheet.named([selector]), reading, places)
        if reach.good:
            yield Candidate(selector, frozenset(reach.covers), reach.words, rank)


def _inside(element: Element, place: Place) -> Iterator[Element]:
    """Elements amid a block's words, where the block itself stayed: it may be they that changed."""
    if len(place.elements) > 1:
        for inner, _ in zip(element.iterdescendants(), range(60), strict=False):
            if isinstance(inner.tag, str):
                yield inner


def _around(element: Element) -> Iterator[Element]:
    for outer, _ in zip(element.iterancestors(), range(8), strict=False):
        if outer.tag in ("body", "main", "article"):
            return
        yield outer


class Reach:
    """What a selector reaches on both pages: which changed places, and whether anything else."""

    def __init__(self) -> None:
        self.covers: set[int] = set()
        self.words = 0
        self._refused = False
        self._idle: set[str] = set()  #: texts it takes though nothing changed there
        self._restless: set[str] = set()

    @property
    def good(self) -> bool:
        """Whether it reaches what changed and no part that stayed, but for the same counter elsewhere."""
        return bool(self.covers) and not self._refused and self._idle <= self._restless

    def over(self, named: Sequence[Element], reading: Reading, places: Sequence[Place]) -> None:
        """Adds what it names on one page."""
        if any(next(e.iter("h1"), None) is not None for e in named):
            self._refused = True  # never the headline's own box
        of_block: dict[Element, list[Block]] = {}  # an element parted by breaks holds several
        for e, block in zip(reading.elements, reading.article.blocks, strict=True):
            of_block.setdefault(e, []).append(block)
        standing: dict[Element, set[int]] = {}
        for n, place in enumerate(places):
            for e in place.elements:
                standing.setdefault(e, set()).add(n)
        for element in named:
            held = [e for e in element.iter() if e in of_block]
            if held:
                reached = {n for e in held for n in standing.get(e, ())}
                texts = [block.text for e in held for block in of_block[e]]
                said = " ".join(texts)
                self._refused |= any(map(says_so, texts))
            else:
                around = next((e for e in element.iterancestors() if e in of_block), None)
                if around is None:
                    continue  # no part of the article
                said = " ".join(" ".join(element.itertext()).split())
                reached = {
                    n
                    for n in standing.get(around, ())
                    if not all(key(said) in text for text in places[n].texts)
                }
            self.words += count_words(said)
            self.covers |= reached
            (self._restless if reached else self._idle).add(masked(key(said)))


def combined(candidates: Sequence[Candidate], places: int) -> Iterator[tuple[str, ...]]:
    """The rules to be tried: one selector for all that changed, else a few together."""
    yield from ((c.selector,) for c in candidates if len(c.covers) == places)
    for first in candidates[:MOST_SELECTORS]:
        chosen, left = [first], set(range(places)) - first.covers
        while left and len(chosen) < MOST_SELECTORS:
            best = max(candidates, key=lambda c: len(left & c.covers))
            if not left & best.covers:
                break
            chosen.append(best)
            left -= best.covers
        if not left and len(chosen) > 1:
            yield tuple(c.selector for c in chosen)
