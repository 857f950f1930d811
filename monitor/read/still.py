"""Is the known article still in a page whose bytes changed, asked without reading the page anew?

The bytes of the last good look and of this one are cut at every tag and compared side by side. Where
all that differs is markup nobody reads (nonces, tokens, image addresses, scripts) or text beside the
article that only changed its place or its numbers (teasers, counters), the article is untouched. A
doubt is a "no": the page is then parsed and its article extracted (read/page.py).
"""

from __future__ import annotations

import re
from collections import Counter

from .article import Article
from .article.dates import day_in, normal_date, says_update
from .article.normal import key
from .stretch import name_of, parted, said, stretch_of

#: More pieces that differ than this, and the full reading is as cheap.
MOST_PIECES = 1_500
#: Articles shorter than this (characters of keys) are read in full: their words stand anywhere.
LEAST_ARTICLE = 200

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f\u2009 ]\d+)*")
#: A year, or a date of three numbers.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
#: Byte order marks of UTF-16: its pages are not cut at "<" as others are.
_WIDE = (b"\xff\xfe", b"\xfe\xff")
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
_LINKED_DATA = re.compile(rb"(?i)ld\+json")
#: Scripts that may hold data of the article, and those that may leave for another page.
_STATE = re.compile(rb"(?i)json|__next|__nuxt|articlebody")
_LEAVES = re.compile(rb"\blocation\b")
#: What a server makes anew for each answer: letters and digits mixed, no date (those begin with a year). Looked
#: at by `_kept`: one expression for it all looks at each place of a long text again and again.
_LONG = re.compile(rb"[\w+/=-]{12,}")
_DIGIT, _LETTER, _YEAR = re.compile(rb"\d"), re.compile(rb"[A-Za-z]"), re.compile(rb"\d{4}-")
_BETWEEN = re.compile(rb"[+/=]")


def still(
    before: bytes, after: bytes, known: Article, stretch: tuple[int, int] | None = None
) -> bool:
    """Whether `after` certainly bears the article that was read from `before`, unchanged.

    `known` is what was read from `before`; `stretch` is `stretch_of` the two, worked out here where it is not
    given. True is a promise that reading both pages in full finds the same
    article; False promises nothing.
    """
    text = _text_of(known)
    if len(text) < LEAST_ARTICLE:
        return False
    if before[:2] in _WIDE or b"\x1b" in before or b"\x1b" in after or b"<base" in before.lower():
        return False
    if not _is_utf8(before) or not _is_utf8(after):
        return False
    stretch = stretch or stretch_of(before, known)
    if stretch is None:
        return False
    own = before[slice(*stretch)]
    at = after.find(own)
    if at < 0:
        return False
    ahead = _pairs(before[: stretch[0]], after[:at])
    behind = _pairs(before[stretch[1] :], after[at + len(own) :])
    if ahead is None or behind is None or len(ahead) + len(behind) > MOST_PIECES:
        return False
    return _says_nothing([*ahead, *behind], known, _bare(text))


def _pairs(old: bytes, new: bytes) -> list[tuple[bytes, bytes, bytes]] | None:
    """(what stood ahead, old, new) of the pieces that differ; None where there are not as many."""
    before, after = old.split(b"<"), new.split(b"<")
    if len(before) != len(after):
        return None
    return [
        (_ahead(before, n), x, y)
        for n, (x, y) in enumerate(zip(before, after, strict=True))
        if x != y
    ]


def _ahead(pieces: list[bytes], n: int) -> bytes:
    """The text of a line that stands before its n-th piece."""
    found: list[bytes] = []
    while n > 0 and len(found) < _NEAR and name_of(pieces[n]).lstrip(b"/") in _INLINE:
        n -= 1
        found.append(parted(pieces[n])[1])
    return b" ".join(found[::-1])


def _says_nothing(pairs: list[tuple[bytes, bytes, bytes]], known: Article, bare: str) -> bool:
    """Whether pieces beside the article's stretch differ in nothing that is read of it: markup, numbers, and
    texts that only changed places."""
    lost: Counter[str] = Counter()
    gained: Counter[str] = Counter()
    for ahead, x, y in pairs:
        name = name_of(x)
        if name != name_of(y):
            return False
        marked = bool(name) or (x.startswith(b"!--") and y.startswith(b"!--"))
        tag_x, text_x = parted(x) if marked else (b"", x)
        tag_y, text_y = parted(y) if marked else (b"", y)
        if name == b"script":
            if not _same_script(x, y):
                return False
            continue
        if name == b"style":
            continue
        if tag_x != tag_y and name:
            if name == b"a":
                if _hiding(tag_x) != _hiding(tag_y):
                    return False
            elif not _unread(name, tag_x, tag_y) and not _other_day(name, tag_x, tag_y, known):
                return False
        if text_x == text_y:
            continue
        said_x, said_y = said(text_x), said(text_y)
        if said_x is None or said_y is None or name == b"title":
            return False
        if said_x == said_y:
            continue
        if (said_x and _bare(said_x) in bare) or _tells_day(ahead, said_x, said_y, known):
            return False
        lost[_NUMBER.sub("#", said_x)] += 1
        gained[_NUMBER.sub("#", said_y)] += 1
    return lost == gained


def _tells_day(ahead: bytes, x: str, y: str, known: Article) -> bool:
    """Whether texts that changed places may be read as a date of the article: one is, or could be by a label
    of the last change."""
    if not _DATE.search(x) and not _DATE.search(y):
        return False
    if "published_at" not in known.declared or known.shown_at:
        return True
    days = [day_in(x), day_in(y)]
    if bool(days[0]) != bool(days[1]) or days[0] in _days(known) - {""}:
        return True
    return any(says_update(t) for t in (x, y, ahead.decode("utf-8", "replace")))


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bare(text: str) -> str:
    """The text without quotation marks, which are folded by what stands beside them."""
    return _QUOTES.sub("", text)


def _text_of(known: Article) -> str:
    """All that was read of the article, as one text of keys."""
    parts = [key(known.title), key(known.byline), key(known.published_at), key(known.modified_at)]
    return "\n".join([*parts, *(b.key for b in known.blocks), *(n.key for n in known.notes)])


def _same_script(x: bytes, y: bytes) -> bool:
    """Whether two scripts say the same of the article: linked data byte for byte, what leaves for another
    page likewise; state but for its tokens. The article itself does not stand in them."""
    (tag_x, text_x), (tag_y, text_y) = parted(x), parted(y)
    if _LINKED_DATA.search(tag_x) or _LINKED_DATA.search(tag_y):
        return False
    if text_x == text_y:  # its nonce may be another
        return True
    if _LEAVES.search(x) or _LEAVES.search(y):
        return False
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


def _other_day(name: bytes, x: bytes, y: bytes, known: Article) -> bool:
    """Whether two tags are <time> of two days, and neither day is read as one of the article's.

    Which <time> is read as the publication's goes by where it stands and how it is marked, not by its day
    (article/metadata.py): where the one in this place was not it, the other is not.
    """
    if name != b"time" or "published_at" not in known.declared:
        return False
    if _DATETIME.sub(b"", x) != _DATETIME.sub(b"", y):
        return False
    days = [_day_of(d) for d in _DATETIME.findall(x)]
    others = [_day_of(d) for d in _DATETIME.findall(y)]
    if len(days) != 1 or len(others) != 1 or not days[0] or not others[0]:
        return False
    return days[0][:10] not in _days(known)


def _days(known: Article) -> set[str]:
    """The days the article bears."""
    return {d[:10] for d in (known.published_at, known.modified_at, known.shown_at)}


def _hiding(link: bytes) -> list[bytes]:
    """What of a link's tag says that it is hidden, or whose it is; where it leads says nothing of that."""
    return _HIDING.findall(_HREF.sub(b"", link))


def _day_of(value: bytes) -> str:
    return normal_date(value.decode("ascii", "replace").strip("\"'"))
