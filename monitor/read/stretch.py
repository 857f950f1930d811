"""Where in the bytes of its page does an article stand? Pages are cut at every "<", and not parsed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from html import unescape

from .article import Article
from .article.normal import key

_NAME = re.compile(rb"/?[A-Za-z][A-Za-z0-9:-]*")


def stretch_of(body: bytes, article: Article) -> tuple[int, int] | None:
    """Where in the bytes of its page an article stands: (start, end) of the shortest stretch found that
    holds all its blocks, in their order; None where they do not stand in it so (a script draws them, or
    they were put together otherwise)."""
    blocks = [squeezed for b in article.blocks if (squeezed := _squeezed(b.key))]
    if not blocks:
        return None
    words, starts, ends, length = [], [], [], 0
    at = -1  # of the "<" before each piece
    for piece in body.split(b"<"):
        name = name_of(piece)
        if name not in (b"script", b"style") and not piece.startswith(b"!--"):
            text = said(parted(piece)[1] if name else piece)
            if text is None:
                return None
            if text:
                words.append(_squeezed(text))
                starts.append((length, max(at, 0)))
                length += len(words[-1])
                ends.append((length, at + 1 + len(piece)))
        at += 1 + len(piece)
    whole = "".join(words)
    first = place = whole.find(blocks[0])
    for block in blocks:
        place = whole.find(block, place)
        if place < 0:
            return None
        place += len(block)
    start = starts[bisect_right(starts, (first, len(body))) - 1][1]
    return start, ends[bisect_left(ends, (place, 0))][1]


def _squeezed(text: str) -> str:
    return text.replace(" ", "")


def name_of(piece: bytes) -> bytes:
    """The tag a piece begins with, lower case; "" for text."""
    found = _NAME.match(piece)
    return found[0].lower() if found else b""


def parted(piece: bytes) -> tuple[bytes, bytes]:
    tag, _, text = piece.partition(b"-->" if piece.startswith(b"!--") else b">")
    return tag, text


def said(text: bytes) -> str | None:
    """The text as it is compared; None where its bytes are not UTF-8."""
    try:
        return key(unescape(text.decode("utf-8")))
    except UnicodeDecodeError:
        return None
