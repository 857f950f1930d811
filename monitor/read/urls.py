"""When do two URLs name one post, and what is a URL in itself: home, folder, host, pattern?

`canonical_key` is the identity of a post; `clean` is the URL that is fetched and shown. Neither
knows whether a page is a post (shape.py). Nothing here raises: what is no http URL gives "" or False.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from .sibling import made_up_sibling
from .tracking import without_tracking
from .url_parts import (
    HOME_NAME,
    PAGE_PARAMETERS,
    domain_of,
    folder,
    host_of,
    is_locale,
    normal,
    parameters,
    parse,
    pieces_of,
    route_of,
    same_host,
    same_site,
    segments,
)

__all__ = [
    "MAX_URL",
    "PAGE_PARAMETERS",
    "canonical_key",
    "clean",
    "domain_of",
    "folder",
    "host_of",
    "is_home",
    "is_locale",
    "looks_like_home_of",
    "made_up_sibling",
    "matches",
    "parameters",
    "parse",
    "same_host",
    "same_site",
    "segments",
]

#: sitemaps.org: a <loc> has less than 2,048 characters; no browser or server needs longer ones,
#: and an index of a database holds about as much.
MAX_URL = 2048
#: Longer ones are no usual posts', and would fill the memory of keys.
_USUAL = 300

#: What may leave a key that is not yet its own key; most URLs hold none of it.
_SECOND_LOOK = re.compile(r"[^!$&'()*,\-./0-9:=?@A-Z_a-z~]|\.\.")
_SESSION_IN_PATH = re.compile(r"(?i);(?:jsessionid|phpsessid|sid|cfid|cftoken)=[^/;?#]*")


def canonical_key(url: str) -> str:
    """The identity of a post: equal for two spellings of one URL. Idempotent.

    Scheme, default port, user info, fragment (but for `#!` and `#/` routes), tracking and session
    parameters, order of parameters and a trailing slash do not count; path case and `www.` do.
    What is no http URL is its own key, stripped.
    """
    return _key(url) if len(url) <= _USUAL else _key.__wrapped__(url)


@lru_cache(8192)  # a pass asks where a post is named, looked at and written: 60 µs each
def _key(url: str) -> str:
    key = _key_once(url)
    if not _SECOND_LOOK.search(url):
        return key
    # One decoded escape can bring out another thing to drop (`;%6Asessionid=`): on to the fixed point.
    for _ in range(8):
        found = _key_once(key)
        if found == key:
            break
        key = found
    return key


def _key_once(url: str) -> str:
    parsed = parse(url)
    if parsed is None:
        return url.strip()
    host = parsed.hostname.rstrip(".") or parsed.hostname
    port = "" if parsed.port in ("", "80", "443") else f":{parsed.port}"
    path = _SESSION_IN_PATH.sub("", normal(parsed.pathname)).rstrip("/")
    pieces = without_tracking(pieces_of(parsed.search))
    query = "&".join(sorted(pieces, key=lambda piece: piece.partition("=")[0]))
    route = normal(route_of(parsed.hash), keep="?#").rstrip("/")
    return f"https://{host}{port}{path or '/'}{'?' + query if query else ''}{route}"


def clean(url: str, base: str = "") -> str:
    """The absolute URL to fetch and to show: joined, without fragment, tracking and user info.

    Everything else stays as given, as a browser would send it. "" for anything but http and https,
    and for URLs of more than MAX_URL characters.
    """
    text = url.strip()
    if not text or len(text) > 4 * MAX_URL:
        return ""
    parsed = parse(text, base)
    if parsed is None:
        return ""
    path = _SESSION_IN_PATH.sub("", parsed.pathname)
    query = "&".join(without_tracking(parsed.search.removeprefix("?").split("&")))
    found = f"{parsed.protocol}//{parsed.host}{path}{'?' + query if query else ''}{route_of(parsed.hash)}"
    return found if len(found) <= MAX_URL else ""


def is_home(url: str) -> bool:
    """The home page of a host, in any language, with or without a query that names no page."""
    parsed = parse(url)
    if parsed is None or route_of(parsed.hash):
        return False
    if any(name in PAGE_PARAMETERS and value for name, value in parameters(url)):
        return False
    parts = segments(url)
    while parts and is_locale(parts[0]) and len(parts) >= 1:
        parts = parts[1:]
    if len(segments(url)) - len(parts) > 2:
        return False
    return not parts or (len(parts) == 1 and HOME_NAME.fullmatch(parts[0]) is not None)


def looks_like_home_of(url: str, home: str) -> bool:
    """The watched home page, its first page, its like in another language, or the home of its site."""
    if canonical_key(url) == canonical_key(home):
        return True
    if is_home(url):
        return same_site(url, home)
    if not same_host(url, home) or any(n in PAGE_PARAMETERS and v for n, v in parameters(url)):
        return False
    return _bare_parts(url) == _bare_parts(home) and not _has_route(url)


def _has_route(url: str) -> bool:
    parsed = parse(url)
    return parsed is not None and bool(route_of(parsed.hash))


def _bare_parts(url: str) -> list[str]:
    """Path parts without languages in front, and without `index.html` or `page/1` behind."""
    parts = [part.lower() for part in segments(url)]
    while parts and is_locale(parts[0]):
        parts = parts[1:]
    if parts and HOME_NAME.fullmatch(parts[-1]):
        parts = parts[:-1]
    if parts[-2:] == ["page", "1"]:
        parts = parts[:-2]
    return parts


def matches(url: str, pattern: str) -> bool:
    """Whether a pattern of the config fits: `*` stands for anything, all else for itself.

    A pattern that starts with "/" is held against the path (and the query, if it has a `?`), any
    other against the whole URL, scheme optional. A trailing slash does not count.
    """
    parsed = parse(url)
    if parsed is None or not pattern:
        return False
    query = parsed.search if "?" in pattern else ""
    path = parsed.pathname + query
    if pattern.startswith("/"):
        texts, wanted = [path], pattern
    else:
        wanted = re.sub(r"(?i)^https?://", "", pattern)
        host = parsed.host
        texts = (
            [host + path, f"{parsed.protocol}//{host}{path}"]
            if "*" in wanted.partition("/")[0]
            else [host + path]
        )
    spellings = {spelling for text in texts for spelling in _spellings(text)}
    return any(_glob(spelling, form) for spelling in spellings for form in _spellings(wanted))


def _spellings(text: str) -> set[str]:
    """Escapes decoded, with and without the slash at the end."""
    plain = unquote(text)
    return {plain, plain.rstrip("/") or "/"}


def _glob(text: str, pattern: str) -> bool:
    """Linear: leftmost match of each piece between the stars, the last one anchored at the end."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1]:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])
