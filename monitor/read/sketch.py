"""A page in a few bytes, by which a later answer is known to bear the same article, neither page read again.

Noise comes where it came before: in the tokens, counters and teasers that a look found changed. What stands
between them is hashed as it is. Of each piece of a place of noise only that is hashed which `still` would
ask of it (read/still.py): what a reader makes of its tag, and, of a text that may change places, what it would
be read as and its words but for numbers. An answer of the same digest is one that `still` would pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from msgspec import Struct

from ..values import replace
from .article import Article
from .article.told import head_tells
from .pieces import Piece, cut
from .sketch_marks import DATED, MOVED, SAID, SHUFFLED, WHOLE, Asked, moved, shuffled
from .still import FAR
from .stretch import name_of
from .unlike import Side

#: Pieces of all places of noise; of a page with more the sketch is no shorter way.
MOST_PIECES = 400
#: And of tags, all of which are gone through once: a large page has a fifth of that.
MOST_TAGS = 50_000
#: A page whose noise comes elsewhere each time is compared each time: to make a sketch costs as much.
MOST_TIMES = 6
#: Places of noise nearer to each other than so many pieces are one; those that hold texts, farther apart. So many
#: pieces round several texts are of their place, and more where they are built as those are: the next look finds
#: other teasers where these stood, and those that happened to stand as before elsewhere.
NEAR, NEAR_TEXTS, AROUND, MOST_AROUND = 5, 24, 12, 60


class Sketch(Struct, frozen=True):
    """Where a page has its noise, and the digest of what of it is read."""

    places: tuple[tuple[int, int], ...]  #: (bytes ahead of it since the place before, pieces of it)
    marks: str  #: of each piece of them: MOVED, COUNTED, DATED, SAID, WHOLE or a letter of SHUFFLED
    rest: int  #: bytes behind the last of them
    digest: str
    times: int = 1  #: that one was made of this page, each with the noise of one look more


def sketch_of(
    before: bytes,
    known: Article,
    stretch: tuple[int, int],
    differed: Sequence[tuple[int, bytes]],
    was: Sketch | None = None,
) -> Sketch | None:
    """The sketch of a page of which `known` was read; None where more must be asked than a sketch tells.

    `differed` is what `noise` found of a later answer, `stretch` is where the article stands; of an earlier sketch
    of the same bytes the places of noise are taken along.
    """
    if known.selectors or "published_at" not in known.declared or not differed:
        return None
    times = 1 if was is None else was.times + 1
    if times > MOST_TIMES or before.count(b"<") > MOST_TAGS:
        return None
    if any(before[at : at + 1] not in (b"<", b"") for at in stretch):
        return None
    earlier = {} if was is None else _marks_of(before, was)
    sides = ((0, stretch[0], None), (stretch[1], len(before), FAR - len(known.blocks)))
    places: list[tuple[int, int]] = []
    found: list[tuple[Piece, int, str]] = []
    at = 0
    asked = Asked(known, told=head_tells(before))
    for first, last, lines in sides:
        side = Side(before[first:last], lines)
        here = [
            [s - first for s in some if first <= s <= last]
            for some in ([start for start, _ in differed], earlier)
        ]
        noisy = _places(before[first:last], *here)
        if len(found) + sum(len(pieces) for _, pieces in noisy) > MOST_PIECES:
            return None
        for start, pieces in noisy:
            places.append((first + start - at, len(pieces)))
            for piece in pieces:
                x = cut(piece)
                found.append((x, first + start, asked.mark(x, side, start)))
                start += len(piece) + 1
            at = first + start
    marks = shuffled(found, moved(found, differed, earlier), differed, earlier)
    sketch = Sketch(tuple(places), "".join(marks), len(before) - at, "", times)
    digest = _digest(sketch, before)
    return None if digest is None else replace(sketch, digest=digest)


def holds(sketch: Sketch, after: bytes) -> bool:
    """Whether a page certainly bears the article of the page of the sketch, unchanged."""
    return _digest(sketch, after) == sketch.digest


def _places(
    text: bytes, differed: Iterable[int], earlier: Iterable[int]
) -> list[tuple[int, list[bytes]]]:
    """(where it starts, its pieces) of each place of noise on one side of the article: round the pieces that
    differed, and of those of an earlier sketch."""
    pieces = text.split(b"<")
    at = {}
    place = 0
    for n, piece in enumerate(pieces):
        at[place] = n
        place += len(piece) + 1
    begins = list(at)
    spans: list[list[int]] = []  # first, last and last with a text of each, and how many have one
    for n in (at[s] for s in differed if s in at):
        worded = _has_text(pieces[n])
        if spans and (
            n - spans[-1][1] <= NEAR or (worded and spans[-1][3] and n - spans[-1][2] <= NEAR_TEXTS)
        ):
            spans[-1][1] = n
        else:
            spans.append([n, n, n, 0])
        if worded:
            spans[-1][2:] = n, spans[-1][3] + 1
    old = [(at[s], at[s] + 1) for s in earlier if s in at]
    new = [
        _around(pieces, first, last) if texts > 1 else (first, last + 1)
        for first, last, _, texts in spans
    ]
    places: list[list[int]] = []
    for first, end in sorted(old + new):
        if places and first <= places[-1][1]:
            places[-1][1] = max(end, places[-1][1])
        else:
            places.append([first, end])
    return [(begins[first], pieces[first:end]) for first, end in places]


def _around(pieces: Sequence[bytes], first: int, last: int) -> tuple[int, int]:
    """(the first, the one behind the last) of the pieces that are of the place of these."""
    names = {name_of(piece) for piece in pieces[first : last + 1]}

    def beside(others: Iterable[bytes]) -> int:
        """How many of the pieces on one side, from the nearest on."""
        like = enumerate(islice(others, MOST_AROUND))
        return sum(1 for _ in takewhile(lambda x: x[0] < AROUND or name_of(x[1]) in names, like))

    return first - beside(reversed(pieces[:first])), last + 1 + beside(pieces[last + 1 :])


def _has_text(piece: bytes) -> bool:
    found = cut(piece)
    return not found.silent and bool(found.said)


def _marks_of(body: bytes, sketch: Sketch) -> dict[int, str]:
    """The marks of the pieces of a sketch by where they start in the bytes that it was made of."""
    found: dict[int, str] = {}
    at, marks = 0, iter(sketch.marks)
    for ahead, count in sketch.places:
        at += ahead
        for _ in range(count):
            found[at] = next(marks)
            end = body.find(b"<", at)
            at = (len(body) if end < 0 else end) + 1
    return found


def _digest(sketch: Sketch, body: bytes) -> str | None:
    """The digest of what is read of a page that has its noise where the sketch has it; None where it has not."""
    if b"\x1b" in body:
        return None
    hashed, view = hashlib.sha256(), memoryview(body)
    shuffled: dict[str, list[bytes]] = {}
    moved: list[bytes] = []
    texts: list[str] = []
    at, marks = 0, iter(sketch.marks)
    for ahead, count in sketch.places:
        hashed.update(view[at : at + ahead])
        at += ahead
        for _ in range(count):
            if at > len(body):
                return None
            start, end = at, body.find(b"<", at)
            at = (len(body) if end < 0 else end) + 1
            mark = next(marks)
            if mark == WHOLE:
                hashed.update(view[start:at])  # with the "<" that ends it
                continue
            if mark in SHUFFLED:
                shuffled.setdefault(mark, []).append(body[start : at - 1])
                continue
            piece = cut(body[start : at - 1])
            if piece.form is None:
                return None
            if mark == SAID:
                hashed.update(piece.spoken)
            elif mark == MOVED or piece.silent:
                hashed.update(piece.formed)
                if not piece.silent:
                    moved.append(piece.spoken)
            else:
                hashed.update(piece.moved)
                hashed.update(b"1" if mark == DATED and piece.dated else b"0")
                texts.append(piece.masked)
    if len(body) - at != sketch.rest:
        return None
    hashed.update(view[at:])
    for group in shuffled.values():
        hashed.update(b"<".join(sorted(group)) + b"<")  # which no piece holds
    hashed.update(b"".join(sorted(moved)))
    hashed.update("\0".join(sorted(texts)).encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()
