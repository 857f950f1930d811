"""What are the parts of a URL, and which host, site and page do they name? The ground urls.py stands on.

Everything is read as a browser reads it (WHATWG), so that no two readers of one URL disagree.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ada_url import URL
from msgspec import Struct

from .tracking import without_tracking

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]")
#: Characters whose escape means the same in every place of a path or query (RFC 3986, 2.3), and
#: those sub-delims no server tells from their escapes there. `&`, `+`, `;`, `=` are left as written.
_SAME = frozenset("-._~!$'()*,:@") | frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)
#: Characters of an address that is worth remembering; a hostile one may have a million.
_LONG = 4096
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#: A URL that is written as the standard writes it: of the characters that stand for themselves in each place, its
#: host a plain name, or four numbers, no default port, no dot at the head of a folder.
_PLAIN = re.compile(
    rf"(http:|https:)//((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*|{_OCTET}(?:\.{_OCTET}){{3}})(?::([1-9][0-9]{{0,4}}))?"
    r"((?:/(?![.])(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%(?!2[eE]))*)+)(\?[A-Za-z0-9\-._~!$&()*+,;=:@/?%]+)?"
)

#: ISO 639-1 codes that sites use as the first folder of a language, and the countries seen in their place.
LOCALES = frozenset(
    "ar be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk km ko "
    "lt lv mk mn ms mt nb nl nn no pl pt ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh "
    "at au br ch cn cz dk gb ie in jp kr mx nz se sg tw us za".split()
)
#: Fragments that open a box over the page they stand on (Ghost's sign-up, share and search).
_BOXES = re.compile(r"#/(?:portal|share|search|comments?)(?:[/?]|$)")
_LOCALE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2,4}){0,2}", re.IGNORECASE)
HOME_NAME = re.compile(
    r"(?i)(?:index|default|home|homepage|start|startseite|startpage|welcome|main|accueil|inicio|"
    r"portada|strona-glowna|hjem|etusivu)(?:\.(?:html?|xhtml|shtml|php\d?|aspx?|jspx?|jsf|do|cfm))?"
)
#: Parameters that name one page of a site, so that `/?p=41` is a post and no home page.
PAGE_PARAMETERS = frozenset(
    "p id page_id post post_id postid article articleid article_id aid nid newsid news_id story storyid "
    "sid tid itemid item entry entryid attachment_id title slug name node q_id blogid contentid cid docid".split()
)


class Parsed(Struct, frozen=True):
    """The parts of an http or https URL as a browser reads them, all escaped ASCII."""

    protocol: str  #: "http:" or "https:"
    host: str  #: with the port, where it is not the default one
    hostname: str
    port: str
    pathname: str
    search: str  #: with its "?", or ""
    hash: str  #: with its "#", or ""


def parse(url: str, base: str = "") -> Parsed | None:
    """The parts of a URL, joined with `base`; None where it is no http or https URL with a host."""
    return _parse(url, base) if len(url) + len(base) <= _LONG else _parse.__wrapped__(url, base)


@lru_cache(maxsize=4096)  # one URL is asked a dozen questions in a row
def _parse(url: str, base: str) -> Parsed | None:
    if not base and (plain := _plain(url)) is not None:
        return plain
    try:
        found = URL(url, base) if base else URL(url)
    except (ValueError, UnicodeError, TypeError):
        return None
    if found.protocol not in ("http:", "https:") or not found.hostname:
        return None
    return Parsed(
        *(found.protocol, found.host, found.hostname, found.port),
        *(found.pathname, found.search, found.hash),
    )


def _plain(url: str) -> Parsed | None:
    """The parts of a URL that no reader could write otherwise, at a sixth of what it costs to have it taken apart;
    None of all others (tests/read/test_urls.py holds both against each other)."""
    found = _PLAIN.fullmatch(url)
    if found is None:
        return None
    protocol, name, port, path, search = found.groups("")
    if port and (int(port) > 65535 or port == ("80" if protocol == "http:" else "443")):
        return None
    if "xn--" in name:
        return None
    return Parsed(protocol, f"{name}:{port}" if port else name, name, port, path, search, "")


def route_of(fragment: str) -> str:
    """The fragment where it is a hash-bang route to a page of its own, else ""."""
    if not fragment.startswith(("#!", "#/")) or len(fragment.rstrip("/")) <= 2:
        return ""
    return "" if _BOXES.match(fragment) else fragment


def normal(text: str, keep: str = "") -> str:
    """Escapes made alike: unreserved characters bare, all others escaped in upper case."""

    def one(match: re.Match[str]) -> str:
        found = match.group()
        if found == "%":  # stray: written as what it is, or decoding its neighbours would change it
            return "%25"
        if found.startswith("%"):
            char = chr(int(found[1:], 16))
            return char if char in _SAME else found.upper()
        return (
            found
            if found in keep
            else "".join(f"%{b:02X}" for b in found.encode("utf-8", "replace"))
        )

    return _ESCAPE.sub(one, text)


def pieces_of(search: str) -> list[str]:
    """The parameters of a query, escapes made alike and `+` read as the space it is."""
    pieces = search.removeprefix("?").split("&")
    return [normal(piece.replace("+", "%20"), keep="?") for piece in pieces if piece]


def host_of(url: str) -> str:
    """`host` or `host:port` in lower case, default ports and a leading `www.` dropped; "" for none."""
    parsed = parse(url)
    if parsed is None:
        return ""
    port = "" if parsed.port in ("", "80", "443") else f":{parsed.port}"
    return parsed.hostname.rstrip(".").removeprefix("www.") + port


def same_host(a: str, b: str) -> bool:
    """The same host and port; `www.`, http and https are alike."""
    host = host_of(a)
    return bool(host) and host == host_of(b)


def same_site(a: str, b: str) -> bool:
    """The same registrable domain; of IP addresses and bare names the same host and port."""
    if same_host(a, b):
        return True
    one, other = _registrable(a), _registrable(b)
    return bool(one) and one == other


def domain_of(url: str) -> str:
    """What an owner holds of a host's name, its registrable domain; of IP addresses and bare names host and
    port; "" for none."""
    return _registrable(url) or host_of(url)


def _registrable(url: str) -> str:
    parsed = parse(url)
    if parsed is None:
        return ""
    host = parsed.hostname.rstrip(".")
    if host.startswith("[") or _IPV4.fullmatch(host):
        return ""
    return _suffixes().privatesuffix(host) or ""


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # 60 ms: only where a host differs

    return PublicSuffixList()


def segments(url: str) -> list[str]:
    """The parts of the path, escapes decoded, empty ones left out."""
    parsed = parse(url)
    return [] if parsed is None else [unquote(s) for s in parsed.pathname.split("/") if s]


def parameters(url: str) -> list[tuple[str, str]]:
    """Name (lower case) and value of each parameter that is no tracking, in order."""
    parsed = parse(url)
    if parsed is None:
        return []
    pieces = without_tracking(pieces_of(parsed.search))
    return [(unquote(n).lower(), unquote(v)) for n, _, v in (p.partition("=") for p in pieces)]


def is_locale(segment: str) -> bool:
    """A folder that names a language or country: `en`, `en-gb`, `zh-Hans-CN`, `us`."""
    found = _LOCALE.fullmatch(segment)
    return found is not None and found.group(1).lower() in LOCALES


def folder(url: str) -> str:
    """The path up to the slash before its last part: `/blog/` of `/blog/a` and of `/blog/a/`.

    A trailing slash does not count, as in the identity of a post; "/" at the top.
    """
    parsed = parse(url)
    if parsed is None:
        return "/"
    return parsed.pathname.rstrip("/").rpartition("/")[0] + "/"
