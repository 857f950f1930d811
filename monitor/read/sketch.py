"""A page in a few bytes, by which a later answer is known to bear the same article, neither page read again.

Noise comes where it came before: in the tokens, counters and teasers that a look found changed. What stands
between them is hashed as it is. Of each piece of a place of noise only that is hashed which `still` would
ask of it (read/still.py): what a reader makes of its tag, and, of a text that may change places, what it would
be read as and its words but for numbers. An answer of the same digest is one that `still` would pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from ..values import replace
from .article import Article
from .article.dates import says_update
from .own import Own
from .pieces import DATE, Piece, bare, cut
from .still import FAR, LONGEST_BESIDE, days_of, text_of
from .stretch import said
from .unlike import Side

#: Pieces of all places of noise; of a page with more the sketch is no shorter way.
MOST_PIECES = 400
#: And of tags, all of which are gone through once: a large page has a fifth of that.
MOST_TAGS = 50_000
#: A page whose noise comes elsewhere each time is compared each time: to make a sketch costs as much.
MOST_TIMES = 6
#: Places of noise nearer to each other than so many pieces are one; those that hold texts, farther apart. So many
#: pieces round several texts are of their place: the next look finds other teasers where these stood.
NEAR, NEAR_TEXTS, AROUND = 5, 24, 12
#: What must stay of a piece. Its form; its text may be any that stood where the same is read of it. Or: what its text
#: would be read as, and its words but for numbers, in any order; that, and whether there is a date in it. Its text.
#: All of it.
MOVED, COUNTED, DATED, SAID, WHOLE = "01234"
#: Or its very bytes, in whichever of the places of one of these letters: to compare them takes a tenth of the time.
SHUFFLED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


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
    asked = _Asked(known)
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
    marks = _shuffled(found, _moved(found, differed, earlier), differed, earlier)
    sketch = Sketch(tuple(places), "".join(marks), len(before) - at, "", times)
    digest = _digest(sketch, before)
    return None if digest is None else replace(sketch, digest=digest)


def _moved(
    found: Sequence[tuple[Piece, int, str]],
    differed: Sequence[tuple[int, bytes]],
    earlier: Mapping[int, str],
) -> list[str]:
    """The marks of pieces, those of texts that only change places among them: where all of one form would be
    read alike, and none came that was not there."""
    there = {cut(new).spoken for _, new in differed if cut(new).form is not None}
    changed = {start for start, _ in differed}
    alike: dict[bytes, set[object]] = {}
    for x, _, mark in found:
        if mark in (COUNTED, DATED) and not x.silent:
            alike.setdefault(x.formed, set()).add((x.traits, mark, mark == DATED and x.dated))
    marks = []
    for x, start, mark in found:
        counts = earlier.get(start) in (COUNTED, DATED) or (
            start in changed and x.form is not None and x.spoken not in there
        )
        if mark in (COUNTED, DATED) and not x.silent and not counts:
            mark = MOVED if len(alike[x.formed]) == 1 else mark
        marks.append(mark)
    return marks


def _shuffled(
    found: Sequence[tuple[Piece, int, str]],
    marks: Sequence[str],
    differed: Sequence[tuple[int, bytes]],
    earlier: Mapping[int, str],
) -> list[str]:
    """The marks of pieces, those that only changed places with their like in every look so far among them."""
    now = dict(differed)
    groups: dict[tuple[object, ...], list[int]] = {}
    for n, ((x, *_), mark) in enumerate(zip(found, marks, strict=True)):
        if mark == SAID:
            groups.setdefault((mark, x.spoken), []).append(n)
        elif mark == MOVED and not x.silent:
            groups.setdefault((mark, x.formed), []).append(n)
        elif mark in (COUNTED, DATED) and not x.silent:
            groups.setdefault((COUNTED, x.moved, x.dated), []).append(n)
    made = list(marks)
    letters = iter(SHUFFLED)
    for group in groups.values():
        starts = [found[n][1] for n in group]
        was = [found[n][0].piece for n in group]
        if sorted(was) != sorted(now.get(s, x) for s, x in zip(starts, was, strict=True)):
            continue
        if any(earlier.get(start, SHUFFLED) not in SHUFFLED for start in starts):
            continue  # others came in an earlier look
        if now.keys().isdisjoint(starts) and any(
            made[n] in (COUNTED, DATED) and found[n][0].numbered for n in group
        ):
            continue  # a number will be another one day
        letter = next(letters, "")
        for n in group if letter else ():
            made[n] = letter
    return made


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
        (max(0, first - wide), min(len(pieces), last + wide + 1))
        for first, last, _, texts in spans
        for wide in [AROUND if texts > 1 else 0]
    ]
    places: list[list[int]] = []
    for first, end in sorted(old + new):
        if places and first <= places[-1][1]:
            places[-1][1] = max(end, places[-1][1])
        else:
            places.append([first, end])
    return [(begins[first], pieces[first:end]) for first, end in places]


def _has_text(piece: bytes) -> bool:
    found = cut(piece)
    return bool(found.said) and not found.silent


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


class _Asked:
    """What of a piece of the old page must stay as it is, for an article."""

    def __init__(self, known: Article) -> None:
        self._whole = bare(text_of(known))
        self._days = days_of(known) - {""}
        self._shown = bool(known.shown_at)
        self._own = Own(known)

    def mark(self, x: Piece, side: Side, start: int) -> str:
        """What may be another of the piece that starts there."""
        if x.form is None or (x.named and x.named in self._days):
            return WHOLE
        if x.tag == x.name and not x.text:
            return WHOLE  # as all its like
        if x.silent:
            return COUNTED
        if x.name == b"a" and x.said and x.said == self._own.title:
            return WHOLE  # a headline that leads home is the site's name
        if x.name in (b"title", b"h1"):
            return WHOLE
        if not x.said or x.bare in self._whole:
            return SAID
        if self._shown or self._own.may_be_in(x):
            return SAID
        before, after = side.line(start)
        if len(before) + len(x.text) + len(after) > LONGEST_BESIDE:
            return SAID
        ahead, behind = said(before) or "", said(after) or ""
        if DATE.search(ahead) or DATE.search(behind):
            return SAID  # a number may be one of it
        if not x.dated and (before or after) and DATE.search(said(before + x.text + after) or ""):
            return SAID
        if side.is_near(start) or x.updated or (ahead and says_update(ahead)):
            return SAID if x.dated else DATED
        return SAID if x.dated and x.day and x.day in self._days else COUNTED


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
        hashed.update(b"<".join(sorted(group)))
    hashed.update(b"".join(sorted(moved)))
    hashed.update("\0".join(sorted(texts)).encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()
