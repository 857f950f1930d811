"""Which few passages of a Diff say what changed, and how much of each? For mails and the terminal.

The whole diff is `show/diff.py`'s; here a changed paragraph is cut down to its changed words and a
little round them. Order is the text's. Article words come out clean (`plain.one_line`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from ..read.compare import BlockChange, Diff, Op, Run, RunOp
from .plain import ELLIPSIS, cut, cut_front, one_line

#: Characters of unchanged words kept on either side of a change.
_ROUND = 60


class Passage(Struct, frozen=True):
    """One changed place. `label` is "cut", "added", "moved", "link" or "" for words changed inside."""

    label: str
    runs: tuple[Run, ...]
    context: str = ""  #: the end of the unchanged paragraph before it, "" at the beginning
    note: str = ""  #: where it moved, which link changed


def changed(block: BlockChange) -> bool:
    """Whether a block is a place to show: what moved counts once, at its new place."""
    if block.op is Op.KEEP:
        return bool(block.links)
    return block.op is not Op.MOVE or block.at_new_place


def pick(diff: Diff, *, most: int = 5, room: int = 600) -> tuple[tuple[Passage, ...], int]:
    """Up to `most` passages of at most about `room` characters each, and how many more there are."""
    found: list[Passage] = []
    more = 0
    before = ""
    for block in diff.blocks:
        if not changed(block):
            if block.op is Op.KEEP:
                before = _words(block)
        elif len(found) < most:
            found.append(passage(block, cut_front(one_line(before), min(90, room)), room))
        else:
            more += 1
    return tuple(found), more


def passage(block: BlockChange, context: str = "", room: int = 600) -> Passage:
    """One block as a passage."""
    note = "; ".join(
        f"link changed on “{one_line(x.text, 80)}”: {one_line(x.before, 160) or 'none'}"
        f" → {one_line(x.after, 160) or 'none'}"
        for x in block.links[:3]
    )
    if len(block.links) > 3:
        note += f"; and {len(block.links) - 3} more links"
    match block.op:
        case Op.DROP:
            runs = (Run(RunOp.REMOVED, one_line(_words(block), room)),)
            return Passage("cut", runs, context, note)
        case Op.ADD:
            return Passage(
                "added", (Run(RunOp.ADDED, one_line(_words(block), room)),), context, note
            )
        case Op.KEEP:
            return Passage("link", (Run(RunOp.SAME, one_line(_words(block), 120)),), "", note)
        case Op.MOVE:
            place = _moved(block)
            note = f"{place}; {note}" if note else place
            return Passage("moved", squeeze(parted(block.runs), room), "", note)
        case Op.CHANGE:
            label = "link" if note and all(r.op is RunOp.SAME for r in block.runs) else ""
            return Passage(
                label, squeeze(parted(block.runs), room), "" if block.runs else context, note
            )


def _words(block: BlockChange) -> str:
    return "".join(run.text for run in block.runs)


def _moved(block: BlockChange) -> str:
    if block.before_at is None or block.after_at is None:
        return "moved"
    return f"paragraph {block.before_at + 1} → {block.after_at + 1}"


def parted(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs with a space where a removed word and the one in its place would touch."""
    out: list[Run] = []
    for run in runs:
        last = out[-1] if out else None
        if last and {last.op, run.op} == {RunOp.REMOVED, RunOp.ADDED} and last.text and run.text:
            if not last.text[-1].isspace() and not run.text[0].isspace():
                out.append(Run(RunOp.SAME, " "))
        out.append(run)
    return tuple(out)


def squeeze(runs: Sequence[Run], room: int) -> tuple[Run, ...]:
    """The runs with unchanged words cut to what stands beside a change, in about `room` characters.

    A run keeps one space at an end where it had white space, so that the words still join.
    """
    kept: list[Run] = []
    left = room
    for i, run in enumerate(runs):
        text = _inner(run.text)
        first, last = i == 0, i == len(runs) - 1
        if run.op is not RunOp.SAME:
            text = cut(text, max(room // 2, 20))  # what went must not crowd out what came
        else:
            text = _round(text, keep_head=not first or last, keep_tail=not last or first)
        if len(text) > left:
            kept.append(Run(run.op, cut(text, max(left, 20))))
            if not last:
                kept.append(Run(RunOp.SAME, f" {ELLIPSIS}"))
            return tuple(kept)
        kept.append(Run(run.op, text))
        left -= len(text)
    return tuple(kept)


def _round(text: str, *, keep_head: bool, keep_tail: bool) -> str:
    """Unchanged words beside a change: the head after one, the tail before one, both between two."""
    if keep_head and keep_tail:
        if len(text) <= 2 * _ROUND + 20:
            return text
        return f"{cut(text, _ROUND)} {cut_front(text, _ROUND).removeprefix(ELLIPSIS)}"
    return cut(text, _ROUND + 20) if keep_head else cut_front(text, _ROUND + 20)


def _inner(text: str) -> str:
    """The words on one line, with one space at either end that had white space."""
    line = one_line(text)
    if not line:
        return " " if text else ""
    head = " " if re.match(r"\s", text) else ""
    tail = " " if re.search(r"\s\Z", text) else ""
    return f"{head}{line}{tail}"
