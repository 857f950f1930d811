"""Is the known article still in a page whose bytes changed, asked without reading the page anew?

The bytes of the last good look and of this one are cut at every tag and compared side by side. Where
all that differs is markup nobody reads (nonces, tokens, image addresses, scripts) or text beside the
article that only changed its place or its numbers (teasers, counters), the article is untouched. A
doubt is a "no": the page is then parsed and its article extracted (read/page.py).
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from .article import Article
from .article.normal import key
from .urls import clean

#: More pieces that differ than this, and the full reading is as cheap.
MOST_PIECES = 1_500
#: Articles shorter than this (characters of keys) are read in full: their words stand anywhere.
LEAST_ARTICLE = 200

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f\u2009 ]\d+)*")
#: A year, or a date of three numbers.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
#: Byte order marks of UTF-16: its pages are not cut at "<" as others are.
_WIDE = (b"\xff\xfe", b"\xfe\xff")
#: So much of the article must stand in the page's own text: else a script draws it.
_SHOWN = 0.6
_QUOTES = re.compile("[\"'“”„‟«»‘’‚‹›]")
_NAME = re.compile(rb"/?[A-Za-z][A-Za-z0-9:-]*")
#: What of <meta> is read: titles, authors, dates, robots, refresh, language.
_READ = re.compile(
    rb"(?i)title|author|creator|byline|date|time|modif|publish|updat|issued|robots|googlebot|refresh"
    rb"|charset|content-type|lang|og:type|description|parsely|sailthru|dc\."
)
_HREF = re.compile(rb"""(?is)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_CONTENT = re.compile(rb"""(?is)\b(?:content|datetime)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""")
_LANGUAGE = re.compile(rb"(?i)\b(?:xml:)?lang\s*=\s*[\"']?([\w-]*)")
#: Attributes that hide what stands in an element.
_HIDING = re.compile(
    rb"(?i)\bhidden\b[^\s>]*|(?:display|visibility)\s*:[^;\"'>]*|aria-hidden[^\s>]*|\bopen\b"
    rb"|itemprop[^\s>]*|\brel=[^\s>]*|\bcontent=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)|data-cf[^\s>]*"
    rb"|\b(?:title|datetime)=\s*(?:\"[^\"]*\"|'[^']*')|author|byline|fn\b"
)
_LINKED_DATA = re.compile(rb"(?i)ld\+json")
#: Scripts that may hold data of the article, and those that may leave for another page.
_STATE = re.compile(rb"(?i)json|__next|__nuxt|articlebody")
_LEAVES = re.compile(rb"\blocation\b")
#: What a server makes anew for each answer: letters and digits mixed, no date (those begin with a year). Looked
#: at by `_kept`: one expression for it all looks at each place of a long text again and again.
_LONG = re.compile(rb"[\w+/=-]{12,}")
_DIGIT, _LETTER, _YEAR = re.compile(rb"\d"), re.compile(rb"[A-Za-z]"), re.compile(rb"\d{4}-")
_BETWEEN = re.compile(rb"[+/=]")


def still(before: bytes, after: bytes, known: Article, url: str) -> bool:
    """Whether `after` certainly bears the article that was read from `before`, unchanged.

    `known` is what was read from `before`, `url` the base of its links. True is a promise that
    reading both pages in full finds the same article; False promises nothing.
    """
    text = _text_of(known)
    if len(text) < LEAST_ARTICLE:
        return False
    if before[:2] in _WIDE or b"\x1b" in before or b"\x1b" in after or b"<base" in before.lower():
        return False
    old, new = before.split(b"<"), after.split(b"<")
    if len(old) != len(new) or not _shown(old, text):
        return False
    pairs = [(x, y) for x, y in zip(old, new, strict=True) if x != y]
    if len(pairs) > MOST_PIECES:
        return False
    bare = _bare(text)
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    targets: frozenset[str] | None = None
    for x, y in pairs:
        name = _name(x)
        if name != _name(y):
            return False
        marked = bool(name) or (x.startswith(b"!--") and y.startswith(b"!--"))
        tag_x, text_x = _parted(x) if marked else (b"", x)
        tag_y, text_y = _parted(y) if marked else (b"", y)
        if name == b"script":
            if not _same_script(x, y):
                return False
            continue
        if name == b"style":
            continue
        if tag_x != tag_y and name:
            if name == b"a":
                if targets is None:
                    targets = frozenset(k.target for b in known.blocks for k in b.links)
                if not _same_link(tag_x, tag_y, targets, url):
                    return False
            elif not _unread(name, tag_x, tag_y):
                return False
        if text_x == text_y:
            continue
        said_x, said_y = _said(text_x), _said(text_y)
        if said_x is None or said_y is None or name == b"title":
            return False
        if said_x == said_y:
            continue
        if (said_x and _bare(said_x) in bare) or _DATE.search(said_x) or _DATE.search(said_y):
            return False
        lost[_NUMBER.sub("#", said_x)] += 1
        gained[_NUMBER.sub("#", said_y)] += 1
    return lost == gained


def _shown(pieces: list[bytes], text: str) -> bool:
    """Whether the article stands in the page itself, outside scripts, in bytes that are UTF-8."""
    size = 0
    for piece in pieces:
        name = _name(piece)
        if name in (b"script", b"style", b"!--"):
            continue
        said = _said(_parted(piece)[1] if name else piece)
        if said is None:
            return False
        if len(said) > 3 and said in text:
            size += len(said)
    return size >= _SHOWN * len(text)


def _bare(text: str) -> str:
    """The text without quotation marks, which are folded by what stands beside them."""
    return _QUOTES.sub("", text)


def _text_of(known: Article) -> str:
    """All that was read of the article, as one text of keys."""
    parts = [key(known.title), key(known.byline), key(known.published_at), key(known.modified_at)]
    return "\n".join([*parts, *(b.key for b in known.blocks), *(n.key for n in known.notes)])


def _name(piece: bytes) -> bytes:
    """The tag a piece begins with, lower case; "" for text."""
    found = _NAME.match(piece)
    return found[0].lower() if found else b""


def _parted(piece: bytes) -> tuple[bytes, bytes]:
    tag, _, text = piece.partition(b"-->" if piece.startswith(b"!--") else b">")
    return tag, text


def _said(text: bytes) -> str | None:
    """The text as it is compared; None where its bytes are not UTF-8."""
    try:
        return key(unescape(text.decode("utf-8")))
    except UnicodeDecodeError:
        return None


def _same_script(x: bytes, y: bytes) -> bool:
    """Whether two scripts say the same of the article: linked data byte for byte, what leaves for another
    page likewise; state but for its tokens. The article itself does not stand in them (`_shown`)."""
    if _LINKED_DATA.search(_parted(x)[0]) or _LEAVES.search(x) or _LEAVES.search(y):
        return x == y
    if _STATE.search(x) is None and _STATE.search(y) is None:
        return True
    return without_tokens(x) == without_tokens(y)


def without_tokens(text: bytes) -> bytes:
    """A script without its tokens, in time that is linear in its length."""
    return _LONG.sub(_kept, text)


def _kept(found: re.Match[bytes]) -> bytes:
    run = found[0]
    last = min(
        max((m.start() for m in sign.finditer(run)), default=-1) for sign in (_DIGIT, _LETTER)
    )
    for start in (0, *(m.end() for m in _BETWEEN.finditer(run))):
        if start > last or len(run) - start < 12:
            break
        if not _YEAR.match(run, start):
            return run[:start]
    return run


def _unread(name: bytes, x: bytes, y: bytes) -> bool:
    """Whether two tags of one name differ in nothing that is read."""
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
    return _HIDING.findall(x) == _HIDING.findall(y)


def _same_link(x: bytes, y: bytes, targets: frozenset[str], url: str) -> bool:
    """Whether two links lead to one address, or neither is the article's."""
    if _HIDING.findall(x) != _HIDING.findall(y):
        return False
    to_x, to_y = _target(x, url), _target(y, url)
    return to_x == to_y or (to_x not in targets and to_y not in targets)


def _target(tag: bytes, url: str) -> str:
    found = _HREF.search(tag)
    if found is None:
        return ""
    href = next(g for g in found.groups() if g is not None)
    return clean(unescape(href.decode("utf-8", "replace")), url) or ""
