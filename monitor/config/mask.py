"""A text without the secrets in it, in whatever way somebody wrote them there. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus, unquote

#: A secret shorter than this is a part of ordinary words: to mask it would only show it.
SHORTEST = 4
HIDDEN = "***"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with *** for each secret of at least SHORTEST characters: as it is, percent-encoded,
    escaped as in JSON, Python or HTML, in any case, and as base64 alone or amid other bytes (RFC 4616:
    a server that repeats a login repeats the password so)."""
    known = tuple(sorted({s for s in secrets if len(s) >= SHORTEST}))
    if not known or not text:
        return text
    text = _pattern(known).sub(HIDDEN, text)
    plain = [form.encode() for s in known for form in (s, unquote(s))]

    def shown(m: re.Match[str]) -> str:
        return HIDDEN if any(p in _decoded(m[0]) for p in plain) else m[0]

    return _BASE64.sub(shown, text)


@lru_cache(maxsize=8)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str]:
    forms = {form for s in secrets for form in _forms(s)}
    # The longest first: what is left of a secret whose part was masked would show.
    longest = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)


def _forms(secret: str) -> Iterable[str]:
    for text in (secret, unquote(secret)):
        yield from (text, quote(text), quote(text, safe=""), quote_plus(text), escape(text))
        yield from (json.dumps(text)[1:-1], repr(text)[1:-1], repr(text.encode())[2:-1])


def _decoded(text: str) -> bytes:
    bare = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""
