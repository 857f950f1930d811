"""Does a page's head tell when its article was published, whatever its text says? Asked of its bytes, the page not parsed."""

from __future__ import annotations

import re

from ..tags import attributes, is_whole
from .dates import normal_date

#: Names of <meta> that tell it, those first whose word counts first (metadata.py).
PUBLISHED_META = (
    "article:published_time", "datepublished", "og:published_time", "article:published", "publish-date",
    "publish_date", "pubdate", "published_at", "parsely-pub-date", "sailthru.date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "date", "article.published",
    "cxenseparse:recs:publishtime", "rnews:datepublished",
)  # fmt: skip
#: And of those that tell when it was last changed.
MODIFIED_META = (
    "article:modified_time", "datemodified", "og:updated_time", "last-modified", "lastmod",
    "dcterms.modified", "dc.date.modified", "article:modified", "revised",
)  # fmt: skip
#: A head is no longer, and has no more tags.
_LONGEST, _MOST = 200_000, 400
#: What a head begins with and holds beside its <meta>: tags that hold no text, and elements whose text is no markup.
_EMPTY = frozenset((b"!doctype", b"html", b"head", b"link", b"meta", b"/head"))
_TEXTS = frozenset((b"title", b"style", b"script"))
#: Attributes by which a <meta> is named.
NAMED = ("property", "name", "itemprop", "http-equiv")
#: What a name or a value may be read as in more than one way: references, and what is no plain ASCII.
_ODD = re.compile(rb"[&\x00-\x08\x0b\x0e-\x1f\x7f-\xff]")
_NAME = re.compile(rb"[!/]?[A-Za-z][^\s/>]*")


def head_tells(body: bytes) -> bool:
    """Whether a <meta> of the page certainly tells a day of publication; False where there is anything in the
    head that parsers read in their own ways."""
    seen: set[str] = set()
    within = b""  #: the element whose text the pieces are
    first, *pieces = body[:_LONGEST].split(b"<", _MOST)
    if first.strip(b"\xef\xbb\xbf\t\n\r "):
        return False
    for piece in pieces:
        found = _NAME.match(piece)
        name = found[0].lower() if found else b""
        if piece.startswith(b"!--"):
            inner = piece[3:].rstrip()
            if within or inner.find(b"--") != len(inner) - 3 or not inner.endswith(b"-->"):
                return False  # it may end elsewhere
            continue
        if within and name != b"/" + within:
            continue
        tag, end, behind = piece.partition(b">")
        if not end or b"\0" in piece or not is_whole(tag):
            return False
        if within:
            within = b""
            if behind.strip():
                return False
        elif name in _TEXTS:
            if tag.endswith(b"/"):
                return False  # some parsers take it for empty
            within = name
        elif name not in _EMPTY or behind.strip():
            return False  # a text begins the body
        elif name == b"meta":
            if _ODD.search(tag):
                return False
            if _tells(tag, seen):
                return True
    return False


def _tells(tag: bytes, seen: set[str]) -> bool:
    """Whether a <meta> tells the day, and is the first of its name: those are added to what was seen."""
    has = {name.decode(): value.decode() for name, value in attributes(tag).items()}
    value = " ".join(has.get("content", "")[:2_000].split())  # as metadata.py has it
    names = {has[name].strip().lower() for name in NAMED if has.get(name)}
    if not has.get("content"):
        return False
    new = names - seen
    seen |= names
    return any(name in PUBLISHED_META for name in new) and bool(normal_date(value))
