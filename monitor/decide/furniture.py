"""What of a page is furniture and not the article: learned from looks, never from class names.

Two looks moments apart show what is volatile; what stands alike on many posts is the site's, not the
post's. A plain paragraph of the running text is never volatile by its place alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ..model import SiteFacts
from ..read.article import Article, Block
from ..read.article.extract import digest_of

#: On so many different posts of a site a block is furniture (LIBRARIES section 1: "on 3 other posts").
POSTS_ALIKE = 4
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_MASKED = "text:"


def masked(key: str) -> str:
    """A block's key with its numbers blanked: what stays of a counter."""
    return _MASKED + _DIGITS.sub("#", key)


def own_place(block: Block) -> bool:
    """Whether the block stands in a container of its own, not in the running text."""
    return "." in block.place or "/" in block.place


def settle(article: Article, facts: SiteFacts) -> Article:
    """The article without what has been learned to be furniture; the same value where nothing is."""
    kept = tuple(b for b in article.blocks if not _is_furniture(b, facts))
    if len(kept) == len(article.blocks) or not kept:
        return article
    settled = replace(article, blocks=kept)
    return replace(settled, digest=digest_of(settled))


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


def furniture_of(articles: Iterable[Article]) -> frozenset[str]:
    """Keys of blocks that stand on POSTS_ALIKE or more of these different posts."""
    count: Counter[str] = Counter()
    for article in articles:
        count.update({b.key for b in article.blocks})
    return frozenset(k for k, n in count.items() if n >= POSTS_ALIKE)
