"""When are two texts the same text, and what is a word of it?

`key` is the form in which texts are compared: what typography, encodings and white space change is
folded, letters and their case stay. `tokens` are the words and marks that are counted and diffed;
Chinese and Japanese count by character, Korean by word; so do scripts that part sentences, not words,
with spaces (Thai, Lao, Burmese, Khmer), a character with its marks being one.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

from ..late import late
from ..remembered import remembered

#: What stands in a text and is not seen: soft hyphen, zero-width marks and joiners, word joiner, BOM,
#: bidi marks and isolates, variation selectors, Mongolian and Hangul fillers, interlinear marks.
_UNSEEN_CHARS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0001-\U000e01ef"
)
_UNSEEN = re.compile(f"[{_UNSEEN_CHARS}]")
#: ASCII controls but white space: browsers show nothing for them.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈ`´＇‹›", "'"),
        **dict.fromkeys("“”„‟″‶«»＂「」『』〝〞〟", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－⁃⸺⸻", "-"),
        **dict.fromkeys("…⋯", "..."),
    }
)
#: Quote styles never count, single or double; a double mark behind a digit may be inches or seconds.
_QUOTE = re.compile(r'(?<!\d)"')
#: Dashes are written double where the keyboard has no others, and spaced in one house style and not
#: in another.
_DASH = re.compile(r" ?-+(?: -+)* ?")

#: Scripts that count by character: Han with its iteration marks and radicals, kana.
_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
    "\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
#: Letters of the scripts that set no spaces between words, their digits and marks left out.
_UNPARTED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e"
    "\u1780-\u17b3\uaa60-\uaa76\uaa7a\ua9e0-\ua9e4\ua9e6-\ua9ef\ua9fa-\ua9fe"
)
#: What puts the next letter beneath this one: Burmese virama, Khmer coeng.
_STACKS = "\u1039\u17d2"


def _marks() -> str:
    """Combining marks of the living scripts as ranges for a character class; `\\w` leaves them out."""
    found: list[list[int]] = []
    for code in (*range(0x300, 0x1B00), *range(0x1DC0, 0x1E00), *range(0xA800, 0xAC00)):
        if unicodedata.category(chr(code)) in ("Mn", "Mc"):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in found)


_MARK = rf"[{_marks()}{_UNSEEN_CHARS}]"
_ONE = rf"(?:[^\W_{_CJK}{_UNPARTED}]|{_MARK})"
#: A CJK character, a letter of an unparted script with its marks, a number with what stands inside it, a word with its inner marks, one mark.
TOKEN = late(
    rf"[{_CJK}]"
    rf"|[{_UNPARTED}](?:[{_STACKS}][{_UNPARTED}]|{_MARK})*"
    rf"|\d+(?:[.,'’\u00a0\u202f](?=\d)\d+)*{_ONE}*(?:[-‐‑'’.]{_ONE}+)*"
    rf"|{_ONE}+(?:[-‐‑'’.·_]+{_ONE}+)*"
    r"|[^\s]"
)
#: The same of a text that is all ASCII, and those of its tokens that are words: half the time.
_PLAIN_WORD = (
    r"\d+(?:[.,'](?=\d)\d+)*[A-Za-z0-9]*(?:[-'.][A-Za-z0-9]+)*|[A-Za-z0-9]+(?:[-'._]+[A-Za-z0-9]+)*"
)
_PLAIN_TOKEN = re.compile(rf"{_PLAIN_WORD}|[^\s\x1c-\x1f]", re.ASCII)
_PLAIN_WORDS = re.compile(_PLAIN_WORD, re.ASCII)
_PLAIN_WORDS_OF_BYTES = re.compile(_PLAIN_WORD.encode())
_WORD = re.compile(r"[^\W_]")
_DIGIT = re.compile(r"[0-9]")
#: What leaves of an ASCII text without digits its words and spaces: whatever joins two letters to one word goes.
_ONLY_WORDS = {c: " " for c in range(128) if not chr(c).isalnum()} | {ord(c): "" for c in "-'._"}
#: What begins a token that is a character, not a word.
BY_CHARACTER = late(rf"[{_CJK}{_UNPARTED}]")


def key(text: str) -> str:
    """The form of a text that is compared: equal where only typography or white space differ.

    NFKC; quotes, dashes, ellipses and spaces folded to plain ones, unseen characters dropped, white
    space collapsed and stripped, also round a dash. Case is kept. Idempotent.
    """
    if not text.isascii():
        text = _UNSEEN.sub("", text).translate(_FOLDED)
        text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text).translate(_FOLDED))
        if not text.isascii():  # dropped marks may bring a letter and its accent together
            text = unicodedata.normalize("NFKC", text).translate(_FOLDED)
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    if '"' in text:
        text = _QUOTE.sub("'", text)
    text = text.replace("`", "'")
    text = " ".join(text.split())
    return _DASH.sub("-", text) if "-" in text else text


def tokens(text: str) -> list[str]:
    """The words and marks of a text, as written, in order; what is left between them is white space."""
    return (_PLAIN_TOKEN if text.isascii() else TOKEN).findall(text)


def words_in(text: str) -> list[str]:
    """Those of the tokens that begin with a letter or a digit."""
    if text.isascii():
        return _PLAIN_WORDS.findall(text)
    return [token for token in TOKEN.findall(text) if token[:1].isalnum()]


def words_of_bytes(text: str) -> list[bytes]:
    """`words_in`, in UTF-8."""
    if text.isascii():
        return _PLAIN_WORDS_OF_BYTES.findall(text.encode())
    return [word.encode("utf-8", "replace") for word in words_in(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a text stand: (start, end) of each, in order."""
    pattern = _PLAIN_TOKEN if text.isascii() else TOKEN
    return [match.span() for match in pattern.finditer(text)]


def is_word(token: str) -> bool:
    """Whether a token counts as a word: it holds a letter or a digit."""
    return token.isalnum() or _WORD.search(token) is not None


@remembered(2_000_000)
def count_words(text: str) -> int:
    """How many words; marks are not counted; characters are, where a script counts by them."""
    if text.isascii():
        if _DIGIT.search(text) is None:  # a sixth of the time
            return len(text.translate(_ONLY_WORDS).split())
        parts = text.split()  # half of it: most are letters and nothing else
        odd = [part for part in parts if not part.isalpha()]
        return len(parts) - len(odd) + len(_PLAIN_WORDS.findall(" ".join(odd)))
    return len(list(filter(_WORD.search, TOKEN.findall(text))))


def has_words(text: str, least: int) -> bool:
    """Whether there are so many words, looked at no further than that."""
    words = (True for match in TOKEN.finditer(text) if _WORD.search(match[0]))
    return sum(islice(words, least)) >= least


#: Characters of the tokens remembered: 60,000 different words.
_REMEMBERED = 6_500_000


@remembered(_REMEMBERED)
def token_key(token: str) -> str:
    """The comparison form of one token, kept: a text repeats most of its words."""
    return key(token)


@remembered(_REMEMBERED)
def word_of(token: str) -> str:
    """The word of a token as it is looked up, upper and lower case alike; "" of a mark."""
    return token_key(token).casefold() if is_word(token) else ""
