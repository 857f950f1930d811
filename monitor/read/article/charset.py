"""Which characters do these bytes mean? A byte string of HTML becomes text, as browsers read it.

WHATWG's order: byte order mark, HTTP header, declaration in the page, then a guess (charset_guess.py's
business). Only WHATWG's labels are known, so no Python codec can be asked for by a hostile page. A
declaration that the bytes belie is not believed: an article must not change its letters because a
server forgot a header.
"""

from __future__ import annotations

import codecs
import re

from .charset_guess import guess
from .charset_labels import CODECS, encoding_of

#: WHATWG looks at 1,024 bytes; pages with long scripts up front declare later.
_PRESCAN = 4096
_META = re.compile(rb"<meta\b[^>]{0,500}", re.IGNORECASE)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([^\s"'/>;]{1,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']""")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
)


def looks_like_html(text: str) -> bool:
    """Whether a text begins as a web page does, comments and an XML declaration aside."""
    at, start = 0, text[:8192]
    while True:
        at += len(start[at:]) - len(start[at:].lstrip())
        end = "-->" if start.startswith("<!--", at) else "?>" if start.startswith("<?", at) else ""
        close = start.find(end, at) if end else -1
        if close < 0:
            return _HTML_START.match(start, at) is not None
        at = close + len(end)


def decode_html(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text of a page and the name (WHATWG's, lower case) of the charset it was read by.

    `content_type` is the HTTP header, or a bare label. Never raises: what does not decode becomes
    U+FFFD. Time is linear in the body.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(CODECS[name], "replace"), name
    declared = declared_charset(body, content_type)
    text, bad, good = _as_utf8(body)
    if not bad and declared not in ("utf-16le", "utf-16be", "iso-2022-jp"):
        # Well-formed UTF-8 with letters beyond ASCII is UTF-8, whatever is declared: no other charset
        # gives such bytes by chance. Pure ASCII is the same text in every charset.
        if good or declared is None:
            if not good and b"\x1b$" in body:
                return body.decode(CODECS["iso-2022-jp"], "replace"), "iso-2022-jp"
            return text, "utf-8"
        return text, declared
    if declared == "utf-8" and bad <= good:
        return text, "utf-8"  # here and there a broken letter
    if declared is None or declared == "utf-8":
        declared = "utf-8" if bad * 20 < good else guess(body)
    if declared == "utf-8":
        return text, declared
    return body.decode(CODECS[declared], "replace"), declared


def declared_charset(body: bytes, content_type: str = "") -> str | None:
    """The charset that header or page declare, by WHATWG's name; None where none known is."""
    header = re.search(r"""(?i)charset\s*=\s*["']?\s*([^\s"';,]{1,40})""", content_type)
    label = header.group(1) if header else ("" if "/" in content_type else content_type)
    found = encoding_of(label)
    return found or _in_page(body)


def _in_page(body: bytes) -> str | None:
    start = body[:_PRESCAN]
    xml = _XML.match(start)
    if xml:
        found = encoding_of(xml.group(1).decode("ascii", "replace"))
        if found:
            return _readable(found)
    for meta in _META.finditer(_COMMENT.sub(b"", start)):
        label = _CHARSET.search(meta.group())
        found = encoding_of(label.group(1).decode("ascii", "replace")) if label else None
        if found:
            return _readable(found)
    return None


def _readable(name: str) -> str:
    """Who can read the declaration byte by byte is not reading UTF-16 (WHATWG, prescan)."""
    return "utf-8" if name.startswith("utf-16") else name


def _as_utf8(body: bytes) -> tuple[str, int, int]:
    """The text as UTF-8, how many places are no UTF-8, and how many letters beyond ASCII are well-formed."""
    whole = _without_cut_letter(body)
    if whole.isascii():
        return whole.decode("ascii"), 0, 0
    try:
        text = whole.decode("utf-8")
        bad = 0
    except UnicodeDecodeError:
        text = whole.decode("utf-8", "replace")
        bad = text.count("\ufffd") - whole.count(b"\xef\xbf\xbd")
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return text, bad, beyond - bad


def _without_cut_letter(body: bytes) -> bytes:
    """Without the first half of a letter at the very end, where a body was cut off."""
    for back in range(1, min(4, len(body)) + 1):
        byte = body[-back]
        if byte < 0x80:
            break
        if byte >= 0xC2:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return (
                body[:-back]
                if needed > back and byte < 0xF5 and back < len(body) and len(body) > 64
                else body
            )
    return body
