"""What went from one version to the next, and what came? For those who look for a word of it, or for a sentence."""

from __future__ import annotations

import re

from msgspec import Struct

from .article import Article
from .compare import BlockChange, Diff, RunOp, diff

#: Where one sentence ends and the next begins.
_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


class Changed(Struct, frozen=True):
    """The texts that one version added or dropped."""

    words: tuple[str, ...] = ()  #: each run of them, and titles, bylines and targets that changed
    sentences: tuple[
        str, ...
    ] = ()  #: of which only some words changed, as they were and as they are


def changed_texts(before: Article, after: Article, steady: frozenset[str]) -> Changed:
    """What was added or dropped. `steady` as `diff` takes it; dates are left out: nobody looks for words
    of one."""
    return texts_of(diff(before, after, steady=steady))


def texts_of(change: Diff) -> Changed:
    """What a diff of two versions says was added or dropped."""
    words = [run.text for block in change.blocks for run in block.runs if run.op is not RunOp.SAME]
    for field in change.fields:
        if field.name in ("title", "author"):
            words += [field.before, field.after]
    words += [x for b in change.blocks for link in b.links for x in (link.before, link.after)]
    return Changed(tuple(words), tuple(x for b in change.blocks for x in _reworded(b)))


def _reworded(block: BlockChange) -> list[str]:
    """The sentences of a block that stand in one of its two texts alone; none where it is new or gone."""
    ops = {run.op for run in block.runs}
    if RunOp.SAME not in ops or len(ops) == 1:
        return []
    old, new = (
        _END.split("".join(run.text for run in block.runs if run.op in (RunOp.SAME, side)))
        for side in (RunOp.REMOVED, RunOp.ADDED)
    )
    return [x for x in old if x not in new] + [x for x in new if x not in old]
