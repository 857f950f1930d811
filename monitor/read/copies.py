"""Does a text of an article stand on its page more than once, in whatever markup? Asked of the bytes.

Of a hidden copy and the one that is shown readers take one; a text that was on the page before, or that its
head sums it up in, is no new one (steady.py).
"""

from __future__ import annotations

import re
from functools import cached_property
from html import unescape

from .article.normal import key
from .stretch import squeezed, texts
from .tags import attributes

#: So many of a text's longest words are looked for before the page is cut to find it whole.
_WORDS = 5
_WORD = re.compile(r"[A-Za-z]{5,}")
_META = re.compile(rb"<[mM][eE][tT][aA]\s[^<>]*>")


class Copies:
    """The texts of a page in which an article stands from `start` to `end`."""

    def __init__(self, page: bytes, start: int, end: int) -> None:
        self._ahead, self._own, self._behind = page[:start], page[start:end], page[end:]

    def is_beside(self, text: str) -> bool:
        """Whether a text, in comparison form, stands beside the article, or may."""
        words = _longest(text)
        if any(word not in self._ahead and word not in self._behind for word in words):
            return False
        if any(all(word not in side for side in self._sides) for word in words):
            return False
        whole = self._beside
        return whole is None or squeezed(text) in whole

    def is_only_in(self, text: str, part: str) -> bool:
        """Whether a text stands in the article nowhere but where it stands in this part of it."""
        for word in _longest(text):
            if self._own.count(word) == part.count(word.decode()):
                return True
        own, said = self._within, squeezed(text)
        return own is not None and own.count(said) == squeezed(part).count(said)

    def is_summary(self, text: str) -> bool:
        """Whether a <meta> of the page says just this."""
        return all(w in self._ahead for w in _longest(text)) and text in self._summaries

    @cached_property
    def _sides(self) -> tuple[bytes, bytes]:
        """What stands beside the article, but for scripts: data that a page is made from say all of it again."""
        return _without_scripts(self._ahead), _without_scripts(self._behind)

    @cached_property
    def _beside(self) -> str | None:
        ahead, behind = map(_whole, self._sides)
        return None if ahead is None or behind is None else f"{ahead}\n{behind}"

    @cached_property
    def _within(self) -> str | None:
        return _whole(self._own)

    @cached_property
    def _summaries(self) -> frozenset[str]:
        said = (
            attributes(tag[1:-1]).get(b"content", b"").decode("utf-8", "replace")
            for tag in _META.findall(self._ahead)
        )
        return frozenset(key(unescape(text)) for text in said)


def _without_scripts(part: bytes) -> bytes:
    low, at = part.lower(), 0
    kept: list[bytes] = []
    while True:
        start = low.find(b"<script", at)
        end = low.find(b"</script", start) if start >= 0 else -1
        if end < 0:
            return b"".join((*kept, part[at:]))
        kept.append(part[at:start])
        at = end


def _longest(text: str) -> list[bytes]:
    """The longest words of a text, as they stand in any markup of it; none where there are few that do."""
    words = sorted(set(_WORD.findall(text)), key=len)[-_WORDS:]
    return [word.encode() for word in words] if len(words) == _WORDS else []


def _whole(part: bytes) -> str | None:
    """All its texts as one, without spaces; None where one is not UTF-8."""
    found = [text for _, _, text in texts(part)]
    return None if None in found else "".join(text or "" for text in found)
