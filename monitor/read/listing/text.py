"""Plain text of a title or summary as a source gives it: tags out, entities read, white space single."""

from __future__ import annotations

import html
import re

#: Only what HTML knows as a tag is one: a headline may speak of `<T>` or of "a < b".
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|del|div|em|figure|figcaption|font|h[1-6]|hr|i|img|ins|kbd|"
    r"li|mark|ol|p|pre|q|s|small|span|strong|sub|sup|table|tbody|td|th|time|tr|tt|u|ul|wbr)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)


def bare_text(text: str, *, markup: bool = True, limit: int = 1000) -> str:
    """The text without tags (if it is `markup`) and with single spaces, `limit` characters at most."""
    text = text[: limit * 40]
    if markup:
        text = html.unescape(_TAG.sub(lambda m: " " if _is_block(m.group()) else "", text))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _is_block(tag: str) -> bool:
    return (
        re.match(r"(?i)</?(?:p|div|br|li|ul|ol|h\d|t[rdh]|table|blockquote|figure|hr)\b", tag)
        is not None
    )
