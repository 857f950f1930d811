"""What became of one block of an article, in runs of words: the parts a Diff is made of."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from .article import BlockKind
from .link_changes import LinkChange


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


class Run(Struct, frozen=True):
    """Words of a block, in reading order; a replacement is a REMOVED run then an ADDED one."""

    op: RunOp
    text: str  #: with the white space it had; the SAME and ADDED runs join to the new text


class BlockChange(Struct, frozen=True):
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
