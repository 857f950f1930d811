"""A URL taken apart once, as WHATWG's parser does, for all that ask: may it be fetched, where, and what of there?

To take one apart costs 20 µs, and a fetch asks five times.
"""

from __future__ import annotations

import re
from functools import lru_cache

import ada_url
from msgspec import Struct

from ..read.url_parts import Parsed, parse

#: Kept for the next that asks: those of the fetches under way. Longer ones are no pages' of ours.
_KEPT, _LONGEST = 1024, 2048
#: Where `parse` does not tell all: a user's name, a query of nothing.
_ODD = re.compile(r"@|\?(?:$|#|[\x00-\x20])")


class Address(Struct, frozen=True):
    """The parts of a URL that a request needs; all empty but `url` and `refused` where it is none."""

    url: str  #: as it is asked, without a fragment; as given where it is no URL
    refused: str = ""  #: why its form is not fetched, in a few words; "" where it may be
    scheme: str = ""
    host: str = (
        ""  #: with the port where that is unusual, IPv6 in brackets: what a pace is kept for
    )
    name: str = ""  #: of the host alone, IPv6 without brackets: what is dialled
    port: int = 0
    target: bytes = b""  #: path and query, as a browser writes them


def address_of(url: str) -> Address:
    """The parts of a URL. Never raises.

    An allowlist of schemes on the parsed URL (a prefix blocklist let `source:file:` through,
    CVE-2024-51483), the parser being the one that browsers use. The IP address behind the host is judged at
    connect (guard.py).
    """
    return _kept(url) if len(url) <= _LONGEST else _taken_apart(url)


def _taken_apart(url: str) -> Address:
    found = parse(url)
    if found is not None and not _ODD.search(url) and found.port != "0":
        # As most are; the readers have mostly taken it apart already.
        return _of(found, f"{found.protocol}//{found.host}{found.pathname}{found.search}")
    try:
        parts = ada_url.URL(url)
    except ValueError:
        return Address(url, "not a URL")
    protocol, refused = parts.protocol, ""
    if protocol not in ("http:", "https:"):
        refused = f"the scheme {protocol[:32]} is not fetched"
    elif not parts.hostname:
        refused = "no host"
    elif parts.username or parts.password:
        refused = "a user name or password in the URL"
    elif parts.port == "0":
        refused = "port 0"
    return _of(parts, parts.href.partition("#")[0], refused)


def _of(parts: Parsed | ada_url.URL, url: str, refused: str = "") -> Address:
    return Address(
        url=url,
        refused=refused,
        scheme=parts.protocol.rstrip(":"),
        host=parts.host,
        name=parts.hostname.strip("[]"),
        port=int(parts.port or (443 if parts.protocol == "https:" else 80)),
        target=(parts.pathname + parts.search).encode(),
    )


_kept = lru_cache(_KEPT)(_taken_apart)
