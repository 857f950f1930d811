"""What is said anew beside an article that was edited: when that was, a summary of it, the data it is drawn from?

Asked of the pieces of markup that differ, the page not parsed. Titles, names and days of publication are not asked
of here: where these differ, the page is read in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .article import Article
from .article.dates import normal_date
from .article.told import MODIFIED_META, NAMED
from .pieces import Piece, cut
from .scripts import is_linked_data
from .still import Pair
from .tags import attributes

#: Names in linked data under which the article's own text stands, which no reader takes from there where the page
#: shows it (article/embedded.py); and when it was changed.
_TEXTS = frozenset(("description", "abstract", "articleBody", "wordCount"))
_CHANGED = "dateModified"
_SUMMARIES = frozenset((b"description", b"og:description", b"twitter:description"))
#: Characters of a day, and bytes of the linked data of an article: more is made to take long.
LONGEST_DAY, LONGEST_DATA = 60, 100_000
#: What may say when an article was changed in attributes and <meta>; in lower case.
_MARKED = re.compile(rb"itemprop\s*=\s*[\"']?datemodified")
_METAS = re.compile(
    rb"<meta\b[^<>]*\b(?:%b)\b" % b"|".join(re.escape(n.encode()) for n in MODIFIED_META)
)


class _Stamps:
    """The days of a last change, as they were and as they are."""

    def __init__(self) -> None:
        self.days: list[tuple[str, str]] = []
        self.data = self.metas = 0  #: seen in linked data, in <meta>

    def take(self, was: object, now: object) -> bool:
        """Adds one; False where it is no day."""
        if not isinstance(was, str) or not isinstance(now, str):
            return False
        if max(len(was), len(now)) > LONGEST_DAY or "&" in was + now:
            return False  # it is cut, or spelled in references, by who reads it
        self.days.append((normal_date(was), normal_date(now)))
        return True

    def modified_at(self, before: bytes, known: Article) -> str | None:
        """When the article now says it was changed; None where that cannot be told: not all that may say so of the
        page as it was says what was read of it, or not all of it says the same now."""
        if all(was == now for was, now in self.days):
            return known.modified_at
        if "modified_at" not in known.declared or {d for d, _ in self.days} != {known.modified_at}:
            return None
        page = before.lower()
        if page.count(_CHANGED.lower().encode()) != self.data:
            return None
        if len(_METAS.findall(page)) != self.metas or _MARKED.search(page):
            return None
        now = {day for _, day in self.days}
        return now.pop() if len(now) == 1 and "" not in now else None


def redated(pairs: Iterable[Pair], before: bytes, known: Article) -> tuple[str, list[Pair]] | None:
    """(when the article says it was changed, the pairs of which more is to be asked) of the pieces that differ
    beside an edited article, `known` read from `before`; None where they may say something else of it."""
    stamps = _Stamps()
    left: list[Pair] = []
    for pair in pairs:
        x, y = cut(pair[2]), cut(pair[3])
        says = _says_anew(x, y, stamps)
        if says is None:
            left.append(pair)
        elif not says:
            return None
    modified = stamps.modified_at(before, known)
    return None if modified is None else (modified, left)


def _says_anew(x: Piece, y: Piece, stamps: _Stamps) -> bool | None:
    """Whether two pieces say no more anew than is asked for here; None where they are to be compared as any others."""
    if x.name != y.name or x.odd or y.odd or not (x.utf8 and y.utf8 and x.whole and y.whole):
        return None
    if x.name == b"script" and x.tag == y.tag:
        # State, and code, are read where a page shows no article, or next to nothing.
        return _same_data(x.text, y.text, stamps) if is_linked_data(x.tag) else True
    if x.name != b"meta" or x.text != y.text or b"&" in x.tag + y.tag:
        return None
    was, now = attributes(x.tag), attributes(y.tag)
    names = {was[name].strip().lower() for name in map(str.encode, NAMED) if name in was}
    if was.keys() != now.keys() or any(was[k] != now[k] for k in was if k != b"content"):
        return None
    if names and names <= _SUMMARIES:
        return True
    if len(names) == 1 and next(iter(names)).decode("utf-8", "replace") in MODIFIED_META:
        stamps.metas += 1
        said = [m[b"content"].decode("utf-8", "replace") for m in (was, now) if b"content" in m]
        return len(said) == 2 and stamps.take(*said)
    return None


def _same_data(was: bytes, now: bytes, stamps: _Stamps) -> bool:
    """Whether two scripts of linked data differ in nothing but the article's own text and its last change."""
    if max(len(was), len(now)) > LONGEST_DATA:
        return False
    try:
        return _alike(json.loads(was), json.loads(now), stamps)
    except (ValueError, RecursionError):
        return False


def _alike(was: object, now: object, stamps: _Stamps) -> bool:
    if isinstance(was, dict) and isinstance(now, dict):
        if list(was) != list(now):
            return False
        for name, value in was.items():
            if name == _CHANGED:
                stamps.data += 1
                if not stamps.take(value, now[name]):
                    return False
            elif name not in _TEXTS or isinstance(value, (dict, list)):
                if not _alike(value, now[name], stamps):
                    return False
            elif isinstance(now[name], (dict, list)):
                return False
        return True
    if isinstance(was, list) and isinstance(now, list):
        pairs = zip(was, now, strict=False)
        return len(was) == len(now) and all(_alike(a, b, stamps) for a, b in pairs)
    return type(was) is type(now) and was == now
