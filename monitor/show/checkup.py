"""What `doctor` found, and how it is written: a line each, with the command that mends it. Pure.

Three levels: in order; a note (what we work round, what mends itself, what is theirs and not ours); and
what the reader can mend, which alone makes the exit code 1.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from ..config import masked as hide
from ..values import replace
from .plain import one_line
from .terminal import in_ascii

#: In the order they are shown.
GROUPS = (
    "config",
    "database",
    "mail and channels",
    "network and clock",
    "sites and sources",
    "posts",
    "schedule",
    "disk",
    "backups",
    "program",
)
#: Characters of a sentence: an error of a server may be a page long.
_MOST = 600


class Level(StrEnum):
    """How much it matters."""

    OK = "ok"
    NOTE = "note"
    MEND = "mend"  #: the reader can, and should


_GLYPHS = {Level.OK: "[✓]", Level.NOTE: "[note]", Level.MEND: "[!]"}
_ASCII = _GLYPHS | {Level.OK: "[ok]"}
_TONES = {Level.OK: "32", Level.NOTE: "2", Level.MEND: "31"}
_INDENT = " " * 9


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    group: str  #: one of GROUPS
    level: Level
    what: str  #: one sentence, without a full stop
    mend: str = ""  #: a command, or what to do

    def as_dict(self) -> dict[str, Any]:
        """Its JSON: every key, always."""
        return {
            "group": self.group,
            "level": self.level.value,
            "what": one_line(self.what, _MOST),
            "mend": one_line(self.mend, _MOST) or None,
        }


def masked(findings: Iterable[Finding], secrets: Iterable[str]) -> list[Finding]:
    """The findings with each of these texts as ***, whoever repeated it to us."""
    hidden = tuple(secrets)
    return [replace(f, what=hide(f.what, hidden), mend=hide(f.mend, hidden)) for f in findings]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By group; within one, in the order they were found."""
    return sorted(findings, key=lambda f: GROUPS.index(f.group))


def drawn(
    findings: Sequence[Finding],
    *,
    colour: bool = False,
    unicode: bool = True,
    width: int = 0,
) -> str:
    """The findings under their groups, wrapped to `width`; 0: each on one line of its own, its group
    first, as programs read them."""
    lines: list[str] = []
    group = ""
    for f in in_order(findings):
        if not width:
            mend = f"; mend: {one_line(f.mend, _MOST)}" if f.mend else ""
            lines.append(f"{_mark(f, unicode, False)} {f.group}: {one_line(f.what, _MOST)}{mend}")
            continue
        if f.group != group:
            group = f.group
            lines += [*([""] if lines else []), f"\x1b[1m{group}\x1b[0m" if colour else group]
        pad = " " * max(1, len(_INDENT) - 2 - len(_mark(f, unicode, False)))
        lines += _wrapped(f"  {_mark(f, unicode, colour)}{pad}", one_line(f.what, _MOST), width)
        if f.mend:
            lines += _wrapped(f"{_INDENT}mend: ", one_line(f.mend, _MOST), width)
    text = "\n".join(lines)
    return text if unicode else in_ascii(text)


def verdict(findings: Sequence[Finding]) -> str:
    """The last line: how much there is to mend."""
    many = sum(f.level is Level.MEND for f in findings)
    notes = sum(f.level is Level.NOTE for f in findings)
    said = "1 thing to mend" if many == 1 else f"{many} things to mend"
    noted = "" if not notes else ", 1 note" if notes == 1 else f", {notes} notes"
    return (said if many else "Nothing to mend") + noted + "."


def _mark(f: Finding, unicode: bool, colour: bool) -> str:
    glyph = (_GLYPHS if unicode else _ASCII)[f.level]
    return f"\x1b[{_TONES[f.level]}m{glyph}\x1b[0m" if colour else glyph


def _wrapped(first: str, text: str, width: int) -> list[str]:
    # Commands are to be copied: a word is never broken, nor at a hyphen.
    room = max(20, width - len(_INDENT))
    parts = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{first}{parts[0]}", *(f"{_INDENT}{p}" for p in parts[1:])]
