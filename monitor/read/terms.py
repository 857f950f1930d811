"""Which words of a text can be looked up, and which words does a typed search ask for?

One folding for both sides and for both databases: a word is a run of letters and digits without case and
accents; scripts that are written without spaces count by character. Whatever is typed is a search: what
is no syntax is words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence

from msgspec import Struct

from .late import late

#: Letters a word keeps; two that differ only behind them are one.
LONGEST = 64
#: Words of a search that count; what stands behind them is left out.
MOST = 20
#: Letters a beginning needs: `a*` would be half the language, and is read as the word.
SHORTEST_BEGINNING = 2
#: A mark that is no word: nothing can be asked across it.
BREAK = "\N{MIDDLE DOT}"
_BETWEEN = f" {BREAK} "

#: Accents and points that are often left out when typing: of Latin, Greek and Cyrillic, Hebrew, Arabic.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
#: What is not seen within a word: soft hyphen, zero-width marks, bidi marks, tatweel, variation selectors.
_HIDDEN = "\u00ad\u034f\u061c\u0640\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_UNSEEN = re.compile(f"[{_HIDDEN}]")
#: Scripts without spaces between words: Thai to Myanmar, Khmer, kana, bopomofo, Han and its signs.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b"
    "\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
#: Combining marks belong to the letter before them; `\w` leaves them out.
_MARKS = "".join(
    chr(c) for c in range(0x300, 0x1B00) if unicodedata.category(chr(c)) in ("Mn", "Mc")
)
_WORD = late(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
#: What leaves of an ASCII text its words, in lower case, and spaces.
_PLAIN = {c: chr(c).lower() if chr(c).isalnum() else " " for c in range(128)}
#: The same in a text that is not folded.
_WRITTEN = late(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}{_HIDDEN}])+")
#: A phrase in quotes of any style, with a minus ahead or a star behind; or what stands between two spaces.
_QUOTES = '"“”„«»'
_PART = re.compile(rf"(?:(?<!\S)(-?))?[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}](\*?)|(\S+)")
_WITHOUT = re.compile(r"-[^\W_]")


class Term(Struct, frozen=True):
    """Words that stand one behind the other."""

    words: tuple[str, ...]
    begins: bool = False  #: the last one is the beginning of a word
    quoted: bool = False  #: they were typed as a phrase


class Search(Struct, frozen=True):
    """What a typed search asks for."""

    terms: tuple[Term, ...] = ()  #: all of them must occur
    without: tuple[Term, ...] = ()  #: none of them may
    hopeless: bool = False  #: something was typed, and no word of it can be looked up


def words(text: str) -> list[str]:
    """The words of a text in order, in the form in which they are looked up."""
    if text.isascii():  # the same, in a quarter of the time
        found = text.translate(_PLAIN).split()
        return [w[:LONGEST] for w in found] if max(map(len, found), default=0) > LONGEST else found
    return [w[:LONGEST] for w in _WORD.findall(folded(text))]


def spans(text: str) -> list[tuple[str, int, int]]:
    """The words of a text as `words` has them, each with where it begins and ends in the text."""
    if text.isascii():  # nothing to fold but case: a third of the time
        return [(m[0][:LONGEST], m.start(), m.end()) for m in _WORD.finditer(text.lower())]
    return [
        (word, m.start(), m.end()) for m in _WRITTEN.finditer(text) for word in words(m.group())
    ]


def folded(text: str) -> str:
    """The text without case and accents, as its words are looked up."""
    text = text.casefold()
    if text.isascii():
        return text
    text = _UNSEEN.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", text))


def search(typed: str) -> Search:
    """`word "a phrase" -without begin*` as a question. Never fails: anything else is plain words."""
    terms: dict[Term, None] = {}
    without: dict[Term, None] = {}
    for minus, phrase, star, plain in _PART.findall(typed):
        term = _term(plain or phrase, bool(star) or plain.endswith("*"), quoted=not plain)
        if term is not None:
            (without if minus or _WITHOUT.match(plain) else terms)[term] = None
    all_of = tuple(terms)[:MOST]
    none_of = tuple(without)[: MOST - len(all_of)]
    return Search(all_of, none_of, hopeless=bool(typed.strip()) and not all_of and not none_of)


def _term(typed: str, star: bool, *, quoted: bool) -> Term | None:
    """What was typed as one: mostly a word, several where marks or spaces part them."""
    found = words(typed)
    if not found:
        return None
    begins = star and len(found[-1]) >= SHORTEST_BEGINNING
    return Term(tuple(found), begins, quoted and len(found) > 1)


def passages(texts: Sequence[str], least: int, most: int, kept: Sequence[str] = ()) -> list[str]:
    """The words of texts in pieces of `least` words or a little more, BREAK between two texts: no phrase
    crosses them.

    Only a text of more than `most` words is cut, and each part of it begins with the end of the last. A
    piece that was `kept` stays as it is where its texts still follow one another: of an edited text it is
    those around the edit that are new.
    """
    parts = [" ".join(part) for text in texts for part in _cut(words(text), most)]
    stands: dict[str, deque[list[str]]] = {}
    for old in kept:
        theirs = old.split(_BETWEEN)
        stands.setdefault(theirs[0], deque()).append(theirs)
    pieces: list[str] = []
    piece: list[str] = []
    n = size = 0
    while n < len(parts):
        waiting = stands.get(parts[n])
        if waiting and parts[n : n + len(waiting[0])] == waiting[0]:
            same = waiting.popleft()
            pieces += [_BETWEEN.join(piece)] if piece else []
            pieces.append(_BETWEEN.join(same))
            n += len(same)
        else:
            piece.append(parts[n])
            size += parts[n].count(" ") + 1
            n += 1
            if size < least:
                continue
            pieces.append(_BETWEEN.join(piece))
        piece, size = [], 0
    return pieces + ([_BETWEEN.join(piece)] if piece else [])


def _cut(found: list[str], most: int) -> Iterator[list[str]]:
    while len(found) > most:
        yield found[:most]
        found = found[most - min(MOST, most // 2) :]
    if found:
        yield found
