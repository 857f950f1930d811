"""Is the known article still in a page whose bytes changed, asked without reading the page anew?

The bytes of the last good look and of this one are cut at every tag and compared side by side. Where
all that differs is markup nobody reads (nonces, tokens, image addresses, scripts) or text beside the
article that only changed its place or its numbers (teasers, counters), the article is untouched. A
doubt is a "no": the page is then parsed and its article extracted (read/page.py).
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from operator import ne

from .article import Article
from .article.dates import LONGEST_LINE, day_in, says_update
from .article.normal import key
from .pieces import CLOCK, DATE, Piece, bare, cut, is_utf8
from .scripts import same_script
from .stretch import name_of, parted, said, stretch_of
from .tags import names_of, unread

#: More pieces that differ, and the full reading is as cheap.
MOST_PIECES = 1_500
#: Articles shorter than this (characters of keys) are read in full: their words stand anywhere.
LEAST_ARTICLE = 200

#: Moments in scripts and attributes, which are looked for where no date is declared.
_MOMENT = re.compile(rb"(?<!\d)(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?(?!\d)")
#: Byte order marks of UTF-16: its pages are not cut at "<" as others are.
_WIDE = (b"\xff\xfe", b"\xfe\xff")
#: Lines between the headline and what is read for no date or name beside it (article/metadata.py, byline.py).
_FAR = 12
#: Pieces round a text in which the rest of its line may stand, and elements that end no line.
_NEAR = 8
_INLINE = frozenset(
    b"a abbr b bdi cite em font i label mark small span strong sub sup time u".split()
)


def still(
    before: bytes, after: bytes, known: Article, stretch: tuple[int, int] | None = None
) -> bool:
    """Whether `after` certainly bears the article that was read from `before`, unchanged.

    `known` is what was read from `before`; `stretch` is `stretch_of` the two, worked out here where it is not
    given. True is a promise that reading both in full finds the same article; False promises nothing.
    """
    text = _text_of(known)
    if len(text) < LEAST_ARTICLE:
        return False
    if before[:2] in _WIDE or b"\x1b" in before or b"\x1b" in after or b"<base" in before.lower():
        return False
    stretch = stretch or stretch_of(before, known)
    if stretch is None:
        return False
    own = before[slice(*stretch)]
    at = after.find(own)
    if at < 0:
        return False
    ahead = _pairs(before[: stretch[0]], after[:at])
    behind = _pairs(before[stretch[1] :], after[at + len(own) :], len(known.blocks))
    if ahead is None or behind is None or len(ahead) + len(behind) > MOST_PIECES:
        return False
    return _says_nothing([*ahead, *behind], known, text)


#: Of a piece that differs: (all pieces and which of them it is, whether any day in it may be read as the
#: article's; the piece as it was, and as it is).
_Pair = tuple[tuple[list[bytes], int], bool, bytes, bytes]


def _pairs(old: bytes, new: bytes, lines: int | None = None) -> list[_Pair] | None:
    """The pieces that differ; None where there are not as many. `lines` are those of the article that stand
    ahead of all; None where that is not known. A day not far behind the headline may be the article's."""
    before, after = old.split(b"<"), new.split(b"<")
    if len(before) != len(after):
        return None
    far = len(before) if lines is None else _after(before, _FAR - lines)
    unlike = compress(range(len(before)), map(ne, before, after))
    return [((before, n), n < far, before[n], after[n]) for n in unlike]


def _after(pieces: list[bytes], lines: int) -> int:
    """The first piece behind so many lines."""
    for n, piece in enumerate(pieces):
        if lines <= 0:
            return n
        name = name_of(piece)
        lines -= bool(name) and name.lstrip(b"/") not in _INLINE and bool(parted(piece)[1].strip())
    return len(pieces)


def _line(pieces: list[bytes], n: int) -> tuple[bytes, bytes]:
    """What stands ahead of the n-th piece's text in its line, and behind it."""
    first, last = n, n + 1
    while first > 0 and n - first < _NEAR and _goes_on(pieces[first]):
        first -= 1
    while last < len(pieces) and last - n <= _NEAR and _goes_on(pieces[last]):
        last += 1
    texts = [parted(p)[1] for p in pieces[first:last]]
    return b" ".join(texts[: n - first]), b" ".join(texts[n - first + 1 :])


def _goes_on(piece: bytes) -> bool:
    """Whether a piece stands in the line of the one before it."""
    return name_of(piece).lstrip(b"/") in _INLINE


def _says_nothing(pairs: list[_Pair], known: Article, text: str) -> bool:
    """Whether pieces beside the article's stretch differ in nothing that is read of it: markup, numbers, and
    texts that only changed places. `text` is all that was read of it."""
    whole = bare(text)
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    own = [name for name in map(key, (known.title, *known.byline.split(", "))) if name]
    dated = "published_at" in known.declared
    for place, near, old, new in pairs:
        x, y = cut(old), cut(new)
        if x.name != y.name or x.ends != y.ends or not (is_utf8(old) and is_utf8(new)):
            return False
        if not dated and _MOMENT.findall(old) != _MOMENT.findall(new):
            return False  # one is guessed
        if x.name and (x.odd or y.odd or not (x.whole and y.whole)):
            return False  # it takes in what stands behind
        if x.name == b"script":
            if not same_script(old, new):
                return False
            continue
        if x.name == b"style":
            continue
        if x.data or y.data:
            return False
        if x.name and x.tag != y.tag and not _same_tag(x, y, known):
            return False
        if x.text == y.text:
            continue
        if x.said is None or y.said is None or x.name in (b"title", b"h1"):
            return False
        if x.said == y.said:
            continue
        if x.label != y.label:
            return False
        if (x.said and x.bare in whole) or any(o in x.said or o in y.said for o in own):
            return False
        if _tells_day(place, near, x, y, known):
            return False
        lost[x.masked] += 1
        gained[y.masked] += 1
    return lost == gained


def _same_tag(x: Piece, y: Piece, known: Article) -> bool:
    """Whether two tags of one name say the same of the article."""
    if known.selectors and names_of(x.tag) != names_of(y.tag):
        return False
    if x.name == b"a" and x.said and x.said == key(known.title):
        return False  # a headline that leads home is the site's name
    alike = unread(x.name, x.tag, y.tag)
    return (x.read == y.read if alike is None else alike) or _other_day(x, y, known)


def _tells_day(
    place: tuple[list[bytes], int], near: bool, x: Piece, y: Piece, known: Article
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
        ahead, behind = (said(t) or "" for t in _line(*place))
        if not DATE.search(ahead) and not DATE.search(behind):
            return False
        days = {day_in(f"{ahead} {text} {behind}") for text in texts}
        return len(days) > 1  # a number of one
    if near or "published_at" not in known.declared or known.shown_at:
        return True
    if bool(x.day) != bool(y.day) or (x.day and x.day in _days(known)):
        return True
    before = _line(*place)[0]
    return x.updated or y.updated or (bool(before) and says_update(said(before) or ""))


def _text_of(known: Article) -> str:
    """All that was read of the article, as one text of keys."""
    parts = [key(known.title), key(known.byline), key(known.published_at), key(known.modified_at)]
    return "\n".join([*parts, *(b.key for b in known.blocks), *(n.key for n in known.notes)])


def _other_day(x: Piece, y: Piece, known: Article) -> bool:
    """Whether two tags are <time> of two days, and neither day is read as one of the article's.

    Which <time> is read as the publication's goes by where it stands and how it is marked, not by its day
    (article/metadata.py): where the one in this place was not it, the other is not.
    """
    if x.name != b"time" or "published_at" not in known.declared:
        return False
    (bare_x, days_x), (bare_y, days_y) = x.time, y.time
    if bare_x != bare_y or len(days_x) != 1 or len(days_y) != 1:
        return False
    return bool(days_x[0] and days_y[0]) and days_x[0][:10] not in _days(known)


def _days(known: Article) -> set[str]:
    """The days the article bears."""
    return {d[:10] for d in (known.published_at, known.modified_at, known.shown_at)}
