"""How is a Diff drawn? Which blocks are folded away, what each changed one is called, how sides pair.

One drawing for every place that shows a whole diff; mails and the terminal take a few passages of the
same value (passages.py). Knows no HTML: templates write the words and escape them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ..read.article import Article
from ..read.compare import BlockChange, Diff, Op, Run, RunOp
from ..units import shown_number
from ..values import replace
from .divided import NOUNS, divided
from .fields import Field, fields
from .folds import MOST, ROOM, Line, Part, parts
from .said import dates_changed

#: What stands at the new place of each move, by (before, after).
_Twins = Mapping[tuple[int | None, int | None], BlockChange]


class Drawing(Struct, frozen=True):
    """All that a diff page shows of two versions."""

    parts: tuple[Part, ...]
    fields: tuple[Field, ...]
    words: str  #: `−43 +12 words`; "" where no word changed
    blocks: str  #: `1 paragraph cut, 1 moved`
    gone: str  #: `43 of 1,213 words gone`
    same: str  #: `94 % the same`
    warnings: tuple[str, ...]
    more: int = 0  #: changed blocks that are not drawn
    first: str = ""  #: id of the first changed block

    @property
    def cut(self) -> bool:
        """Whether anything is left out."""
        return bool(self.more) or any(
            part.out or any(line.out for line in part.lines) for part in self.parts
        )


def draw(
    before: Article, after: Article, diff: Diff, *, most: int = MOST, room: int | None = ROOM
) -> Drawing:
    """The drawing of a diff; at most `most` changed blocks of it, in `room` bytes of page; None for all."""
    twins = {
        (b.before_at, b.after_at): b for b in diff.blocks if b.op is Op.MOVE and b.at_new_place
    }
    called = divided(diff.blocks)
    lines = _numbered(
        _line(b, twins, called.get(b.after_at, "") if b.label and b.after_at is not None else "")
        for b in diff.blocks
    )
    found, more = parts(lines, most=most, room=room)
    words = [
        shown_number(-diff.words_removed) if diff.words_removed else "",
        f"+{shown_number(diff.words_added)}" if diff.words_added else "",
    ]
    said = " ".join(w for w in words if w)
    gone = ""
    if diff.words_removed and diff.words_before:
        gone = f"{shown_number(diff.words_removed)} of {shown_number(diff.words_before)} {diff.unit} gone"
    return Drawing(
        parts=tuple(found),
        fields=fields(before, after, diff),
        words=f"{said} {diff.unit}" if said else "",
        blocks=_counted(diff.blocks),
        gone=gone,
        same=f"{int(diff.similarity * 100)} % the same",
        warnings=(*_read_otherwise(before, after), *dates_changed(diff)),
        more=more,
        first=next((line.id for line in lines if line.id), ""),
    )


def _read_otherwise(before: Article, after: Article) -> tuple[str, ...]:
    """What is to be said of two versions that other rules of the config were read by."""
    if before.selectors == after.selectors:
        return ()
    return (
        "The config had other `content` or `ignore` rules when one of these was read: what differs may"
        " be ours, not theirs.",
    )


def _line(block: BlockChange, twins: _Twins, called: str) -> Line:
    noun = NOUNS[block.kind]
    base = Line("keep", block.kind.value, "", "", block.runs, links=block.links)
    old, new = side(block.runs, RunOp.REMOVED), side(block.runs, RunOp.ADDED)
    match block.op:
        case Op.KEEP:
            if block.links:
                label = "Link changed" if len(block.links) == 1 else "Links changed"
                label = f"{called}; {label.lower()}" if called else label
                return replace(base, look="link", sign="±", label=label, left=old, right=new)
            if called:
                return replace(base, look="divided", sign="¶", label=called, left=old, right=new)
            return replace(base, left=old, right=new)
        case Op.ADD:
            plain = _plainly(block.runs)
            return replace(
                base, look="add", sign="+", label=f"Added {noun}", runs=plain, right=plain
            )
        case Op.DROP:
            plain = _plainly(block.runs)
            return replace(
                base,
                look="drop",
                sign="\N{MINUS SIGN}",
                label=f"Cut {noun}",
                runs=plain,
                left=plain,
            )
        case Op.CHANGE:
            return replace(base, look="change", sign="±", label=called, left=old, right=new)
        case Op.MOVE:
            return _moved(base, block, twins)


def _moved(base: Line, block: BlockChange, twins: _Twins) -> Line:
    place = (block.before_at, block.after_at)
    note = ""
    if block.before_at is not None and block.after_at is not None:
        note = f"moved from paragraph {block.before_at + 1} to {block.after_at + 1}"
    line = replace(base, look="moved", sign="↪", note=note, other=f"move-{place[0]}-{place[1]}")
    if block.at_new_place:
        edited = any(run.op is not RunOp.SAME for run in block.runs)
        label = "Moved here, with changes" if edited else "Moved here, unchanged"
        return replace(line, label=label, right=side(block.runs, RunOp.ADDED))
    twin = twins.get(place)
    old = side(twin.runs, RunOp.REMOVED) if twin else None
    return replace(line, label="Moved away from here", runs=(), left=old)


def side(runs: Sequence[Run], mine: RunOp) -> tuple[Run, ...]:
    """The runs of one side: what stayed, and what went (REMOVED) or came (ADDED)."""
    return tuple(run for run in runs if run.op in (RunOp.SAME, mine))


def _plainly(runs: Sequence[Run]) -> tuple[Run, ...]:
    # The block's label says it all; its words are not struck, since they are what one came to read.
    return tuple(replace(run, op=RunOp.SAME) for run in runs)


def _numbered(lines: Iterator[Line]) -> list[Line]:
    """Ids for the changed blocks, links to the next one, and to the other end of a move."""
    found = list(lines)
    ids = [f"change-{n}" for n in range(1, sum(line.changed for line in found) + 1)]
    named: list[Line] = []
    at = 0
    for line in found:
        if line.changed:
            after = ids[at + 1] if at + 1 < len(ids) else ""
            line = replace(line, id=ids[at], next=after)
            at += 1
        named.append(line)
    ends: dict[str, list[str]] = {}
    for line in named:
        if line.other:
            ends.setdefault(line.other, []).append(line.id)
    return [
        replace(line, other=next((i for i in ends[line.other] if i != line.id), ""))
        if line.other
        else line
        for line in named
    ]


def _counted(blocks: Sequence[BlockChange]) -> str:
    """`1 paragraph cut, 2 added, 1 changed, 1 moved, 1 split`: the noun with the first of them."""
    counts = [
        (sum(b.op is Op.DROP for b in blocks), "cut"),
        (sum(b.op is Op.ADD for b in blocks), "added"),
        (sum(b.op is Op.CHANGE for b in blocks), "changed"),
        (sum(b.op is Op.MOVE and b.at_new_place for b in blocks), "moved"),
        (len({b.before_at for b in blocks if b.label == "split"}), "split"),
        (sum(b.label == "joined" for b in blocks), "joined"),
    ]
    said: list[str] = []
    for n, word in counts:
        if n:
            noun = "" if said else ("paragraph " if n == 1 else "paragraphs ")
            said.append(f"{shown_number(n)} {noun}{word}")
    links = sum(len(b.links) for b in blocks)
    if links:
        said.append(f"{shown_number(links)} link{'' if links == 1 else 's'} changed")
    return ", ".join(said)
