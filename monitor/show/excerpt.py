"""As much of a text as a page may hold, from its beginning, and how many words are left."""

from __future__ import annotations

from collections.abc import Sequence

from ..read.article import Block
from ..read.article.normal import count_words
from ..values import replace
from .plain import cut

#: Bytes that the blocks of a page may take; a page stays under 200 kB.
ROOM = 190_000
#: What a block takes beside its words.
_BLOCK = 30


def escaped(text: str) -> int:
    """Bytes of a text as it is written into a page."""
    special = sum(text.count(c) for c in "&<>\"'")
    return len(text.encode("utf-8", "replace")) + 4 * special


def beginning(blocks: Sequence[Block], room: int = ROOM) -> tuple[list[Block], int]:
    """The first blocks, in so many bytes of page, the last of them cut where it must be; how many words
    are left out."""
    kept = list[Block]()
    for block in blocks:
        size = escaped(block.text) + _BLOCK
        if size <= room:
            room -= size
            kept.append(block)
            continue
        if room > 2000:  # enough to be worth a part of a paragraph
            most = len(block.text) * (room - _BLOCK) // size
            kept.append(replace(block, text=cut(block.text, most)))
        before, after = (sum(count_words(b.text) for b in some) for some in (blocks, kept))
        return kept, max(before - after, 1)
    return kept, 0
