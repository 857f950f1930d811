"""A request as it is sent: its bytes, or what h11 is told of it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import h11
from msgspec import Struct

#: h11's own grammar of a target (h11 0.16, `_abnf.py`).
_TARGET = re.compile(rb"[\x21-\x7e]+")
#: A value that h11 takes as it stands, of signs that can be seen.
_VALUE = re.compile(rb"[\x21-\x7e\x80-\xff]+(?:[ \t]+[\x21-\x7e\x80-\xff]+)*")
#: Headers that say how the message is framed, or what becomes of the connection.
_FRAMING = frozenset(
    {b"connection", b"content-length", b"expect", b"transfer-encoding", b"upgrade"}
)
#: What asks for a page only if it is no longer a copy's (RFC 9110, section 13.1).
CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
_CONDITIONS = frozenset(map(str.encode, CONDITIONS))


class Lines(Struct, frozen=True):
    """The headers of a request, checked."""

    headers: Any  #: as h11 takes them without checking them again
    written: bytes  #: as h11 writes them
    framing: bool  #: whether any of them is of _FRAMING


@lru_cache(256)
def lines_of(headers: tuple[tuple[bytes, bytes], ...]) -> Lines:
    """The headers, made once for all requests that are asked alike. Raises h11.LocalProtocolError for what is no
    HTTP."""
    checked = h11.Request(method="GET", target="/", headers=list(headers)).headers
    raw = sorted(checked.raw_items(), key=lambda item: item[0].lower() != b"host")
    return Lines(
        checked,
        b"".join(b"%s: %s\r\n" % item for item in raw),
        any(name in _FRAMING for name, _ in checked),
    )


class Asked(Struct, frozen=True):
    """One request."""

    method: bytes
    target: bytes
    lines: Lines
    content: bytes = b""
    #: Headers of this page alone, behind the others: which copy of it we hold.
    own: tuple[tuple[bytes, bytes], ...] = ()

    def is_plain(self) -> bool:
        """Whether it is a GET of which h11 need not know."""
        usual = self.method == b"GET" and not self.content and not self.lines.framing
        if not usual or _TARGET.fullmatch(self.target) is None:
            return False
        return all(name in _CONDITIONS and _VALUE.fullmatch(value) for name, value in self.own)

    def written(self) -> bytes:
        """The bytes of a plain one, as h11 writes them."""
        own = b"".join([b"%s: %s\r\n" % item for item in self.own])
        return b"GET %s HTTP/1.1\r\n%s%s\r\n" % (self.target, self.lines.written, own)

    def request(self) -> h11.Request:
        """What h11 is told. Raises h11.LocalProtocolError for what is no HTTP."""
        headers = self.lines.headers
        if self.own:
            headers = [*headers.raw_items(), *self.own]
        return h11.Request(method=self.method, target=self.target, headers=headers)
