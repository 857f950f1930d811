"""What was set aside when two versions were compared: the blocks that are the site's, not the article's.

It is kept with the event, for what is known of a site grows and shrinks: what an event told once, its
page, mails and the terminal draw for good. A block is kept as a mark, which holds none of its words.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from ..read.article import Article, Block
from ..values import replace


class Aside(Struct, frozen=True):
    """Marks of the blocks that were set aside of the version before and of the one after."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def aside_of(whole: Article, settled: Article) -> tuple[str, ...]:
    """The marks of the blocks that an article lost when it was settled; `settled` has blocks of `whole`."""
    if settled.blocks is whole.blocks:
        return ()
    kept = {id(block) for block in settled.blocks}
    return tuple(mark for mark, block in _marked(whole.blocks) if id(block) not in kept)


def without(article: Article, marks: Collection[str]) -> Article:
    """The article without the blocks of these marks."""
    if not marks:
        return article
    kept = tuple(block for mark, block in _marked(article.blocks) if mark not in marks)
    return replace(article, blocks=kept)


def _marked(blocks: Sequence[Block]) -> Iterator[tuple[str, Block]]:
    """Each block with its mark: a hash of its text, and which one of the like it is."""
    seen: Counter[str] = Counter()
    for block in blocks:
        digest = hashlib.sha256(block.key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        yield f"{digest}.{seen[digest]}", block
        seen[digest] += 1
