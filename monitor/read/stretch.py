"""Where in the bytes of its page does an article stand? Pages are cut at every "<", and not parsed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from html import unescape

from .article import Article
from .article.normal import key

_NAME = re.compile(rb"/?[A-Za-z][A-Za-z0-9:-]*")
#: A piece that is more than a tag with no text behind it.
_WORDED = re.compile(rb"<(?!/?[A-Za-z][^<>]*>\s*(?:<|\Z))[^<]*")
#: What readers put between the cells of a row, round a quotation (<q>), or fold by what stands beside it.
_BESIDE = " |'\""


def stretch_of(body: bytes, article: Article) -> tuple[int, int] | None:
    """Where in the bytes of its page an article stands: (start, end) of the shortest stretch found that
    holds all its blocks, in their order; None where they do not stand in it so (a script draws them, or
    they were put together otherwise)."""
    blocks = _blocks(article)
    if not blocks:
        return None
    words, starts, ends, length = [], [], [], 0
    for start, end, text in texts(body):
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
        "".join(text or "" for _, _, text in texts(b)) for b in (body[slice(*stretch)], body)
    )
    return all(block in inside or block not in whole for block in _blocks(article))


def _blocks(article: Article) -> list[str]:
    return [text for b in article.blocks if (text := squeezed(b.key))]


def texts(body: bytes) -> Iterator[tuple[int, int, str | None]]:
    """(start, end, text) of each piece of the bytes that has one, for readers; None for one not of UTF-8."""
    head = body.find(b"<")
    yield from _text(0, body[:head] if head >= 0 else body)
    for found in _WORDED.finditer(body):
        yield from _text(found.start(), found[0][1:], found.end())


def _text(
    start: int, piece: bytes, end: int | None = None
) -> Iterator[tuple[int, int, str | None]]:
    name = name_of(piece)
    if name in (b"script", b"style") or piece.startswith(b"!--"):
        return
    text = said(parted(piece)[1] if name else piece)
    if text is None or text:
        yield start, len(piece) if end is None else end, text and squeezed(text)


def squeezed(text: str) -> str:
    """A text without spaces, and without what readers put between its parts."""
    for mark in _BESIDE:
        text = text.replace(mark, "")
    return text


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
