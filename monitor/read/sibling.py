"""Which URL beside a post cannot exist? Asked of a site to learn how it answers what is not there."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

from .tracking import without_tracking
from .url_parts import HOME_NAME, PAGE_PARAMETERS, folder, parse

_SCRIPT = re.compile(r"(?i)\.(?:php\d?|aspx?|jspx?|cgi|pl|do|cfm|dll|jsf)$")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


def made_up_sibling(url: str, token: str) -> str:
    """A URL beside this one that cannot exist: same folder, extension, slash and length of name.

    Made of `token` (letters and digits), so that it is known again in a server's log. Where a
    parameter names the page, its value is made up instead. "" for what is no http URL.
    """
    parsed = parse(url)
    if parsed is None:
        return ""
    root = f"{parsed.protocol}//{parsed.host}"
    pieces = [p for p in without_tracking(parsed.search.removeprefix("?").split("&")) if p]
    name = unquote(parsed.pathname.rstrip("/").rpartition("/")[2])
    by_query = not name or _SCRIPT.search(name) or HOME_NAME.fullmatch(name)
    if by_query and pieces:
        named = [p for p in pieces if p.partition("=")[0].lower() in PAGE_PARAMETERS] or pieces
        at = pieces.index(named[0])
        key, _, value = named[0].partition("=")
        pieces[at] = f"{key}={_made_up(unquote(value), token)}"
        return f"{root}{parsed.pathname}?{'&'.join(pieces)}"
    extension = _EXTENSION.search(name)
    ending = extension.group() if extension else ""
    slug = _made_up(name.removesuffix(ending), token)
    slash = "/" if name and parsed.pathname.endswith("/") else ""
    return f"{root}{folder(url)}{slug}{ending}{slash}"


def _made_up(slug: str, token: str) -> str:
    """A name of the same shape: letters from the token, digits from its hash, hyphens where they were."""
    letters = re.sub(r"[^a-z]", "", token.lower()) or "postwatch"
    digest = hashlib.sha256(token.encode("utf-8", "replace"))
    digits = str(int(digest.hexdigest(), 16))
    letters += "".join(chr(ord("a") + b % 26) for b in digest.digest())
    if slug.isdigit():  # ten digits and more: ids are counted up, and no blog has counted so far
        return "9" + (digits * 2)[: max(9, min(len(slug) + 2, 60))]
    out, at, digit_at = [], 0, 0
    for char in slug[:80]:
        if char in "-_.":
            out.append(char)
        elif char.isdigit():
            out.append(digits[digit_at % len(digits)])
            digit_at += 1
        else:
            out.append(letters[at % len(letters)])
            at += 1
    if at < 8:
        out += ["-", *letters[at : at + 8]] if out else list(letters[:12])
    return "".join(out)
