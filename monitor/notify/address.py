"""Is a text a mail address, and whose?"""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?"
)
_NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")


def split_address(text: str) -> tuple[str, str]:
    """Name and bare address of "a@b.example" or "Name <a@b.example>"; ValueError where it is neither."""
    m = _NAMED.fullmatch(text)
    name, address = (m["name"].strip('" '), m["address"].strip()) if m else ("", text.strip())
    domain = address.rpartition("@")[2]
    if not address.isascii():
        raise ValueError(f'expected an address in ASCII (a domain as "xn--…"), not "{text}"')
    if not _ADDRESS.fullmatch(address) or ".." in address or any(c in name for c in "\r\n\0"):
        raise ValueError(f'expected an address such as "desk@example.org", not "{text}"')
    if address[0] == "." or ".@" in address or domain.startswith("-"):
        raise ValueError(f'expected an address such as "desk@example.org", not "{text}"')
    return name, address
