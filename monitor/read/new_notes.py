"""Which notes are new between two articles, and how many of the added words are theirs?

A note stands in blocks of its own, or behind the words of a paragraph that was there.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from .article import Article, Note
from .article.normal import count_words
from .article.notes_within import said_within
from .block_changes import BlockChange, Op, RunOp


class NewNotes(Struct, frozen=True):
    """The notes that came: as written, how many words they have, and whether more may be notes."""

    texts: tuple[str, ...]
    words: int
    unsure: bool


def new_notes(before: Article, after: Article, blocks: Sequence[BlockChange]) -> NewNotes:
    """What the new article says of its change and the old one did not; `blocks` as they were paired."""
    notes, own = _of_their_own(before, after)
    within = said_within(
        [text for b in blocks if (text := _may_say(b, after, own))],
        [b.text for b in before.blocks],
    )
    words = _words_noted(blocks, after, own) + sum(map(count_words, within.notes))
    return NewNotes((*(note.text for note in notes), *within.notes), words, within.unsure)


def _of_their_own(before: Article, after: Article) -> tuple[list[Note], frozenset[str]]:
    """The notes that are new, and the keys of the blocks they are made of: a label, and what follows."""
    known = {note.key for note in before.notes}
    found = [note for note in after.notes if note.key not in known]
    own = (b.key for b in after.blocks for n in found if b.key and _is_part(b.key, n.key))
    return found, frozenset(own)


def _is_part(block: str, note: str) -> bool:
    return block == note or note.startswith(f"{block} ") or note.endswith(f" {block}")


def _may_say(block: BlockChange, after: Article, notes: frozenset[str]) -> str:
    """The text of a block with new words that is no note of its own; "" for any other."""
    if block.after_at is None or all(run.op is not RunOp.ADDED for run in block.runs):
        return ""
    found = after.blocks[block.after_at]
    return "" if found.key in notes else found.text


def _words_noted(blocks: Sequence[BlockChange], after: Article, notes: frozenset[str]) -> int:
    """The words that new notes added in blocks of their own."""
    found = (
        b
        for b in blocks
        if b.op is Op.ADD and b.after_at is not None and after.blocks[b.after_at].key in notes
    )
    return sum(count_words(run.text) for b in found for run in b.runs)
