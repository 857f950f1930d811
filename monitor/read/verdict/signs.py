"""What do the words of a page say: an error, a wall, a notice? Phrases as data, in `read/signs.toml`.

Everything is compared in a folded form (`fold`). A phrase never decides alone: the rules ask here,
and weigh the answer against where the article is.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from ..article.normal import count_words
from ..late import late
from ..remembered import remembered

_TABLE = Path(__file__).parent.parent / "signs.toml"

#: Accents of Latin, Greek and Cyrillic; vowel marks of Hebrew and Arabic; the Arabic stretching mark.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640]")
#: Typography; letters that decompose to nothing plainer; Arabic letters that are written either way.
_PLAIN = str.maketrans("‘’`´“”„«»ıłøđىة", "'''''''''ilodيه")
_NO_BORDERS = late("[\u0590-\u06ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_HAN = late("[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_UNPARTED = late("[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0ec6\u1000-\u102a\u1780-\u17b3]")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|[。！？；।\n]+")
_TITLE_PARTS = re.compile(r"\s+[|·•»›–—~/-]+\s+|\s*[|·•»›—｜]+\s*|\s*::+\s*|(?<=\w):\s+")
_BARE = " \t.,:;!?¡¿'\"()[]{}<>…-–—。、！？「」『』【】（）"
#: A phrase is what a title says when it fills at least this share of one of its parts.
TITLE_SHARE = 0.5
#: Noun and predicate of one sentence stand at most this many characters apart.
REACH = 90
#: Characters of the texts remembered: the blocks of the pages of one site, which every rule asks about
#: again; eight thousand usual ones. A daemon reads for months, so not all of them.
_REMEMBERED = 4_000_000


@remembered(_REMEMBERED)
def fold(text: str) -> str:
    """The text without case, accents, vowel marks and typography; white space collapsed."""
    if text.isascii():  # the same, in a fifth of the time
        return " ".join(text.lower().replace("`", "'").split())
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", plain)))
    return " ".join(plain.translate(_PLAIN).split())


@remembered(_REMEMBERED)
def weight(text: str) -> int:
    """How much text it is, in words; two letters of Chinese or Japanese count as one, four of Thai."""
    if text.isascii():
        return count_words(text)
    return count_words(text) - len(_HAN.findall(text)) // 2 - 3 * len(_UNPARTED.findall(text)) // 4


def total_weight(texts: Iterable[str]) -> int:
    """The weight of several texts together."""
    return sum(weight(text) for text in texts)


def sentences(text: str) -> list[str]:
    """The sentences of a folded text."""
    return [part for part in _SENTENCE.split(text) if part.strip()]


def title_parts(title: str) -> list[str]:
    """The folded parts of a title (name of the page, of the section, of the site) and the whole."""
    whole = fold(title).strip(_BARE)
    parts = [part.strip(_BARE) for part in _TITLE_PARTS.split(fold(title))]
    return [part for part in dict.fromkeys((whole, *parts)) if part]


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """One pattern for many phrases, longest first; None for none."""
    if not phrases:
        return None
    alternatives = []
    for phrase in sorted({fold(p) for p in phrases}, key=len, reverse=True):
        text = _escaped(phrase)
        if not _NO_BORDERS.search(phrase):
            if phrase[0].isalnum():
                # The border is looked for behind the first letter: where an alternative begins
                # with a letter, `re` tries no other place (six times as fast).
                first = re.escape(phrase[0])
                text = rf"{first}(?<!\w{first}){_escaped(phrase[1:])}"
            text += r"(?!\w)" if phrase[-1].isalnum() else ""
        alternatives.append(text)
    return re.compile("|".join(alternatives))


def _escaped(phrase: str) -> str:
    return re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")


class Phrases(Struct, frozen=True):
    """Phrases of all languages that stand for one thing."""

    pattern: re.Pattern[str] | None

    def found(self, text: str) -> str:
        """The first phrase in a folded text, or ""."""
        hit = self.pattern.search(text) if self.pattern else None
        return hit.group() if hit else ""

    def all_found(self, texts: Iterable[str]) -> set[str]:
        """All different phrases in folded texts."""
        if self.pattern is None:
            return set()
        return {hit for text in texts for hit in self.pattern.findall(text)}

    def titled(self, title: str) -> str:
        """The phrase that a title, or a part of it, comes down to; "" for none."""
        for part in title_parts(title):
            hit = self.found(part)
            if hit and len(hit) >= TITLE_SHARE * len(part):
                return hit
        return ""


class Saying(Struct, frozen=True):
    """Something said in words that vary: fixed phrases, or a noun and a predicate in one sentence."""

    phrases: Phrases
    pairs: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]

    def found(self, text: str) -> str:
        """What of a folded text says it, or "". A pair must meet within one sentence."""
        hit = self.phrases.found(text)
        return hit or self.paired(text)

    def paired(self, text: str) -> str:
        """As `found`, but by noun and predicate only."""
        for sentence in sentences(text):
            for nouns, predicates in self.pairs:
                for predicate in predicates.finditer(sentence):
                    near = sentence[max(0, predicate.start() - REACH) : predicate.end() + REACH]
                    noun = nouns.search(near)
                    if noun:
                        return f"{noun.group()} … {predicate.group()}"
        return ""

    def titled(self, title: str) -> str:
        """As `Phrases.titled`; a pair counts where it fills most of a part."""
        hit = self.phrases.titled(title)
        if hit:
            return hit
        for part in title_parts(title):
            pair = self.paired(part)
            if pair and len(pair) >= TITLE_SHARE * len(part):
                return pair
        return ""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def phrases(section: str, name: str = "phrases") -> Phrases:
    """The phrases of one list of signs.toml."""
    return Phrases(_pattern(_table()[section][name]))


@cache
def words(section: str, name: str) -> frozenset[str]:
    """A list of signs.toml as it stands: path segments, class names, host labels."""
    return frozenset(_table()[section][name])


@cache
def saying(section: str) -> Saying:
    """The phrases and pairs of all languages of one section of signs.toml."""
    languages: dict[str, dict[str, list[str]]] = _table()[section]
    pairs = []
    for one in languages.values():
        nouns, predicates = _pattern(one["nouns"]), _pattern(one["predicates"])
        if nouns and predicates:
            pairs.append((nouns, predicates))
    alone = [phrase for one in languages.values() for phrase in one["phrases"]]
    return Saying(Phrases(_pattern(alone)), tuple(pairs))


@cache
def strong_signatures() -> tuple[bytes, ...]:
    """Byte strings that only a challenge or block page holds, lower case."""
    return tuple(text.encode() for text in _table()["walls"]["strong"])


@cache
def captcha_signatures() -> tuple[bytes, ...]:
    """Byte strings of captcha widgets, lower case."""
    return tuple(text.encode() for text in _table()["walls"]["captcha"])
