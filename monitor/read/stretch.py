"""Where in the bytes of its page does an article stand? Pages are cut at every "<", and not parsed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from html import unescape

from .article import Article
from .article.normal import key

_NAME = re.compile(rb"/?[A-Za-z][A-Za-z0-9:-]*")
#: What readers put between the cells of a row, round a quotation (<q>), or fold by what stands beside it.
_BESIDE = str.maketrans(dict.fromkeys(" |'\""))


def stretch_of(body: bytes, article: Article) -> tuple[int, int] | None:
    """Where in the bytes of its page an article stands: (start, end) of the shortest stretch found that
    holds all its blocks, in their order; None where they do not stand in it so (a script draws them, or
    they were put together otherwise)."""
    blocks = _blocks(article)
    if not blocks:
        return None
    words, starts, ends, length = [], [], [], 0
    for start, end, text in _texts(body):
        if text is None:
            return None
        words.append(text)
        starts.append((length, start))
        length += len(text)
        ends.append((length, end))
    whole = "".join(words)
    first = place = whole.find(blocks[0])
    for block in blocks:
        place = whole.find(block, place)
        if place < 0:
            return None
        place += len(block)
    start = starts[bisect_right(starts, (first, len(body))) - 1][1]
    return start, ends[bisect_left(ends, (place, 0))][1]


def holds(body: bytes, stretch: tuple[int, int], article: Article) -> bool:
    """Whether all that stands of an article in the bytes of a page stands in this stretch of them."""
    inside, whole = (
        "".join(text or "" for _, _, text in _texts(b)) for b in (body[slice(*stretch)], body)
    )
    return all(block in inside or block not in whole for block in _blocks(article))


def _blocks(article: Article) -> list[str]:
    return [squeezed for b in article.blocks if (squeezed := _squeezed(b.key))]


def _texts(body: bytes) -> Iterator[tuple[int, int, str | None]]:
    """(start, end, text) of each piece of the bytes that has one, for readers; None for one not of UTF-8."""
    at = -1  # of the "<" before each piece
    for piece in body.split(b"<"):
        end = at + 1 + len(piece)
        if _is_bare(piece):
            at = end
            continue
        name = name_of(piece)
        if name not in (b"script", b"style") and not piece.startswith(b"!--"):
            text = said(parted(piece)[1] if name else piece)
            if text is None:
                yield max(at, 0), end, None
            elif text:
                yield max(at, 0), end, _squeezed(text)
        at = end


def _is_bare(piece: bytes) -> bool:
    """Whether a piece is a tag with no text behind it."""
    close = piece.find(b">")
    if close < 0 or (close + 1 < len(piece) and not piece[close + 1 :].isspace()):
        return False
    return piece[:1].isalpha() or (piece[:1] == b"/" and piece[1:2].isalpha())


def _squeezed(text: str) -> str:
    return text.translate(_BESIDE)


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
