"""In which pieces do two texts of markup differ? Both are cut at each "<", and only where their bytes are not alike.

Of a page whose tokens and teasers are others, most bytes are as they were: they are passed over in long steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from .stretch import name_of, parted, said

#: Bytes that are compared at once, at first, and pieces in a row that are alike before more are: a teaser's parts
#: mostly stand nearer to each other.
_STEP, _IN_A_ROW = 128, 4
#: Bytes of a dozen lines and all that stands among them; of more it is not asked what they say.
_LONGEST_NEAR = 50_000
#: Elements of which no text is a line's, and cells: those of a row are one line.
_NO_LINES = frozenset(
    b"script style template noscript svg select option datalist textarea iframe object title".split()
)
_CELLS = frozenset((b"td", b"th"))
#: Pieces round a text in which the rest of its line may stand, and what ends no line: such elements, those of a
#: site's own making, and comments, by which scripts part the words that they put together.
_NEAR = 8
_INLINE = re.compile(
    rb"(?i)!--|/?(?:(?:a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|output|q|s|samp|small|"
    rb"span|strike|strong|sub|sup|time|tt|u|var|wbr)(?![A-Za-z0-9:-])|(?!amp-)[a-z][a-z0-9]*-)"
)


class Side:
    """What stands on one side of an article, as it was. Near the headline are so many of its lines; all of it, for
    None."""

    def __init__(self, text: bytes, lines: int | None) -> None:
        self._text, self._lines = text, lines
        self.is_ahead = lines is None

    def is_near(self, start: int) -> bool:
        """Whether the piece that starts there stands within so many lines."""
        return self._lines is None or start < self._far

    @cached_property
    def near_text(self) -> str | None:
        """What is said within so many lines, in comparison form and without spaces; None where that cannot be told."""
        text = self._text if self._lines is None else self._text[: self._far]
        if len(text) > _LONGEST_NEAR:
            return None
        found = [said(parted(piece)[1] if name_of(piece) else piece) for _, piece in _pieces(text)]
        if None in found:
            return None
        return "".join("".join(one or "" for one in found).split())

    @cached_property
    def _far(self) -> int:
        """Where the first piece starts that stands behind so many lines."""
        lines, start = self._lines or 0, 0
        in_row = False  #: a cell of this row has been counted
        for start, piece in _pieces(self._text):
            if lines <= 0:
                return start
            name = name_of(piece)
            if name == b"tr":
                in_row = False
            if not name or name in _NO_LINES or _goes_on(piece) or not parted(piece)[1].strip():
                continue
            lines -= not (in_row and name in _CELLS)
            in_row = in_row or name in _CELLS
        return len(self._text) + 1

    def line(self, start: int) -> tuple[bytes, bytes]:
        """What stands ahead of the text of the piece that starts there in its line, and behind it, as it is written."""
        text = self._text
        end = text.find(b"<", start)
        end = len(text) if end < 0 else end
        ahead: list[bytes] = []
        piece, at = text[start:end], start
        while at and len(ahead) < _NEAR and _goes_on(piece):
            before = at - 1
            at = text.rfind(b"<", 0, before) + 1
            piece = text[at:before]
            ahead.append(parted(piece)[1])
        behind: list[bytes] = []
        while end < len(text) and len(behind) < _NEAR:
            at = end + 1
            end = text.find(b"<", at)
            end = len(text) if end < 0 else end
            piece = text[at:end]
            if not _goes_on(piece):
                break
            behind.append(parted(piece)[1])
        return b"".join(reversed(ahead)), b"".join(behind)


def _pieces(text: bytes) -> Iterator[tuple[int, bytes]]:
    """(where it starts, the piece) of each."""
    start = 0
    while True:
        end = text.find(b"<", start)
        if end < 0:
            yield start, text[start:]
            return
        yield start, text[start:end]
        start = end + 1


def lines_of(page: bytes) -> list[str]:
    """The texts of a page, in comparison form, much as readers part them into lines: those that nothing shows, too."""
    found: list[str] = []
    line: list[bytes] = []
    for _, piece in (*_pieces(page), (0, b"p>")):
        if not _goes_on(piece):
            text = said(b"".join(line))
            found += [text] if text else []
            line = []
        name = name_of(piece)
        if name not in _NO_LINES:
            line.append(parted(piece)[1] if name or piece.startswith(b"!--") else piece)
    return found


def _goes_on(piece: bytes) -> bool:
    """Whether a piece stands in the line of the one before it."""
    return _INLINE.match(piece) is not None


def unlike(old: bytes, new: bytes, most: int) -> list[tuple[int, bytes, bytes]] | None:
    """(where it starts in the old text, the piece as it was, as it is) of each piece that differs; None where the
    two are not of as many pieces, or more than so many differ."""
    found: list[tuple[int, bytes, bytes]] = []
    start = at = 0  #: of a piece, in the old text and in the new one
    while True:
        alike = _alike(old, start, new, at)
        # From the start of the piece in which they part.
        back = old.rfind(b"<", start, start + alike) + 1
        if back:
            start, at = back, at + back - start
        row = 0
        while row < _IN_A_ROW:
            end, stop = old.find(b"<", start), new.find(b"<", at)
            x = old[start:end] if end >= 0 else old[start:]
            y = new[at:stop] if stop >= 0 else new[at:]
            row += 1
            if x != y:
                row = 0
                found.append((start, x, y))
                if len(found) > most:
                    return None
            if end < 0 or stop < 0:
                return found if end == stop else None
            start, at = end + 1, stop + 1


def _alike(old: bytes, start: int, new: bytes, at: int) -> int:
    """A number of bytes that are alike from there on: all of them, but for less than the shortest step."""
    most = min(len(old) - start, len(new) - at)
    count, step = 0, _STEP
    while step >= _STEP:
        last = min(count + step, most)
        if old[start + count : start + last] == new[at + count : at + last]:
            if last == most:
                return most
            count, step = last, 2 * step
        else:
            step //= 4
    return count
