"""Two Articles become a Diff: paragraph first, words inside. rapidfuzz opcodes throughout.

Page, mail, terminal and Atom draw the same value (show/diff.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from ..values import replace
from .alignment import Pair, pairs
from .alike import contained, fingerprint, likeness
from .article import Article, Block
from .article.normal import count_words
from .block_changes import BlockChange, Op, Run, RunOp
from .counted import WORDS, unit_of
from .field_changes import FieldChange, field_changes
from .link_changes import LinkChange, link_changes
from .new_notes import new_notes
from .steps import Steps
from .wording import ALL_CELLS, Words, word_ops, words_of
from .wording import Op as WordOp

__all__ = [
    "BlockChange", "Diff", "FieldChange", "LinkChange", "Op", "Run", "RunOp",
    "contained", "diff", "fingerprint", "likeness", "restated",
]  # fmt: skip


class Diff(Struct, frozen=True):
    """What changed between two articles."""

    blocks: tuple[BlockChange, ...] = ()
    fields: tuple[FieldChange, ...] = ()  #: those that differ, modified_at included
    changed: tuple[
        str, ...
    ] = ()  #: the contract's `fields`: of text, title, author, published_at, links
    words_added: int = 0
    words_removed: int = 0
    unit: str = WORDS  #: what is counted: words, characters, or both (counted.py)
    words_before: int = 0
    words_after: int = 0
    similarity: float = 1.0  #: 2 * common words / (words before + after); moved is common
    #: texts of update, correction and editor's notes that are new
    notes_added: tuple[str, ...] = ()
    words_noted: int = 0  #: of those notes, where they are not counted among the words added
    maybe_noted: bool = False  #: a new sentence may be a note, and may not


#: What `changed` names, in this order.
_CHANGED = ("text", "title", "author", "published_at", "links")
#: A pair of which more differs is shown as removed and added.
MOST_DIFFERENT = 0.6


def diff(before: Article, after: Article, *, steady: frozenset[str] = frozenset()) -> Diff:
    """What changed from one article to the other; nothing where only typography or templates differ.

    `fields` and `changed` name title, author and dates only where both sides declare them. `steady` are
    those of which one that came or went is a change, too: the template did not change.
    """
    sums = _Sums()
    blocks = tuple(
        change
        for pair in pairs(before.blocks, after.blocks)
        for change in _changes(pair, before, after, sums)
    )
    fields = field_changes(before, after, steady)
    named = {field.name for field in fields}
    if any(b.op is not Op.KEEP and not _only_links(b) for b in blocks):
        named.add("text")
    if any(b.links for b in blocks):
        named.add("links")
    total_before = sums.common_before + sums.removed
    total_after = sums.common_after + sums.added
    total = total_before + total_after
    said = new_notes(before, after, blocks)
    # Where a note is all that is new, its words are what was added.
    noted = said.words if sums.removed or said.words < sums.added else 0
    return Diff(
        blocks=blocks,
        fields=fields,
        changed=tuple(x for x in _CHANGED if x in named),
        words_added=sums.added - noted,
        words_removed=sums.removed,
        unit=unit_of(blocks),
        words_before=total_before,
        words_after=total_after,
        similarity=(sums.common_before + sums.common_after) / total if total else 1.0,
        notes_added=said.texts,
        words_noted=noted,
        maybe_noted=said.unsure,
    )


def restated(
    found: Diff, before: Article, after: Article, *, steady: frozenset[str] = frozenset()
) -> Diff:
    """The diff of the same two articles with other `steady` fields; texts are not compared again."""
    fields = field_changes(before, after, steady)
    changed = {"text", "links"}.intersection(found.changed) | {field.name for field in fields}
    return replace(found, fields=fields, changed=tuple(x for x in _CHANGED if x in changed))


class _Sums(Struct):
    """Words counted while the blocks are gone through."""

    common_before: int = 0
    common_after: int = 0
    added: int = 0
    removed: int = 0
    cells: Steps = field(default_factory=lambda: Steps(ALL_CELLS))

    def add(self, a: Words, b: Words, ops: Sequence[WordOp]) -> None:
        """Counts the words of one text that became another."""
        removed = sum(a.count(i, j) for same, i, j, _, _ in ops if not same)
        added = sum(b.count(k, m) for same, _, _, k, m in ops if not same)
        self.removed += removed
        self.added += added
        self.common_before += a.count(0, len(a.keys)) - removed
        self.common_after += b.count(0, len(b.keys)) - added


def _only_links(block: BlockChange) -> bool:
    return block.op is Op.CHANGE and all(run.op is RunOp.SAME for run in block.runs)


def _changes(pair: Pair, before: Article, after: Article, sums: _Sums) -> Iterator[BlockChange]:
    old = None if pair.before is None else before.blocks[pair.before]
    new = None if pair.after is None else after.blocks[pair.after]
    if new is None and old is not None:
        sums.removed += count_words(old.text)
        yield BlockChange(Op.DROP, old.kind, pair.before, None, (Run(RunOp.REMOVED, old.text),))
    elif old is None and new is not None:
        sums.added += count_words(new.text)
        yield BlockChange(Op.ADD, new.kind, None, pair.after, (Run(RunOp.ADDED, new.text),))
    elif old is None or new is None:
        return
    elif pair.trace:
        yield BlockChange(Op.MOVE, old.kind, pair.before, pair.after, (), at_new_place=False)
    elif pair.last is not None:
        yield from _divided(pair, old, new, before, after, sums)
    elif old.key == new.key:
        words = count_words(new.text)
        sums.common_before += words
        sums.common_after += words
        op = Op.MOVE if pair.fate == "move" else Op.KEEP
        yield BlockChange(
            op,
            new.kind,
            pair.before,
            pair.after,
            (Run(RunOp.SAME, new.text),),
            link_changes(old, new),
        )
    else:
        yield from _worded(pair, old, new, sums)


def _divided(
    pair: Pair, old: Block, new: Block, before: Article, after: Article, sums: _Sums
) -> Iterator[BlockChange]:
    """A paragraph that was split, or several that were joined: each new one with its words of the old."""
    assert pair.before is not None and pair.after is not None and pair.last is not None
    news: Sequence[Block] = (new,)
    if pair.fate == "split":
        news = after.blocks[pair.after : pair.last + 1]
    else:
        old = _as_one(before.blocks[pair.before : pair.last + 1])
    a, b = words_of(old.text), words_of(" ".join(block.text for block in news))
    ops = word_ops(a, b, sums.cells)
    sums.add(a, b, ops)
    start = 0
    ends = [m for _, _, _, _, m in ops]
    for n, block in enumerate(news):
        words = words_of(block.text)
        end = start + len(words.keys)
        mine = list(_within(ops, bisect_left(ends, start), start, end, last=n == len(news) - 1))
        op = Op.KEEP if all(x[0] for x in mine) else Op.CHANGE
        runs = _runs(a, words, mine) if op is Op.CHANGE else (Run(RunOp.SAME, block.text),)
        links = link_changes(old, block)
        yield BlockChange(op, block.kind, pair.before, pair.after + n, runs, links, label=pair.fate)
        start = end


def _as_one(blocks: Sequence[Block]) -> Block:
    return replace(
        blocks[0],
        text=" ".join(b.text for b in blocks),
        key=" ".join(b.key for b in blocks),
        links=tuple(link for b in blocks for link in b.links),
    )


def _within(
    ops: Sequence[WordOp], first_op: int, start: int, end: int, *, last: bool
) -> Iterator[WordOp]:
    """The operations on the new words from start to end, counted from there; none ahead of the first one
    given is. What went stands with the words behind it, at the very end with those ahead."""
    for n in range(first_op, len(ops)):
        same, i, j, k, m = ops[n]
        if k > end:
            return
        if k == m:
            if start <= k < end or (last and k == end):
                yield same, i, j, k - start, k - start
            continue
        first, stop = max(k, start), min(m, end)
        if first >= stop:
            continue
        if j - i == m - k:  # word by word
            i, j = i + first - k, i + stop - k
        elif first > k:  # the old words stand in the piece before
            i = j
        yield same, i, j, first - start, stop - start


def _worded(pair: Pair, old: Block, new: Block, sums: _Sums) -> Iterator[BlockChange]:
    """A pair with other words: CHANGE or MOVE, or DROP and ADD where too little is left."""
    a, b = words_of(old.text), words_of(new.text)
    ops = word_ops(a, b, sums.cells)
    removed = sum(a.count(i, j) for same, i, j, _, _ in ops if not same)
    added = sum(b.count(k, m) for same, _, _, k, m in ops if not same)
    total_a, total_b = a.count(0, len(a.keys)), b.count(0, len(b.keys))
    if pair.fate == "pair" and removed + added > MOST_DIFFERENT * (total_a + total_b):
        sums.removed += total_a
        sums.added += total_b
        yield BlockChange(Op.DROP, old.kind, pair.before, None, (Run(RunOp.REMOVED, old.text),))
        yield BlockChange(Op.ADD, new.kind, None, pair.after, (Run(RunOp.ADDED, new.text),))
        return
    sums.add(a, b, ops)
    op = Op.MOVE if pair.fate == "move" else Op.CHANGE
    yield BlockChange(
        op, new.kind, pair.before, pair.after, _runs(a, b, ops), link_changes(old, new)
    )


def _runs(a: Words, b: Words, ops: Sequence[WordOp]) -> tuple[Run, ...]:
    """The operations as runs: SAME and ADDED join to the new text, SAME and REMOVED to the old one.

    White space goes with the word behind it; at the beginning of a text with the one ahead, or a
    text of which the beginning went would start with a space. Where the typography of common words
    differs it is the new one's.
    """
    out: list[Run] = []
    for same, i, j, k, m in ops:
        old, new = a.slice(i, j), b.slice(k, m)
        if not same:
            out += [Run(op, t) for op, t in ((RunOp.REMOVED, old), (RunOp.ADDED, new)) if t]
            continue
        lead = new[: len(new) - len(new.lstrip())]
        was = old[: len(old) - len(old.lstrip())]
        if lead and not was and out and out[-1].op is RunOp.ADDED:
            out[-1] = Run(RunOp.ADDED, out[-1].text + lead)
            new = new[len(lead) :]
        elif was and not lead and out and out[-1].op is RunOp.REMOVED:
            out[-1] = Run(RunOp.REMOVED, out[-1].text + was)
        if new:
            out.append(Run(RunOp.SAME, new))
    return tuple(out)
