"""An archived page whose tags cannot reach out: what a browser may be shown.

A content policy stops requests, but not all that comes before one: measured in Chromium 150, a page with an
`iframe` or `link rel=preconnect` has its host's name looked up and a TLS connection begun, under
`sandbox; default-src 'none'` as well, and so does a click on a link. Its owner would learn who reads.
"""

from __future__ import annotations

import re

#: Tags that fetch, connect, embed or lead away. Scripts do nothing in a sandbox, and are taken along.
_NAMES = (
    "a|applet|area|audio|base|embed|fencedframe|form|frame|frameset|iframe|image|input|link|object|portal"
    "|script|source|track|video"
)
#: As the HTML standard's tokenizer finds a tag (13.2.5.6, 13.2.5.8): "<" or "</", then a letter; the name
#: ends at white space, "/" or ">".
_TAG = re.compile(rb"<(/?)(?=(?:" + _NAMES.encode() + rb")[\t\n\f\r />])", re.IGNORECASE)


def defused(page: bytes) -> bytes:
    """The page with those tags renamed to ones that mean nothing (`<iframe` is `<x-iframe`): its words
    and its layout stay. For encodings in which ASCII is ASCII."""
    return _TAG.sub(rb"<\1x-", page)


def is_wide(page: bytes, charset: str) -> bool:
    """Whether the page is in UTF-16, where its tags are not found so (the one encoding of the WHATWG
    table that holds no ASCII)."""
    return page[:2] in (b"\xfe\xff", b"\xff\xfe") or charset.lower().startswith("utf-16")
