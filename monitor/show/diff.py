"""How is a Diff drawn? Which blocks are folded away, what each changed one is called, how sides pair.

One drawing for every place that shows a whole diff; mails and the terminal take a few passages of the
same value (passages.py). Knows no HTML: templates write the words and escape them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..read.article import Article, BlockKind
from ..read.compare import BlockChange, Diff, LinkChange, Op, Run, RunOp
from ..units import shown_number
from .fields import Field, fields
from .said import dates_changed

#: Unchanged blocks left beside a change, and the fewest a fold may hide.
CONTEXT = 1
FOLD_AT_LEAST = 2
#: Changed blocks drawn before the rest is only counted.
MOST = 400
#: And bytes of page that they may take, side by side with all their marks: a page stays under 200 kB.
ROOM = 158_000  # estimated so: within a fifth of what was measured on six kinds of edits
#: What a line and a marked run take beside their words, in bytes.
_LINE, _RUN = 250, 40

_NOUNS = {
    BlockKind.PARAGRAPH: "paragraph",
    BlockKind.HEADING: "heading",
    BlockKind.ITEM: "list item",
    BlockKind.QUOTE: "quote",
    BlockKind.ROW: "table row",
    BlockKind.CODE: "code",
    BlockKind.CAPTION: "caption",
}

#: What stands at the new place of each move, by (before, after).
_Twins = Mapping[tuple[int | None, int | None], BlockChange]


@dataclass(frozen=True, slots=True)
class Line:
    """One block as drawn. `look` is keep, add, drop, change, moved or link: its tint and bar."""

    look: str
    kind: str
    sign: str  #: "+", "−", "±", "↪" or ""
    label: str  #: `Cut paragraph`; "" for words changed inside one
    runs: tuple[Run, ...]
    id: str = ""  #: of a changed block: the place to link to
    next: str = ""  #: id of the changed block after it
    note: str = ""  #: `moved from paragraph 4 to 11`
    other: str = ""  #: id of the other end of a move
    links: tuple[LinkChange, ...] = ()
    left: tuple[Run, ...] | None = None  #: side by side; None where there is nothing
    right: tuple[Run, ...] | None = None

    @property
    def changed(self) -> bool:
        """Whether it is a change, not what stands round one."""
        return self.look != "keep"


@dataclass(frozen=True, slots=True)
class Part:
    """Lines drawn open, or folded away under `said`."""

    lines: tuple[Line, ...]
    said: str = ""

    @property
    def folded(self) -> bool:
        """Whether a fold hides them."""
        return bool(self.said)


@dataclass(frozen=True, slots=True)
class Drawing:
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


def draw(before: Article, after: Article, diff: Diff, *, most: int = MOST) -> Drawing:
    """The drawing of a diff; at most `most` changed blocks of it."""
    twins = {
        (b.before_at, b.after_at): b for b in diff.blocks if b.op is Op.MOVE and b.at_new_place
    }
    lines = _numbered(_line(block, twins) for block in diff.blocks)
    lines, more = _first(lines, min(most, _fitting(lines)))
    words = [
        shown_number(-diff.words_removed) if diff.words_removed else "",
        f"+{shown_number(diff.words_added)}" if diff.words_added else "",
    ]
    said = " ".join(w for w in words if w)
    gone = ""
    if diff.words_removed and diff.words_before:
        gone = f"{shown_number(diff.words_removed)} of {shown_number(diff.words_before)} words gone"
    return Drawing(
        parts=tuple(_folded(lines)),
        fields=fields(before, after, diff),
        words=f"{said} words" if said else "",
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


def _line(block: BlockChange, twins: _Twins) -> Line:
    noun = _NOUNS[block.kind]
    base = Line("keep", block.kind.value, "", "", block.runs, links=block.links)
    old, new = side(block.runs, RunOp.REMOVED), side(block.runs, RunOp.ADDED)
    match block.op:
        case Op.KEEP:
            if not block.links:
                return replace(base, left=old, right=new)
            label = "Link changed" if len(block.links) == 1 else "Links changed"
            return replace(base, look="link", sign="±", label=label, left=old, right=new)
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
            label = {
                "split": f"{noun.capitalize()} split",
                "joined": f"{noun.capitalize()}s joined",
            }.get(block.label, "")
            return replace(base, look="change", sign="±", label=label, left=old, right=new)
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


def _fitting(lines: list[Line]) -> int:
    """How many changed lines the page has room for, one at the least."""
    spent, fit = 0, 0
    for line in lines:
        words = sum(len(run.text.encode("utf-8", "replace")) for run in line.runs)
        marked = sum(run.op is not RunOp.SAME for run in line.runs)
        spent += _LINE + int(1.6 * words) + _RUN * marked
        if line.changed:
            if spent > ROOM and fit:
                return fit
            fit += 1
    return fit


def _first(lines: list[Line], most: int) -> tuple[list[Line], int]:
    """The lines up to the `most`-th changed one with its context, and how many changed ones are left."""
    changed = [i for i, line in enumerate(lines) if line.changed]
    if len(changed) <= most:
        return lines, 0
    kept = lines[: changed[most]]
    drawn = {line.id for line in kept}
    return [
        replace(
            line,
            next=line.next if line.next in drawn else "",
            other=line.other if line.other in drawn else "",
        )
        for line in kept
    ], len(changed) - most


def _folded(lines: Sequence[Line]) -> Iterator[Part]:
    stretches = [(k, tuple(g)) for k, g in groupby(lines, key=lambda line: line.changed)]
    for i, (changed, stretch) in enumerate(stretches):
        head = 0 if i == 0 else CONTEXT
        tail = 0 if i == len(stretches) - 1 else CONTEXT
        hidden = stretch[head : len(stretch) - tail]
        if changed or len(hidden) < FOLD_AT_LEAST or len(stretches) == 1:
            yield Part(stretch)
            continue
        if head:
            yield Part(stretch[:head])
        yield Part(hidden, f"{shown_number(len(hidden))} unchanged {_plural(hidden)}")
        if tail:
            yield Part(stretch[len(stretch) - tail :])


def _plural(lines: Sequence[Line]) -> str:
    return "paragraphs" if any(x.kind == BlockKind.PARAGRAPH.value for x in lines) else "blocks"


def _counted(blocks: Sequence[BlockChange]) -> str:
    """`1 paragraph cut, 2 added, 1 changed, 1 moved`: the noun with the first of them."""
    counts = [
        (sum(b.op is Op.DROP for b in blocks), "cut"),
        (sum(b.op is Op.ADD for b in blocks), "added"),
        (sum(b.op is Op.CHANGE for b in blocks), "changed"),
        (sum(b.op is Op.MOVE and b.at_new_place for b in blocks), "moved"),
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
