"""Two Articles become a Diff: paragraph first, words inside. rapidfuzz opcodes throughout.

Page, mail, terminal and Atom draw the same value (show/diff.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .article import Article, BlockKind


class Op(StrEnum):
    """What became of a block."""

    KEEP = "keep"
    ADD = "add"
    DROP = "drop"
    CHANGE = "change"
    MOVE = "move"


class RunOp(StrEnum):
    """What became of a run of words inside a block."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Run:
    """Words of a block, in reading order; a replacement is a REMOVED run then an ADDED one."""

    op: RunOp
    text: str  #: with the white space it had; the SAME and ADDED runs join to the new text


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link whose words stayed and whose target changed."""

    text: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One block of the diff, in the order of the new text; what went stands where it stood.

    MOVE appears twice: at the old place (after_at says where to) with op MOVE and `runs` empty, and
    at the new place. A moved block that was also changed has runs with ADDED or REMOVED.
    """

    op: Op
    kind: BlockKind
    before_at: int | None  #: index in the old article's blocks
    after_at: int | None
    runs: tuple[Run, ...]
    links: tuple[LinkChange, ...] = ()
    at_new_place: bool = True  #: False for the trace a moved block leaves at its old place
    label: str = ""  #: "split" or "joined" where a paragraph was


@dataclass(frozen=True, slots=True)
class FieldChange:
    """title, author, published_at or modified_at, before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two articles."""

    blocks: tuple[BlockChange, ...] = ()
    fields: tuple[FieldChange, ...] = ()  #: those that differ, modified_at included
    changed: tuple[
        str, ...
    ] = ()  #: the contract's `fields`: of text, title, author, published_at, links
    words_added: int = 0
    words_removed: int = 0
    words_before: int = 0
    words_after: int = 0
    similarity: float = 1.0  #: 2 * common words / (words before + after); moved is common
    notes_added: tuple[
        str, ...
    ] = ()  #: texts of update, correction and editor's notes that are new


def diff(before: Article, after: Article) -> Diff:
    """What changed from one article to the other."""
    return Diff()


def likeness(a: Article, b: Article) -> float:
    """How alike two articles are, 0 to 1."""
    return 0.0


def contained(article: Article, page_blocks: Sequence[str]) -> float:
    """The share of the article's words that stand in a page's blocks, 0 to 1."""
    return 0.0


def fingerprint(article: Article) -> int:
    """A 63-bit simhash of the article's text: 0 <= x < 2**63."""
    return 0
