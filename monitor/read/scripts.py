"""Do two scripts say the same of the article? And a script without what is made anew for each answer."""

from __future__ import annotations

import re
from hashlib import sha256

from .stretch import parted

#: A longer script is the site's own code, the same each time.
LONGEST = 4_000
#: Linked data; or a type that is spelled in references, which may be theirs.
_LINKED_DATA = re.compile(rb"""(?i)ld\+json|\btype\s*=\s*["']?[^"'\s&>]*&""")
#: Scripts that may hold data of the article, and those that may leave for another page.
_STATE = re.compile(rb"(?i)json|__next|__nuxt|articlebody")
_LEAVES = re.compile(rb"\blocation\b")
#: What a server makes anew for each answer: letters and digits mixed, no date (those begin with a year). Looked
#: at by `_kept`: one expression for it all looks at each place of a long text again and again.
_LEAST = 12
_LONG = re.compile(rb"(?<![\w+/=-])[\w+/=-]{%d,}" % _LEAST)
_DIGIT, _LETTER, _YEAR = re.compile(rb"\d"), re.compile(rb"[A-Za-z]"), re.compile(rb"\d{4}-")
_OF_TOKEN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+/=-"
_BETWEEN = re.compile(rb"[+/=]")


def same_script(x: bytes, y: bytes) -> bool:
    """Whether two scripts say the same of the article: linked data byte for byte, what leaves for another
    page likewise; state but for its tokens. The article itself does not stand in them."""
    (tag_x, text_x), (tag_y, text_y) = parted(x), parted(y)
    if is_linked_data(tag_x) or is_linked_data(tag_y):
        return False
    if text_x == text_y:  # its nonce may be another
        return True
    if leaves(x) or leaves(y):
        return False
    if _STATE.search(x) is None and _STATE.search(y) is None:
        return True
    x, y = _apart(x, y)
    if _LONG.split(x) != _LONG.split(y):
        return without_tokens(x) == without_tokens(y)
    return all(map(_same_token, _LONG.findall(x), _LONG.findall(y)))


def said_by(tag: bytes, text: bytes) -> tuple[object, ...] | None:
    """What of a script may be read of the article: two of which this is equal say the same. None for linked
    data, which is read byte for byte."""
    if is_linked_data(tag):
        return None
    state = _STATE.search(tag) is not None
    if (len(text) > LONGEST and not state) or leaves(tag) or leaves(text):
        return b"script", sha256(text).digest()
    if state or _STATE.search(text):
        said = without_tokens(tag + b">" + text)
        return b"script", b"state", sha256(said).digest()
    return (b"script",)


def is_linked_data(tag: bytes) -> bool:
    """Whether a script's tag calls it linked data, or may."""
    return _LINKED_DATA.search(tag) is not None


def leaves(text: bytes) -> bool:
    """Whether a script may leave for another page."""
    return b"location" in text and _LEAVES.search(text) is not None


def _apart(x: bytes, y: bytes) -> tuple[bytes, bytes]:
    """Two texts without what they begin and end with alike; no token is cut."""
    start = _alike(x, y)
    end = _alike(x[start:][::-1], y[start:][::-1])
    start = len(x[:start].rstrip(_OF_TOKEN))
    end = len(x[len(x) - end :].lstrip(_OF_TOKEN))
    return x[start : len(x) - end], y[start : len(y) - end]


def _alike(x: bytes, y: bytes) -> int:
    """How many bytes two texts begin with alike."""
    low, high = 0, min(len(x), len(y))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if x[low:middle] == y[low:middle] else (low, middle - 1)
    return low


def without_tokens(text: bytes) -> bytes:
    """A script without its tokens, in time that is linear in its length."""
    return _LONG.sub(_kept, text)


def _same_token(x: bytes, y: bytes) -> bool:
    """Whether two runs in one place of two scripts are alike but for a token: one in 2,000 of 16 hexadecimal digits
    is all of decimal ones, and by itself a number."""
    rest_x, rest_y = _without(x), _without(y)
    if rest_x == rest_y:
        return True
    for run, rest, other, whole in ((x, rest_x, y, rest_y), (y, rest_y, x, rest_x)):
        if rest != run and whole == other and other.startswith(rest):
            digits = other[len(rest) :]
            return len(digits) >= _LEAST and digits.isdigit()
    return False


def _kept(found: re.Match[bytes]) -> bytes:
    return _without(found[0])


def _without(run: bytes) -> bytes:
    """A run without the token that it ends in, if it does."""
    if not _DIGIT.search(run) or not _LETTER.search(run):
        return run
    last = min(
        max((m.start() for m in sign.finditer(run)), default=-1) for sign in (_DIGIT, _LETTER)
    )
    for start in (0, *(m.end() for m in _BETWEEN.finditer(run))):
        if start > last or len(run) - start < _LEAST:
            break
        if not _YEAR.match(run, start):
            return run[:start]
    return run
