"""An archived page whose tags cannot reach out: what a browser may be shown.

A content policy stops requests, but not all that comes before one: measured in Chromium 150, a page with an
`iframe` or `link rel=preconnect` has its host's name looked up and a TLS connection begun, under
`sandbox; default-src 'none'` as well, and so does a click on a link. Its owner would learn who reads.

Nor may it show what a browser never did: the text of a script is no word of the page.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8

from .article.charset import decode_html

#: Tags that fetch, connect, embed or lead away.
_NAMES = (
    "a|applet|area|audio|base|embed|fencedframe|form|frame|frameset|iframe|image|input|link|object|portal"
    "|script|source|track|video"
)
#: Elements whose content is raw text to the HTML standard's parser (13.2.6.2), become others of that kind that no
#: browser draws (15.3.1). Under an unknown name the text would be read as tags, and the page end in it; and each has
#: a name of its own, since either may stand in the other.
_RAW = {b"script": b"noframes", b"iframe": b"noembed"}
#: What stands in these is for browsers that do not know them. The parser treats them as it does an unknown name.
_HIDDEN = (b"audio", b"fencedframe", b"portal", b"video")
#: As the HTML standard's tokenizer finds a tag (13.2.5.6, 13.2.5.8): "<" or "</", then a letter; the name
#: ends at white space, "/" or ">".
_TAG = re.compile(rb"<(/?)(" + _NAMES.encode() + rb")(?=[\t\n\f\r />])", re.IGNORECASE)
#: In XHTML a tag may end itself; sent as HTML, it would have what follows as its text.
_EMPTY = re.compile(rb"<(script|iframe)(?=[\t\n\f\r /])([^<>]*)/>", re.IGNORECASE)


def as_drawn(page: bytes, content_type: str) -> bytes:
    """The page defused and in UTF-8, with the mark that says so whatever it declares of itself. A browser
    finds its tags in characters, not in bytes: in UTF-16 there is no `<link` to be found, and ISO-2022-JP may
    have an escape amid a name, which it drops."""
    text, _ = decode_html(page, content_type)
    whole = defused(text.encode("utf-8", "replace"), xhtml="xhtml" in content_type.lower())
    return BOM_UTF8 + whole


def defused(page: bytes, *, xhtml: bool = False) -> bytes:
    """The page with those tags renamed to ones that mean nothing (`<link` is `<x-link`, `<script` is
    `<noframes`): its words and its layout stay. For encodings in which ASCII is ASCII."""
    if xhtml:
        page = _EMPTY.sub(rb"<\1\2></\1>", page)
    return _TAG.sub(_renamed, page)


def _renamed(m: re.Match[bytes]) -> bytes:
    slash, name = m.groups()
    known = name.lower()
    if known in _RAW:
        return b"<" + slash + _RAW[known]
    hidden = b" hidden" if known in _HIDDEN and not slash else b""
    return b"<" + slash + b"x-" + name + hidden
