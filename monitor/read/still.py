"""Is the known article still in a page whose bytes changed, asked without reading the page anew?

The bytes of the last good look and of this one are cut at every tag and compared side by side. Where
all that differs is markup nobody reads (nonces, tokens, image addresses, scripts) or text beside the
article that only changed its place or its numbers (teasers, counters), the article is untouched. A
doubt is a "no": the page is then parsed and its article extracted (read/page.py).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from .article import Article
from .article.dates import LONGEST_LINE, day_in, normal_date, says_update
from .article.normal import key
from .remembered import remembered
from .scripts import same_script
from .stretch import name_of, parted, said, stretch_of

#: More pieces that differ, and the full reading is as cheap.
MOST_PIECES = 1_500
#: Articles shorter than this (characters of keys) are read in full: their words stand anywhere.
LEAST_ARTICLE = 200

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f\u2009 ]\d+)*")
#: A year, or a date of three numbers.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
#: Byte order marks of UTF-16: its pages are not cut at "<" as others are.
_WIDE = (b"\xff\xfe", b"\xfe\xff")
#: Lines between the headline and what is read for no date or name beside it (article/metadata.py, byline.py).
_FAR = 12
#: Pieces ahead of a text in which a label of it may stand, and elements that end no line.
_NEAR = 8
_INLINE = frozenset(
    b"a abbr b bdi cite em font i label mark small span strong sub sup time u".split()
)
_QUOTES = re.compile("[\"'“”„‟«»‘’‚‹›]")
#: What of <meta> is read: titles, authors, dates, robots, refresh, language.
_READ = re.compile(
    rb"(?i)title|author|creator|byline|date|time|modif|publish|updat|issued|robots|googlebot|refresh"
    rb"|charset|content-type|lang|og:type|description|parsely|sailthru|dc\."
)
_HREF = re.compile(rb"""(?is)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_CONTENT = re.compile(rb"""(?is)\b(?:content|datetime)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""")
_DATETIME = re.compile(rb"""(?i)(?<=\bdatetime=)(?:"[^"]*"|'[^']*')""")
_LANGUAGE = re.compile(rb"(?i)\b(?:xml:)?lang\s*=\s*[\"']?([\w-]*)")
#: Attributes that hide what stands in an element.
_HIDING = re.compile(
    rb"(?i)\bhidden\b[^\s>]*|(?:display|visibility)\s*:[^;\"'>]*|aria-hidden[^\s>]*|\bopen\b"
    rb"|itemprop[^\s>]*|\brel=[^\s>]*|\bcontent=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)|data-cf[^\s>]*"
    rb"|\b(?:title|datetime)=\s*(?:\"[^\"]*\"|'[^']*')|author|byline|fn\b"
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
    return _says_nothing([*ahead, *behind], known, _bare(text))


def _pairs(
    old: bytes, new: bytes, lines: int | None = None
) -> list[tuple[bytes | None, bytes, bytes]] | None:
    """(what of its line stands ahead, old, new) of the pieces that differ; None where there are not as many.
    `lines` are those of the article that stand ahead of all; where a line is not far behind the headline, or
    it is not known, None stands in its place: any day in it may be read as the article's."""
    before, after = old.split(b"<"), new.split(b"<")
    if len(before) != len(after):
        return None
    far = len(before) if lines is None else _after(before, _FAR - lines)
    return [
        (_ahead(before, n) if n >= far else None, x, y)
        for n, (x, y) in enumerate(zip(before, after, strict=True))
        if x != y
    ]


def _after(pieces: list[bytes], lines: int) -> int:
    """The first piece behind so many lines."""
    for n, piece in enumerate(pieces):
        if lines <= 0:
            return n
        name = name_of(piece)
        lines -= bool(name) and name.lstrip(b"/") not in _INLINE and bool(parted(piece)[1].strip())
    return len(pieces)


def _ahead(pieces: list[bytes], n: int) -> bytes:
    """The text of a line that stands before its n-th piece."""
    found: list[bytes] = []
    while n > 0 and len(found) < _NEAR and name_of(pieces[n]).lstrip(b"/") in _INLINE:
        n -= 1
        found.append(parted(pieces[n])[1])
    return b" ".join(found[::-1])


def _says_nothing(
    pairs: list[tuple[bytes | None, bytes, bytes]], known: Article, bare: str
) -> bool:
    """Whether pieces beside the article's stretch differ in nothing that is read of it: markup, numbers, and
    texts that only changed places."""
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    for ahead, old, new in pairs:
        x, y = _cut(old), _cut(new)
        if x.name != y.name:
            return False
        if x.name == b"script":
            if not same_script(old, new):
                return False
            continue
        if x.name == b"style":
            continue
        if x.name and x.tag != y.tag and not _same_tag(x, y, known):
            return False
        if x.text == y.text:
            continue
        if x.said is None or y.said is None or x.name == b"title":
            return False
        if x.said == y.said:
            continue
        if (x.said and x.bare in bare) or _tells_day(ahead, x, y, known):
            return False
        lost[x.masked] += 1
        gained[y.masked] += 1
    return lost == gained


class _Piece:
    """A tag and the text behind it, as they are compared. Teasers stand on every page of a site: what was read
    of one is remembered."""

    def __init__(self, piece: bytes) -> None:
        self.name = name_of(piece)
        marked = bool(self.name) or piece.startswith(b"!--")
        self.tag, self.text = parted(piece) if marked else (b"", piece)

    @cached_property
    def said(self) -> str | None:
        """The text in comparison form; None where it is not UTF-8."""
        return said(self.text)

    @cached_property
    def bare(self) -> str:
        return _bare(self.said or "")

    @cached_property
    def masked(self) -> str:
        """The text without its numbers."""
        return _NUMBER.sub("#", self.said or "")

    @cached_property
    def dated(self) -> bool:
        """Whether the text may tell a day."""
        return _DATE.search(self.said or "") is not None

    @cached_property
    def day(self) -> str:
        return day_in(self.said or "")

    @cached_property
    def updated(self) -> bool:
        return says_update(self.said or "")

    @cached_property
    def hiding(self) -> list[bytes]:
        """What of the tag says that it is hidden, or whose it is; where a link leads says nothing of that."""
        return _HIDING.findall(_HREF.sub(b"", self.tag) if self.name == b"a" else self.tag)

    @cached_property
    def time(self) -> tuple[bytes, list[str]]:
        """Of a <time>: its tag without the day it names, and that."""
        days = [_day_of(d) for d in _DATETIME.findall(self.tag)]
        return _DATETIME.sub(b"", self.tag), days


#: Longer pieces, scripts most of them, are no teasers.
_TEASER = 2_000


_remembered = remembered(1_000_000)(_Piece)


def _cut(piece: bytes) -> _Piece:
    return _remembered(piece) if len(piece) <= _TEASER else _Piece(piece)


def _same_tag(x: _Piece, y: _Piece, known: Article) -> bool:
    """Whether two tags of one name say the same of the article."""
    if x.name == b"a":
        return x.hiding == y.hiding
    return _unread(x, y) or _other_day(x, y, known)


def _tells_day(ahead: bytes | None, x: _Piece, y: _Piece, known: Article) -> bool:
    """Whether texts that changed places may be read as a date of the article: one is, or could be by a label
    of the last change."""
    short = min(len(x.said or ""), len(y.said or "")) <= LONGEST_LINE
    if not short or not (x.dated or y.dated):
        return False
    if ahead is None or "published_at" not in known.declared or known.shown_at:
        return True
    if bool(x.day) != bool(y.day) or (x.day and x.day in _days(known)):
        return True
    return x.updated or y.updated or says_update(ahead.decode("utf-8", "replace"))


def _bare(text: str) -> str:
    """The text without quotation marks, which are folded by what stands beside them."""
    return _QUOTES.sub("", text)


def _text_of(known: Article) -> str:
    """All that was read of the article, as one text of keys."""
    parts = [key(known.title), key(known.byline), key(known.published_at), key(known.modified_at)]
    return "\n".join([*parts, *(b.key for b in known.blocks), *(n.key for n in known.notes)])


def _unread(a: _Piece, b: _Piece) -> bool:
    """Whether two tags of one name differ in nothing that is read."""
    name, x, y = a.name, a.tag, b.tag
    if name == b"base":
        return False
    if name in (b"meta", b"time"):
        if name == b"meta" and not _READ.search(x) and not _READ.search(y):
            return True
        return _CONTENT.findall(x) == _CONTENT.findall(y)
    if name == b"link":
        canonical = b"canonical" in x.lower() or b"canonical" in y.lower()
        return not canonical or _HREF.findall(x) == _HREF.findall(y)
    if name in (b"html", b"body") and _LANGUAGE.findall(x) != _LANGUAGE.findall(y):
        return False
    return a.hiding == b.hiding


def _other_day(x: _Piece, y: _Piece, known: Article) -> bool:
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


def _day_of(value: bytes) -> str:
    return normal_date(value.decode("ascii", "replace").strip("\"'"))
