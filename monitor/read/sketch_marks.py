"""What must stay of a piece of a page's noise, so that the page bears the same article?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .article import Article
from .article.dates import says_update
from .own import Own
from .pieces import DATE, Piece, bare, cut
from .still import LONGEST_BESIDE, asks_day, days_of, text_of
from .stretch import said
from .unlike import Side

#: What must stay of a piece. Its form; its text may be any that stood where the same is read of it. Or: what its text
#: would be read as, and its words but for numbers, in any order; that, and whether there is a date in it. Its text.
#: All of it.
MOVED, COUNTED, DATED, SAID, WHOLE = "01234"
#: Or its very bytes, in whichever of the places of one of these letters: to compare them takes a tenth of the time.
SHUFFLED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Asked:
    """What of a piece of the old page must stay as it is, for an article."""

    def __init__(self, known: Article, *, told: bool) -> None:
        self._whole = bare(text_of(known))
        self._days, self._told = days_of(known, told=told), told
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
        if (
            asks_day(side, start, self._own, told=self._told)
            or x.updated
            or (ahead and says_update(ahead))
        ):
            return SAID if x.dated else DATED
        return SAID if x.dated and x.day and x.day in self._days else COUNTED


def moved(
    found: Sequence[tuple[Piece, int, str]],
    differed: Sequence[tuple[int, bytes]],
    earlier: Mapping[int, str],
) -> list[str]:
    """The marks of pieces, those of texts that only change places among them: where all of one form would be
    read alike, and none came that was not there."""
    came = [cut(new) for _, new in differed]
    there = {y.spoken for y in came if not y.silent and y.form is not None}
    changed = {start for start, _ in differed}
    alike: dict[bytes, set[object]] = {}
    for x, _, mark in found:
        if mark in (COUNTED, DATED) and not x.silent:
            alike.setdefault(x.formed, set()).add((x.traits, mark, mark == DATED and x.dated))
    marks = []
    for x, start, mark in found:
        if mark not in (COUNTED, DATED) or x.silent:
            marks.append(mark)
            continue
        counts = earlier.get(start) in (COUNTED, DATED) or (
            start in changed and x.form is not None and x.spoken not in there
        )
        marks.append(MOVED if not counts and len(alike[x.formed]) == 1 else mark)
    return marks


def shuffled(
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
