"""What of a diff does a page hold, and what of it is folded away or left out? Lines become parts.

A page stays under 200 kB: changes come first, then what stands round them, then unchanged text as far as there
is room. What is left out is counted, and the whole diff has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from ..read.article import BlockKind
from ..read.article.normal import count_words
from ..read.compare import LinkChange, Run, RunOp
from ..units import shown_number
from ..values import replace
from .excerpt import escaped
from .plain import ELLIPSIS, cut, cut_front

#: Unchanged blocks left beside a change, and the fewest a fold may hide.
CONTEXT = 1
FOLD_AT_LEAST = 2
#: Changed blocks drawn before the rest is only counted.
MOST = 400
#: Bytes of page that all lines may take, side by side with all their marks; what else stands on it takes 20,000
#: at the most where all is as long as it may be.
ROOM = 170_000
#: Bytes of one side of a changed line, of an unchanged one, and the characters of unchanged words beside a change
#: in a longer one.
LONGEST, CALM, BESIDE = 30_000, 9_000, 1_500
#: What a line, a marked run and a changed link take beside their words, in bytes, measured.
_LINE, _RUN, _LINK = 420, 45, 140
#: Links of a line that are named.
LINKS = 20


class Line(Struct, frozen=True):
    """One block as drawn. `look` is keep, add, drop, change, moved, divided or link: its tint and bar."""

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
    out: int = 0  #: words of it that are left out

    @property
    def changed(self) -> bool:
        """Whether it is a change, not what stands round one."""
        return self.look != "keep"


class Part(Struct, frozen=True):
    """Lines drawn open, or folded away under `said`; where `out`, they are not there at all."""

    lines: tuple[Line, ...]
    said: str = ""
    out: bool = False

    @property
    def folded(self) -> bool:
        """Whether a fold hides them."""
        return bool(self.said) and not self.out


def parts(
    lines: Sequence[Line], *, most: int = MOST, room: int | None = ROOM
) -> tuple[list[Part], int]:
    """The lines as parts, and how many changed ones are not drawn. `room` is in bytes of page; None for
    all there is, whatever `most` says."""
    if room is None:
        return list(_folded(lines)), 0
    short = [_shortened(line) for line in lines]
    fit, left = _fitting(short, most, room)
    kept, more = _first(short, fit)
    return list(_held(list(_folded(kept)), left)), more


def _fitting(lines: Sequence[Line], most: int, room: int) -> tuple[int, int]:
    """How many changed lines there is room for with what stands beside them, one at the least, and how
    much room is left then."""
    changed = [i for i, line in enumerate(lines) if line.changed]
    fit, drawn = 0, -1
    for i, end in zip(changed, [*changed[1:], len(lines)], strict=False):
        # What is no fold is drawn open, so it counts here.
        start = i - CONTEXT if i - CONTEXT - drawn - 1 >= FOLD_AT_LEAST else drawn + 1
        after = i + CONTEXT if end - i - 1 - CONTEXT >= FOLD_AT_LEAST else end - 1
        cost = sum(_cost(line) for line in lines[start : after + 1])
        if fit and (fit == most or cost > room):
            break
        fit, room, drawn = fit + 1, room - cost, after
    return fit, max(room, 0)


def _first(lines: Sequence[Line], most: int) -> tuple[Sequence[Line], int]:
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


def _held(found: Sequence[Part], room: int) -> Iterator[Part]:
    """The parts, but for unchanged lines that there is no room for."""
    for part in found:
        if not part.folded and len(found) > 1:
            yield part  # counted among what stands beside a change
            continue
        fit = 0
        for line in part.lines:
            room -= _cost(line)
            if room < 0 and not line.changed:
                break
            fit += 1
        rest = part.lines[fit:]
        if not rest:
            yield part
            continue
        if fit < FOLD_AT_LEAST:
            fit, rest = 0, part.lines
        else:
            yield Part(part.lines[:fit], _unchanged(part.lines[:fit]) if part.folded else "")
        yield Part((), _unchanged(rest, " more" if fit else ""), out=True)


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
        yield Part(hidden, _unchanged(hidden))
        if tail:
            yield Part(stretch[len(stretch) - tail :])


def _unchanged(lines: Sequence[Line], more: str = "") -> str:
    noun = (
        "paragraph" if any(x.kind == BlockKind.PARAGRAPH.value for x in lines) else "block"
    ) + "s"
    return f"{shown_number(len(lines))}{more} unchanged {noun if len(lines) > 1 else noun[:-1]}"


def _cost(line: Line) -> int:
    """Bytes of page that a line takes, in the view in which it takes more: side by side, where a change is
    written whole into its first column, for narrow screens."""
    first = line.runs if line.look == "change" else line.left
    sides = sum(_size(side) for side in (first, line.right) if side)
    links = sum(_LINK + escaped(f"{x.text}{x.before}{x.after}") for x in line.links[:LINKS])
    return _LINE + max(_size(line.runs), sides) + links


def _size(runs: Sequence[Run]) -> int:
    marked = sum(run.op is not RunOp.SAME for run in runs)
    return _RUN * marked + sum(escaped(run.text) for run in runs)


def _shortened(line: Line) -> Line:
    """The line with no more words than a page can bear of one; how many are left out."""
    room = LONGEST if line.changed else CALM
    runs, out = _within(line.runs, room)
    left, from_left = _within(line.left or (), room)
    right, from_right = _within(line.right or (), room)
    out = max(out, from_left, from_right)
    if not out:
        return line
    return replace(
        line,
        runs=runs,
        left=None if line.left is None else left,
        right=None if line.right is None else right,
        out=out,
    )


def _within(runs: tuple[Run, ...], room: int) -> tuple[tuple[Run, ...], int]:
    """The runs in so many bytes, and how many words are left out: unchanged ones away from a change first,
    then what comes last."""
    if _size(runs) <= room:
        return runs, 0
    found = list[Run]()
    for i, run in enumerate(runs):
        beside = (BESIDE if i else 0, BESIDE if i < len(runs) - 1 else 0)
        text = run.text
        if run.op is RunOp.SAME and len(runs) > 1 and len(text) > sum(beside) + 200:
            text = _ends(text, *beside)
        if (size := _size([Run(run.op, text)])) > room:
            text = cut(text, max(room * len(text) // size, 20))
        found.append(Run(run.op, text))
        room -= size
        if room <= 0:
            break
    before, after = (count_words(" ".join(r.text for r in some)) for some in (runs, found))
    return tuple(found), max(before - after, 1)


def _ends(text: str, head: int, tail: int) -> str:
    """So many characters of either end."""
    end = cut_front(text, tail).removeprefix(ELLIPSIS) if tail else ""
    return f"{cut(text, head) if head else ELLIPSIS} {end}"
