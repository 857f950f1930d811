"""A tag and the text behind it, as a page's bytes have them, and what readers may read of the two."""

from __future__ import annotations

import re
from hashlib import blake2b

from .article.dates import day_in, is_month, normal_date, says_update
from .article.labels import heads_others, is_byline, is_counter, is_date_line, is_label
from .article.notes import says_so
from .remembered import Once, remembered
from .scripts import said_by
from .stretch import name_of, parted, said
from .tags import NOTHING_READ, is_whole, read_of, unread

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f\u2009 ]\d+)*")
_QUOTES = re.compile("[\"'“”„‟«»‘’‚‹›]")
#: A year, a date of three numbers, or one that is written without marks; a time of day.
DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?<!\d)(?:19|20)\d{6}(?!\d)"
)
CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h時点시]\d{2}(?!\d)")
_DIGIT = re.compile(r"\d")
_DATETIME = re.compile(rb"""(?i)(?<=\bdatetime=)(?:"[^"]*"|'[^']*')""")
#: So much of a text is read for a day: more than of any line (article/dates.py), or marked element (article/metadata.py).
_LONGEST = 250
#: Attributes of so many bytes are gone through in a tenth of a second.
_LONGEST_TAG = 200_000
#: A name of what is written as JSON.
_NAMED = re.compile(rb'"\s*:')
#: What ends a comment, or makes it none; and what no comment ends in.
_END, _OPEN = re.compile(rb"--!?>|^!---?>"), b"!--"


#: Elements of which more is read, or less, than what names and attributes say.
_OTHERWISE = frozenset((b"script", b"style", b"meta", b"link", b"base", b"title", b"h1"))
_SILENT = frozenset((b"script", b"style"))
_NO_LABEL = (False,) * 6
#: WHATWG HTML 13.2.5.8, tag name state.
_BEHIND_A_NAME = frozenset((b"\t", b"\n", b"\f", b"\r", b" ", b"/", b">"))


def is_utf8(piece: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


class Piece:
    """A tag and the text behind it, as they are compared. Teasers stand on every page of a site: what was read
    of one is remembered."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.name = name_of(piece)
        marked = bool(self.name) or piece.startswith(b"!--")
        self.tag, self.text = parted(piece) if marked else (b"", piece)
        #: Whether its name goes on as parsers have it (`<title&x>`), or its tag does not end here, or is endless.
        self.odd = bool(self.name) and (
            piece[len(self.name) : len(self.name) + 1] not in _BEHIND_A_NAME
            or b">" not in piece
            or len(self.tag) > _LONGEST_TAG
        )
        #: A NUL is dropped before all else: what it parts is one name.
        self.utf8 = b"\0" not in piece and is_utf8(piece)
        #: Of a comment, what ends it: one that is left open takes in what stands behind. One that ends in an odd
        #: way, all of it: the text behind it is not parted from it.
        self.ends: list[bytes] = []
        if not self.name and marked:
            self.ends = _END.findall(piece) or [_OPEN]
            if self.ends[0] not in (_OPEN, b"-->"):
                self.ends = [piece]

    @Once
    def data(self) -> bool:
        """Whether it may be data with markup in them, cut where the page is, or in a comment, as old scripts have
        them; or the end of a comment with markup in it."""
        if not self.name and b"@type" in self.tag:
            return True
        text = self.text
        return (
            (b'"' in text and _NAMED.search(text) is not None) or b"-->" in text or b"--!>" in text
        )

    @Once
    def said(self) -> str | None:
        """The text in comparison form; None where it is not UTF-8."""
        return said(self.text)

    @Once
    def bare(self) -> str:
        return bare(self.said or "")

    @Once
    def masked(self) -> str:
        """The text without its numbers."""
        return masked(self.said or "")

    @Once
    def numbered(self) -> bool:
        """Whether there is a digit in the text, or it is the name of a month: it may be a part of a date."""
        text = self.said or ""
        return _DIGIT.search(text) is not None or is_month(text.strip(" .,").lower())

    @Once
    def dated(self) -> bool:
        """Whether the text may tell a day."""
        return DATE.search(self.said or "") is not None

    @Once
    def day(self) -> str:
        return day_in((self.said or "")[:_LONGEST])

    @Once
    def updated(self) -> bool:
        return says_update((self.said or "")[:_LONGEST])

    @Once
    def label(self) -> tuple[bool, ...]:
        """What the text would be read as where it is a line: a text that is left out of an article, whatever
        stands in its place, or a note."""
        text = self.said
        if not text:
            return _NO_LABEL
        numbered = self.numbered  # neither a counter nor a date is without a number
        return (
            is_byline(text),
            numbered and is_counter(text),
            numbered and is_date_line(text),
            is_label(text),
            heads_others(text),
            says_so(text),
        )

    @Once
    def whole(self) -> bool:
        """Whether all that is quoted in the tag ends in it."""
        return is_whole(self.tag)

    @Once
    def read(self) -> tuple[object, ...]:
        """What is read of the tag's attributes."""
        return NOTHING_READ if self.tag == self.name else read_of(self.name, self.tag)

    @Once
    def time(self) -> tuple[tuple[object, ...], list[str]]:
        """Of a <time>: what is read of it without the day it names, and that."""
        days = [_day_of(d) for d in _DATETIME.findall(self.tag)]
        return read_of(self.name, _DATETIME.sub(b"x", self.tag)), days

    @Once
    def kind(self) -> tuple[object, ...] | None:
        """All that a reader makes of it but for its text, and for the day of a <time>; None where there is more to
        be asked of it than that."""
        if not self.name or self.name in _OTHERWISE or self.odd or self.ends:
            return None
        if self.data or not self.utf8 or not self.whole:
            return None
        if self.name != b"time":
            return self.name, self.read
        bare, days = self.time
        return (self.name, bare) if len(days) == 1 and days[0] else None

    @Once
    def silent(self) -> bool:
        """Whether its text is nobody's."""
        return self.name in _SILENT

    @Once
    def form(self) -> tuple[object, ...] | None:
        """As `kind`, of all pieces of which so much can be said: two of one form are alike but for their texts."""
        if self.kind is not None:
            return self.kind
        if not self.utf8 or (self.name and (self.odd or not self.whole)):
            return None
        if self.name == b"script":
            return said_by(self.tag, self.text)
        if self.name == b"style":
            return (self.name,)
        if self.data:
            return None
        if not self.name:
            return b"", self.ends
        alike = unread(self.name, self.tag, self.tag)
        if alike is None:
            return self.name, b"all", self.read
        return (self.name,) if alike else None

    @Once
    def formed(self) -> bytes:
        """A digest of its form."""
        return _digest(self.form)

    @Once
    def spoken(self) -> bytes:
        """A digest of its form and its text."""
        return _digest(self.form, self.said)

    @Once
    def moved(self) -> bytes:
        """A digest of its form, and of what its text would be read as wherever it stands."""
        return _digest(self.form, *self.traits)

    @Once
    def traits(self) -> tuple[object, ...]:
        """What its text would be read as, and whether it tells a day, and a change, beside a date."""
        dated = self.dated
        return self.label, dated and bool(self.day), dated and self.updated

    @Once
    def named(self) -> str:
        """The day of a <time> that names one; "" for any other."""
        return self.time[1][0][:10] if self.name == b"time" and len(self.time[1]) == 1 else ""


#: Longer pieces, scripts most of them, are no teasers. Nor are scripts, comments, <meta> and <input>, where each
#: look finds another token.
_TEASER = 2_000
_ANEW = frozenset((b"sc", b"!-", b"me", b"in"))


_remembered = remembered(2_000_000)(Piece)


def cut(piece: bytes) -> Piece:
    """A piece of markup, cut at each "<", as it is compared."""
    found = _remembered.find(piece)
    if found is not None:
        return found
    if len(piece) > _TEASER or piece[:2].lower() in _ANEW:
        return Piece(piece)
    return _remembered(piece)


def masked(text: str) -> str:
    """The text without its numbers."""
    return _NUMBER.sub("#", text)


def bare(text: str) -> str:
    """The text without quotation marks, which are folded by what stands beside them."""
    if text.isascii():
        return text.replace('"', "").replace("'", "")
    return _QUOTES.sub("", text)


def _digest(*what: object) -> bytes:
    return blake2b(repr(what).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _day_of(value: bytes) -> str:
    return normal_date(value.decode("ascii", "replace").strip("\"'"))
