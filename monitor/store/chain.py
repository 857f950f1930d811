"""How an event is sealed: RFC 8785 canonical JSON, the hash of a record's body, the link to the one before.

Pure. Rules of the contract's paragraph "Chain"; outside checks compute the same from `events --json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

#: `prev` of the first event.
GENESIS = "0" * 64

#: Keys that are not part of the body: the chain's own, and those the link itself seals.
CHAIN_KEYS = frozenset({"id", "kind", "detected_at", "body", "prev", "hash"})
LINK_KEYS = ("id", "kind", "detected_at", "prev", "body")

#: `json.dumps` makes an encoder at each call, which takes four times as long as to use it.
_quoted = json.JSONEncoder(ensure_ascii=False).encode
#: RFC 8785 section 3.2.2.3: numbers are IEEE doubles; a larger whole number would not survive.
_EXACT = 2**53 - 1


def canonical(value: Any) -> bytes:
    """RFC 8785 form of None, bool, int, float, str, lists, tuples and dicts with string keys, as UTF-8.

    ValueError for what JSON cannot carry: NaN, infinities, lone surrogates, whole numbers over 2^53.
    """
    try:
        return _written(value).encode()
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate has no canonical form") from None


def body_hash(record: Mapping[str, Any]) -> str:
    """SHA-256 hex over all keys but CHAIN_KEYS, `salt` included."""
    return _sha256({k: v for k, v in record.items() if k not in CHAIN_KEYS})


def link_hash(record: Mapping[str, Any]) -> str:
    """SHA-256 hex over `id`, `kind`, `detected_at`, `prev` and `body`."""
    return _sha256({k: record[k] for k in LINK_KEYS})


def _sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def _written(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            # Python escapes what ECMAScript's JSON.stringify escapes, in the same way.
            return _quoted(value)
        case int():
            if abs(value) > _EXACT:
                raise ValueError(f"{value} is too large for JSON")
            return str(value)
        case float():
            return _number(value)
        case list() | tuple():
            return "[" + ",".join(_written(v) for v in value) + "]"
        case dict():
            # Section 3.2.3: sorted as UTF-16 code units, which is not the order of code points.
            plain = all(map(str.isascii, value))
            keys = sorted(value, key=None if plain else _as_utf16)
            return "{" + ",".join(f"{_written(k)}:{_written(value[k])}" for k in keys) + "}"
        case _:
            raise ValueError(f"{type(value).__name__} is not JSON")


def _as_utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _number(x: float) -> str:
    """ECMAScript's Number::toString: the shortest digits that read back, as Python's repr finds them."""
    if not isfinite(x):
        raise ValueError(f"{x} is not JSON")
    if x == 0:
        return "0"
    sign = "-" if x < 0 else ""
    mantissa, _, exponent = repr(abs(x)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS times ten to the `point`.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    k = len(digits)
    if k <= point <= 21:
        return sign + digits + "0" * (point - k)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + (f".{digits[1:]}" if k > 1 else "") + power
