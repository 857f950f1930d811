"""What do readers read of a tag's attributes? Asked of its bytes, the page not parsed.

Names that a build made (`css-1f2a`) say nothing, and where a link leads is nobody's text beside the article.
What hides an element, what calls it furniture, an author or a date, is read.
"""

from __future__ import annotations

import re

from .article.places import HIDDEN_CLASS, named, words_of

_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_ATTRIBUTE = re.compile(rb"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
#: Attributes whose value is read as it stands, of any element.
_READ = frozenset(
    b"hidden aria-hidden aria-modal open itemprop itemtype role rel content title datetime pubdate "
    b"data-cfemail".split()
)
#: The language is that of the document alone.
_LANGUAGE = frozenset((b"lang", b"xml:lang"))
_DOCUMENT = frozenset((b"html", b"body"))
#: Whose values are read in parts.
_TAKEN_APART = (b"class", b"id", b"style")
_STYLE = re.compile(rb"(?i)(?:display|visibility)\s*:[^;]*")
#: Longer names are not read word by word.
_LONGEST = 500
#: Words of a class by which authors and dates are found (article/byline.py, article/metadata.py).
_TELLING = frozenset(
    "author byline name fn link vcard title published pubdate posted updated modified date dateline "
    "timestamp datetime fecha datum".split()
)


#: What of <meta> is read: titles, authors, dates, robots, refresh, language.
_META = (
    b"title", b"author", b"creator", b"byline", b"date", b"time", b"modif", b"publish", b"updat", b"issued", b"robots",
    b"googlebot", b"refresh", b"charset", b"content-type", b"lang", b"locale", b"og:type", b"description", b"parsely",
    b"sailthru", b"dc.", b"dcterms", b"lastmod", b"revised", b"site_name", b"application-name",
)  # fmt: skip


def is_whole(tag: bytes) -> bool:
    """Whether all that is quoted in a tag ends in it: a quotation left open takes in what stands behind."""
    rest = _QUOTED.sub(b"", tag)
    return b'"' not in rest and b"'" not in rest


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """The attributes of a tag, names in lower case; of several of one name the first, as parsers have it."""
    found: dict[bytes, bytes] = {}
    names = _ATTRIBUTE.finditer(tag)
    next(names, None)  # the tag's own name
    for m in names:
        found.setdefault(m[1].lower(), m[2] or m[3] or m[4] or b"")
    return found


def read_of(name: bytes, tag: bytes) -> tuple[object, ...]:
    """All that is read of the attributes of a tag that is neither <meta>, <link> nor <script>: two tags of
    which this is equal are read alike."""
    has = attributes(tag)
    read = {k: v for k, v in has.items() if k in _READ}
    if name in _DOCUMENT:
        read |= {k: v for k, v in has.items() if k in _LANGUAGE}
    says = tuple(_named(has[k].decode("utf-8", "replace")) for k in (b"class", b"id") if k in has)
    style = _STYLE.findall(has.get(b"style", b""))
    # What a parser makes of a character reference or a NUL is not asked here.
    coded = [has[k] for k in _TAKEN_APART if k in has and (b"&" in has[k] or b"\0" in has[k])]
    # A document that ends in its own tag, `<body/>`, is read as one without an article.
    empty = name in _DOCUMENT and tag.rstrip().endswith(b"/")
    leads = name == b"a" and bool(has.get(b"href"))
    return read, [s for s in says if any(s)], style, coded, empty, leads


def _named(names: str) -> tuple[object, ...]:
    """What a class or an id says: nothing, for names that say nothing."""
    if len(names) > _LONGEST:
        return (names,)
    hidden = HIDDEN_CLASS.intersection(names.split())
    return named(names), hidden, words_of(names) & _TELLING


def unread(name: bytes, x: bytes, y: bytes) -> bool | None:
    """Whether two tags that differ, of the head, are read alike; None where `read_of` tells."""
    if name == b"base":
        return False
    if name == b"meta":
        both = x.lower() + b" " + y.lower()
        return b"&" not in both and not any(word in both for word in _META)
    if name == b"link":
        rels = attributes(x).get(b"rel", b"") + attributes(y).get(b"rel", b"")
        return b"canonical" not in x.lower() + y.lower() and b"&" not in rels
    return None


def names_of(tag: bytes) -> tuple[bytes, ...]:
    """What a selector of the config may name an element by."""
    has = attributes(tag)
    return tuple(has.get(name, b"") for name in (b"class", b"id"))
