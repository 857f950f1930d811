"""What of a page is furniture and not the article: learned from looks, never from class names.

Two looks moments apart show what is volatile; what stands alike on many posts is the site's, not the
post's. A plain paragraph of the running text is never volatile by its place alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..model import SiteFacts
from ..read.article import Article, Block
from ..read.article.extract import digest_of
from ..read.article.normal import tokens

#: On so many different posts of a site a block is furniture.
POSTS_ALIKE = 3
#: A place that changes on so many posts in one pass, and on half of those looked at, is no article's.
POSTS_RESTLESS = 3
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_MASKED = "text:"


def masked(key: str) -> str:
    """A block's key with its numbers blanked: what stays of a counter."""
    return _MASKED + _DIGITS.sub("#", key)


def own_place(block: Block) -> bool:
    """Whether the block stands in a container of its own, not in the running text."""
    return "." in block.place or "/" in block.place


def settle(before: Article, after: Article, facts: SiteFacts) -> tuple[Article, Article]:
    """Two versions to be compared, without what has been learned to be furniture.

    A block that is volatile now and was plain text before takes its older form out with it; one
    that was volatile and says something else now stays in both, so that the change is seen.
    """
    old, lost = _parted(before, facts)
    new, gained = _parted(after, facts)
    if not lost and not gained:
        return before, after
    masks_lost, masks_gained = ({masked(b.key) for b in x} for x in (lost, gained))
    new_keys = {b.key for b in new}
    for block in gained:
        if masked(block.key) not in masks_lost:
            twin = _nearest(block, [b for b in old if b.key not in new_keys])
            if twin is not None:
                old.remove(twin)
    old_keys = {b.key for b in old}
    back = [
        block
        for block in lost
        if masked(block.key) not in masks_gained
        and _nearest(block, [b for b in new if b.key not in old_keys]) is not None
    ]
    kept = {id(b) for b in (*old, *back)}
    return _with(before, [b for b in before.blocks if id(b) in kept]), _with(after, new)


def _parted(article: Article, facts: SiteFacts) -> tuple[list[Block], list[Block]]:
    """(the article's own blocks, its furniture). What stands on many posts alike is furniture at the
    article's head and foot (company descriptions, copyright lines), and in boxes of its own."""
    blocks = article.blocks
    first, last = 0, len(blocks)
    while first < last and _stands_on_many(blocks[first], facts):
        first += 1
    while last > first and _stands_on_many(blocks[last - 1], facts):
        last -= 1
    own = [b for b in blocks[first:last] if not _is_furniture(b, facts)]
    kept = {id(b) for b in own}
    return own, [b for b in blocks if id(b) not in kept]


def _stands_on_many(block: Block, facts: SiteFacts) -> bool:
    return block.key in facts.furniture or masked(block.key) in facts.furniture


def _with(article: Article, blocks: list[Block]) -> Article:
    if len(blocks) == len(article.blocks):
        return article
    settled = replace(article, blocks=tuple(blocks))
    return replace(settled, digest=digest_of(settled))


def _nearest(block: Block, others: list[Block]) -> Block | None:
    """The block most like this one, if half of their words are shared."""
    mine = Counter(tokens(block.key))
    best, found = 0.5, None
    for other in others:
        theirs = Counter(tokens(other.key))
        total = mine.total() + theirs.total()
        share = 2 * (mine & theirs).total() / total if total else 0.0
        if share >= best:
            best, found = share, other
    return found


def _is_furniture(block: Block, facts: SiteFacts) -> bool:
    if own_place(block) and (block.place in facts.volatile or block.key in facts.furniture):
        return True
    return bool(_DIGITS.search(block.key)) and masked(block.key) in facts.volatile


def volatile_between(first: Article, second: Article) -> frozenset[str]:
    """Places and masked texts that differ between two looks moments apart, neither of them edited.

    Only blocks that are not in both looks speak; a plain paragraph speaks only if nothing but its
    numbers differ.
    """
    a = Counter(b.key for b in first.blocks)
    b = Counter(b.key for b in second.blocks)
    lost = [x for x in first.blocks if a[x.key] > b[x.key]]
    new = [x for x in second.blocks if b[x.key] > a[x.key]]
    found: set[str] = set()
    counters = {masked(x.key) for x in lost} & {masked(x.key) for x in new}
    found |= counters
    for block in (*lost, *new):
        if own_place(block) and masked(block.key) not in counters:
            found.add(block.place)
    return frozenset(found)


def learned(facts: SiteFacts, found: frozenset[str], *, sample: bool) -> SiteFacts:
    """The facts with what differed between two looks moments apart.

    A running text whose numbers differ is taken for a counter at once only in a `sample` of the first
    pass; of a post that changed it is doubted first, for it may have been saved twice.
    """
    texts = frozenset(f for f in found if f.startswith(_MASKED))
    sure = found if sample else (found - texts) | (texts & facts.doubted)
    return replace(
        facts,
        volatile=facts.volatile | sure,
        doubted=(facts.doubted | texts) - facts.volatile - sure,
    )


def restless_places(changes: Sequence[tuple[Article, Article]], looked: int) -> frozenset[str]:
    """Places whose blocks came or went on many posts in one pass: comments, teasers, promotions.

    Only a block that is unlike all it could have replaced speaks: a name exchanged in every post
    leaves its blocks alike, and is an edit of each.
    """
    count: Counter[str] = Counter()
    for before, after in changes:
        old, new = {b.key for b in before.blocks}, {b.key for b in after.blocks}
        lost = [b for b in before.blocks if b.key not in new]
        gained = [b for b in after.blocks if b.key not in old]
        places = {b.place for b in gained if own_place(b) and _nearest(b, lost) is None}
        places |= {b.place for b in lost if own_place(b) and _nearest(b, gained) is None}
        count.update(places)
    least = max(POSTS_RESTLESS, looked // 2)
    return frozenset(p for p, n in count.items() if n >= least)


def furniture_of(pages: Iterable[Sequence[str]]) -> frozenset[str]:
    """Block keys, and masked ones where they hold numbers, that stand on POSTS_ALIKE or more of these
    posts' pages."""
    count: Counter[str] = Counter()
    for blocks in pages:
        keys = set(blocks)
        count.update(keys | {masked(k) for k in keys if _DIGITS.search(k)})
    return frozenset(k for k, n in count.items() if n >= POSTS_ALIKE)
