"""How alike are two articles, is one still in a page, by what number is it found again; and are two
bylines or dates the same?

Cheap, and blind to order beyond three words; which words changed is compare.py's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from typing import TypeVar

from ..units import parse_rfc3339
from .article import Article
from .article.normal import count_words, key, words_in, words_of_bytes
from .steps import Steps

W = TypeVar("W", str, bytes)

#: Words in a shingle: two different posts of one blog share few runs of three words, an edited post
#: loses three for each changed word.
SHINGLE = 3
#: A shorter block (of CJK: in characters) stands in any page by chance; it must be a whole block there.
ALONE = 5
#: Characters that are searched in one page, all blocks of an article together: about half a second's work.
MOST_SEARCHED = 1_000_000_000
_SENTENCE = re.compile(r"(?<=[.!?。！？؟])\s*(?=\S)")


def likeness(a: Article, b: Article) -> float:
    """How alike the texts are: Dice of their three-word runs, 0 to 1; 1 where both are empty."""
    one, other = _shingles(a), _shingles(b)
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def contained(article: Article, page_blocks: Sequence[str]) -> float:
    """The share of the article's words that stand in a page's blocks, 0 to 1; 0 for an empty article.

    A block counts whole, or as part of a longer one; else each of its sentences for itself.
    """
    whole = frozenset(page_blocks)
    page = _Searched("\n".join(page_blocks))
    found = total = 0
    for block in article.blocks:
        size = count_words(block.key)
        if block.key in whole or (size >= ALONE and page.holds(block.key)):
            total += size
            found += size
            continue
        if page.spent:
            continue  # what cannot be told counts for neither
        total += size
        for sentence in _SENTENCE.split(block.key):
            part = count_words(sentence)
            if part >= ALONE and part < size and page.holds(sentence):
                found += part
    return min(found / total, 1.0) if total else 0.0


class _Searched:
    """A text in which others are looked for: by their words, and only then in all of it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = frozenset(text.split())
        self._steps = Steps(MOST_SEARCHED)

    def holds(self, part: str) -> bool:
        """Whether the part stands in the text; False where too much has been searched."""
        if self.spent or not self._words.issuperset(part.split()[1:-1]):
            return False
        self._steps.take(len(self._text))
        return not self.spent and part in self._text

    @property
    def spent(self) -> bool:
        """Whether no more is searched for."""
        return self._steps.spent


#: Bits of a run's hash. So many are added up at once before a byte is full.
_WIDE, _FULL = 64, 255


def fingerprint(article: Article) -> int:
    """A simhash of the text's three-word runs: 0 <= x < 2**63, few bits apart for like texts; 0 if empty."""
    runs = set(map(b"\0".join, _runs(_encoded(article))))
    if not runs:
        return 0
    hashes = b"".join([blake2b(run, digest_size=_WIDE // 8).digest() for run in runs])
    bits = 0
    for bit, ones in enumerate(_ones(hashes)):
        if 2 * ones > len(runs):
            bits |= 1 << bit
    return bits & (2**63 - 1)


def _ones(hashes: bytes) -> list[int]:
    """How many of the hashes, of 64 bits each, have each bit, the lowest of the first byte first.

    All are added at once, as one number: of each byte one bit, and so many of them folded onto one another as fit
    into a byte.
    """
    found = [0] * _WIDE
    size = _WIDE // 8
    for start in range(0, len(hashes), _FULL * size):
        part = hashes[start : start + _FULL * size]
        number, mask = int.from_bytes(part, "little"), int.from_bytes(b"\1" * len(part), "little")
        for bit in range(8):
            ones, length = number >> bit & mask, len(part)
            while length > size:
                half = (length // size + 1) // 2 * size
                ones = (ones & (1 << 8 * half) - 1) + (ones >> 8 * half)
                length = half
            for position, count in enumerate(ones.to_bytes(size, "little")):
                found[8 * position + bit] += count
    return found


def _encoded(article: Article) -> list[bytes]:
    """The words of the article's text, as `_words` has them, in UTF-8."""
    return [word for block in article.blocks for word in words_of_bytes(block.key.casefold())]


def _shingles(article: Article) -> Counter[tuple[str, ...]]:
    return Counter(_runs(_words(article)))


def _words(article: Article) -> list[str]:
    return [word for block in article.blocks for word in words_in(block.key.casefold())]


def _runs(words: list[W]) -> Iterable[tuple[W, ...]]:
    if len(words) < SHINGLE:
        return [tuple(words)] if words else []
    return zip(*(words[n:] for n in range(SHINGLE)), strict=False)


# ---------------------------------------------------------------- fields

#: Dates closer than this are one: a template rounds, or leaves the seconds out.
SAME_MOMENT = timedelta(minutes=1)
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;&]|\b(?:and|und|et|y|e|en)\b)\s*")


def same_names(a: str, b: str) -> bool:
    """Whether two bylines name the same people: order, case and "and" are the template's."""
    return _names(a) == _names(b)


def _names(byline: str) -> frozenset[str]:
    return frozenset(n for n in _BETWEEN_NAMES.split(key(byline).casefold()) if n)


def same_date(a: str, b: str) -> bool:
    """Whether two dates are one. Where one is a bare date, the day before or behind is the same: the
    other one's day depends on where it is told."""
    if a == b:
        return True
    try:
        if len(a) > 10 and len(b) > 10:
            return abs(parse_rfc3339(a) - parse_rfc3339(b)) < SAME_MOMENT
        if len(a) == len(b) == 10:
            return False
        return abs(date.fromisoformat(a[:10]) - date.fromisoformat(b[:10])) <= timedelta(days=1)
    except ValueError:
        return False
