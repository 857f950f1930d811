"""What do readers read of a tag's attributes? Asked of its bytes, the page not parsed.

Names that a build made (`css-1f2a`) say nothing, and where a link leads is nobody's text beside the article.
What hides an element, what calls it furniture, an author or a date, is read.
"""

from __future__ import annotations

import re

from .article.places import HIDDEN_CLASS, named, words_of

_QUOTED = re.compile(rb"""(?<=[\s/"'])[^\s"'<>/=]+\s*=\s*(?:"[^"]*"|'[^']*')""")
_ATTRIBUTE = re.compile(rb"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
#: Behind all that is quoted: another mark, a vertical tab, a sign of equality that no name stands before.
_ODD = re.compile(rb"""["'\v]|(?<=[\s/=])=|=(?=\s|\Z)""")
#: Attributes whose value is read as it stands, of any element.
_READ = frozenset(
    b"hidden aria-hidden aria-modal open itemprop itemtype role rel content title datetime pubdate "
    b"data-cfemail".split()
)
#: The language is that of the document alone.
_LANGUAGE = frozenset((b"lang", b"xml:lang"))
_DOCUMENT = frozenset((b"html", b"body"))
#: Whose values are read in parts.
_NAMES = (b"class", b"id")
_TAKEN_APART = frozenset((*_NAMES, b"style"))
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
    """Whether all that is quoted in a tag ends in it, and is the value of an attribute: a quotation left open takes
    in what stands behind, and one that stands elsewhere parsers read in ways of their own."""
    rest = _QUOTED.sub(b"", tag)
    return _ODD.search(rest) is None


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """The attributes of a tag, names in lower case; of several of one name the first, as parsers have it."""
    found: dict[bytes, bytes] = {}
    # The first is the tag's own name.
    for name, double, single, bare in _ATTRIBUTE.findall(tag)[1:]:
        found.setdefault(name.lower(), double or single or bare)
    return found


def read_of(name: bytes, tag: bytes) -> tuple[object, ...]:
    """All that is read of the attributes of a tag that is neither <meta>, <link> nor <script>: two tags of
    which this is equal are read alike."""
    has = attributes(tag)
    asked = _READ | _LANGUAGE if name in _DOCUMENT else _READ
    read = () if asked.isdisjoint(has) else tuple(sorted(x for x in has.items() if x[0] in asked))
    says: tuple[object, ...] = ()
    style: tuple[bytes, ...] = ()
    coded: tuple[bytes, ...] = ()
    if not _TAKEN_APART.isdisjoint(has):
        named_by = [(k, _named(has[k].decode("utf-8", "replace"))) for k in _NAMES if k in has]
        says = tuple([(k, s) for k, s in named_by if any(s)])
        style = tuple(_STYLE.findall(has.get(b"style", b"")))
        # What a parser makes of a character reference or a NUL is not asked here.
        apart = [has[k] for k in (*_NAMES, b"style") if k in has]
        coded = tuple([value for value in apart if b"&" in value or b"\0" in value])
    # What ends in its own tag, `<body/>`, is read as an element without what stands behind.
    end = tag.rstrip()
    empty = tag[len(end) - 1 :] if end.endswith(b"/") else b""
    leads = name == b"a" and bool(has.get(b"href"))
    return read, says, style, coded, empty, leads


#: What is read of a tag without attributes.
NOTHING_READ = read_of(b"p", b"p")


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
    return tuple(has.get(name, b"") for name in _NAMES)
