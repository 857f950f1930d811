"""What do the counts of a Diff count: words, characters, or some of both?

Scripts that set no spaces between words are counted by character (article/normal.py). A number or a
word in another script beside them counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable

from .article.normal import BY_CHARACTER, is_word, tokens
from .block_changes import BlockChange, RunOp

WORDS, CHARACTERS, BOTH = "words", "characters", "characters and words"


def unit_of(blocks: Iterable[BlockChange]) -> str:
    """WORDS, CHARACTERS or BOTH: what was added and removed in these blocks."""
    texts = [r.text for b in blocks for r in b.runs if r.op is not RunOp.SAME]
    if not any(map(BY_CHARACTER.search, texts)):
        return WORDS
    found = {
        BY_CHARACTER.match(t) is not None for text in texts for t in tokens(text) if is_word(t)
    }
    return CHARACTERS if found == {True} else BOTH
