"""The head of an answer that is written as nearly all are, read in one go.

h11 reads every head with the same care, a line and a state at a time, which is a third of an exchange. What
is read here is what nobody could read otherwise; of all else, None, and h11 decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from ...model import Headers

# The grammar is h11's own (h11 0.16, `_abnf.py`): a name is a token, a value anything but NUL and the vertical kinds
# of white space, lines end with CRLF and go on with none.
_VALUE = r"[^\x00\n\x0b\x0c\r]*"
_LINE = rf"[-!#$%&'*+.^_`|~0-9a-zA-Z]+:{_VALUE}\r\n"
_HEAD = re.compile(rf"HTTP/1\.1 ([2-5][0-9]{{2}})(?: {_VALUE})?\r\n((?:{_LINE})*)\r\n")
_LENGTH = re.compile("[0-9]{1,15}")
#: Of a GET (RFC 9110, sections 15.3.5 and 15.4.5).
_BODILESS = (204, 304)


class Head(Struct):
    """The final answer's head: names in lower case, values as latin-1, their order kept."""

    status: int
    headers: Headers
    reason: str = ""  #: only where h11 read it


def read_by_h11(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of h11's answer, as a Head has them."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


class Plain(Struct):
    """A head, where it ends, and how many bytes of body follow it; the connection may be used again."""

    head: Head
    end: int
    length: int


def plain_head(data: bytes, longest: int) -> Plain | None:
    """The answer to a GET that these bytes begin with: its head is whole, at most `longest` bytes, its body's
    length given, and nothing said of a connection's end; None for any other."""
    end = data.find(b"\r\n\r\n") + 4
    if not 4 <= end <= longest:
        return None
    found = _HEAD.fullmatch(data[:end].decode("latin-1"))
    if found is None:
        return None
    headers: list[tuple[str, str]] = []
    length = -1
    for line in found[2].split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if name == "content-length":
            if length >= 0 or not _LENGTH.fullmatch(value):
                return None
            length = int(value)
        elif name == "transfer-encoding" or (
            name == "connection" and value.lower() != "keep-alive"
        ):
            return None
        headers.append((name, value))
    status = int(found[1])
    if status in _BODILESS:
        length = 0
    elif length < 0:
        return None  # till the connection ends
    return Plain(Head(status, tuple(headers)), end, length)
