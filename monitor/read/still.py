"""Is the known article still in a page whose bytes changed, asked without reading the page anew?

The bytes of the last good look and of this one are cut at every tag and compared side by side. Where
all that differs is markup nobody reads (nonces, tokens, image addresses, scripts) or text beside the
article that only changed its place or its numbers (teasers, counters), the article is untouched. A
doubt is a "no": the page is then parsed and its article extracted (read/page.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from .article import Article
from .article.dates import LONGEST_LINE, day_in, says_update, updated_in
from .article.normal import key
from .article.told import head_tells
from .own import Own
from .pieces import CLOCK, DATE, Piece, bare, cut
from .scripts import same_script
from .stretch import said, stretch_of
from .tags import names_of, unread
from .unlike import Side, unlike

#: More pieces that differ, and the full reading is as cheap.
MOST_PIECES = 1_500
#: Articles shorter than this (characters of keys) are read in full: their words stand anywhere.
LEAST_ARTICLE = 200

#: Of a longer line, in bytes, and of more numbers it is not asked which day they may be of: no usual page has them,
#: and one that is made for it would take seconds.
LONGEST_BESIDE, MOST_NUMBERS = 1_000, 200

#: Moments in scripts and attributes, which are looked for where no date is declared.
_MOMENT = re.compile(rb"(?<!\d)(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?(?!\d)")
_BASE = re.compile(rb"<[bB][aA][sS][eE]")
#: Byte order marks of UTF-16: its pages are not cut at "<" as others are.
_WIDE = (b"\xff\xfe", b"\xfe\xff")
#: Lines between the headline and what is read for no date or name beside it (article/metadata.py, byline.py).
FAR = 12


def still(
    before: bytes, after: bytes, known: Article, stretch: tuple[int, int] | None = None
) -> bool:
    """Whether `after` certainly bears the article that was read from `before`, unchanged.

    `known` is what was read from `before`; `stretch` is `stretch_of` the two, worked out here where it is not
    given. True is a promise that reading both in full finds the same article; False promises nothing. The promise is not
    kept where teasers change places of which a reader takes a name or a day for the article's own: that is noise
    too (docs/decisions/0009).
    """
    return noise(before, after, known, stretch) is not None


def noise(
    before: bytes, after: bytes, known: Article, stretch: tuple[int, int] | None = None
) -> list[tuple[int, bytes]] | None:
    """(where in `before` it starts, as it is now) of each piece that differs, if `still` says so of the two; None
    else."""
    text = text_of(known)
    if len(text) < LEAST_ARTICLE or is_read_otherwise(before, after):
        return None
    stretch = stretch or stretch_of(before, known)
    if stretch is None:
        return None
    own = before[slice(*stretch)]
    at = stretch[0]
    if not after.startswith(own, at):
        at = after.find(own)
    if at < 0:
        return None
    pairs = pairs_beside(before, after, known, stretch, (at, at + len(own)))
    if pairs is None or not says_nothing(pairs, known, text, told=head_tells(before)):
        return None
    return [(start + (0 if side.is_ahead else stretch[1]), new) for side, start, _, new in pairs]


#: Of a piece that differs: (the side of the article it stands on, where it starts there, the piece as it was, as it
#: is).
Pair = tuple[Side, int, bytes, bytes]


def pairs_beside(
    before: bytes, after: bytes, known: Article, was: tuple[int, int], now: tuple[int, int]
) -> list[Pair] | None:
    """The pieces that differ on both sides of an article, which `was` there and is `now` here; None where the sides are
    not of as many pieces, or too many differ."""
    pairs: list[Pair] = []
    for lines, old, new in (
        (None, before[: was[0]], after[: now[0]]),
        (FAR - len(known.blocks), before[was[1] :], after[now[1] :]),
    ):
        found = unlike(old, new, MOST_PIECES - len(pairs))
        if found is None:
            return None
        side = Side(old, lines)
        pairs += [(side, *one) for one in found]
    return pairs


def is_read_otherwise(before: bytes, after: bytes) -> bool:
    """Whether pages are not read as they are cut here, or their links by another address than their own."""
    if before[:2] in _WIDE or b"\x1b" in before or b"\x1b" in after:
        return True
    return _BASE.search(before) is not None


def says_nothing(pairs: list[Pair], known: Article, text: str, *, told: bool) -> bool:
    """Whether pieces beside the article's stretch differ in nothing that is read of it: markup, numbers, and
    texts that only changed places. `text` is all that was read of it; `told`, whether its day of publication is by
    the page's head: no text is asked for it then."""
    whole = ""
    numbered = 0
    lost: list[str] = []
    gained: list[str] = []
    own = Own(known)
    days = days_of(known, told=told)
    usual = "published_at" in known.declared and not known.selectors
    for side, start, old, new in pairs:
        x, y = cut(old), cut(new)
        if not usual or x.kind is None or x.kind != y.kind or (x.named and x.named in days):
            apart = _apart(x, y, old, new, known, days)
            if apart:
                return False
            if apart is None:
                continue
        elif x.name == b"a" and x.tag != y.tag and x.said and x.said == own.title:
            return False  # a headline that leads home is the site's name
        if x.text == y.text or x.said == y.said:
            continue
        if x.label != y.label or own.is_in(x) or own.is_in(y):
            return False
        whole = whole or bare(text)
        if x.said and x.bare in whole:
            return False
        if x.numbered or y.numbered:
            numbered += 1
            if numbered > MOST_NUMBERS or _tells_day(side, start, x, y, known, own, told=told):
                return False
        lost.append(x.masked)
        gained.append(y.masked)
    return Counter(lost) == Counter(gained)


def _apart(
    x: Piece, y: Piece, old: bytes, new: bytes, known: Article, days: Collection[str]
) -> bool | None:
    """Whether two pieces differ, but for their texts, in what may be read of the article; None where they do
    not, whatever their texts are."""
    if x.name != y.name or x.ends != y.ends or not (x.utf8 and y.utf8):
        return True
    if "published_at" not in known.declared and _MOMENT.findall(old) != _MOMENT.findall(new):
        return True  # one is guessed
    if x.name and (x.odd or y.odd or not (x.whole and y.whole)):
        return True  # it takes in what stands behind
    if x.name == b"script":
        return None if same_script(old, new) else True
    if x.name == b"style":
        return None
    if x.data or y.data:
        return True
    if x.name and x.tag != y.tag and not _same_tag(x, y, known, days):
        return True
    if x.text == y.text:
        return None
    return x.said is None or y.said is None or x.name in (b"title", b"h1")


def _same_tag(x: Piece, y: Piece, known: Article, days: Collection[str]) -> bool:
    """Whether two tags of one name say the same of the article."""
    if known.selectors and names_of(x.tag) != names_of(y.tag):
        return False
    if x.name == b"a" and x.said and x.said == key(known.title):
        return False  # a headline that leads home is the site's name
    alike = unread(x.name, x.tag, y.tag)
    return (x.read == y.read if alike is None else alike) or _other_day(x, y, known, days)


def asks_day(side: Side, start: int, own: Own, *, told: bool) -> bool:
    """Whether a date in the piece that starts there may be read as that of the publication, or a name beside it as
    the author's: near the headline both are. Where the page's head tells the day, names are asked for; and none behind
    the article, if the author's is not there."""
    if not side.is_near(start):
        return False
    return not told or side.is_ahead or own.is_beside(side)


def _tells_day(
    side: Side, start: int, x: Piece, y: Piece, known: Article, own: Own, *, told: bool
) -> bool:
    """Whether texts that differ may be read as a date of the article: one is, or could be by a label of the
    last change."""
    if min(len(x.said or ""), len(y.said or "")) > LONGEST_LINE:
        return False
    texts = (x.said or "", y.said or "")
    if not (x.dated or y.dated):
        if not x.numbered and not y.numbered:
            return False
        if known.shown_at and any(map(CLOCK.search, texts)):
            return True
        ahead, behind = side.line(start)
        if not ahead.strip() and not behind.strip():
            return False
        if max(len(x.text), len(y.text)) + len(ahead) + len(behind) > LONGEST_BESIDE:
            return True
        lines = [said(ahead + piece.text + behind) or "" for piece in (x, y)]
        if not any(map(DATE.search, lines)):
            return False
        days = {(day_in(line), updated_in(line, known.language)) for line in lines}
        return len(days) > 1  # a number of one
    if "published_at" not in known.declared or known.shown_at:
        return True
    if asks_day(side, start, own, told=told):
        return True
    if bool(x.day) != bool(y.day) or (x.day and x.day in days_of(known, told=told)):
        return True
    before = side.line(start)[0]
    if x.updated or y.updated or len(before) > LONGEST_BESIDE:
        return True
    return bool(before) and says_update(said(before) or "")


def text_of(known: Article) -> str:
    """All that was read of the article, as one text of keys."""
    parts = [key(known.title), key(known.byline), key(known.published_at), key(known.modified_at)]
    return "\n".join([*parts, *(b.key for b in known.blocks), *(n.key for n in known.notes)])


def _other_day(x: Piece, y: Piece, known: Article, days: Collection[str]) -> bool:
    """Whether two tags are <time> of two days, and neither day is read as one of the article's, `days`.

    Which <time> is read as the publication's goes by where it stands and how it is marked, not by its day
    (article/metadata.py): where the one in this place was not it, the other is not.
    """
    if x.name != b"time" or "published_at" not in known.declared:
        return False
    (bare_x, days_x), (bare_y, days_y) = x.time, y.time
    if bare_x != bare_y or len(days_x) != 1 or len(days_y) != 1:
        return False
    return bool(days_x[0] and days_y[0]) and days_x[0][:10] not in days


def days_of(known: Article, *, told: bool) -> set[str]:
    """The days the article bears that may have been read of the page's text: with `told` not that of its
    publication."""
    days = (
        (known.modified_at, known.shown_at)
        if told
        else (known.published_at, known.modified_at, known.shown_at)
    )
    return {day[:10] for day in days} - {""}
