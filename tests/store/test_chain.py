"""Canonical JSON against RFC 8785's own tables and against a second way of writing it."""

from __future__ import annotations

import hashlib
import json
import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.store.chain import GENESIS, body_hash, canonical, link_hash
from tests.store.build import an_event

# RFC 8785 appendix B.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_numbers_are_written_as_ecmascript_does(bits: str, text: str) -> None:
    (x,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(x) == text.encode()


def test_keys_are_sorted_by_utf16_code_units() -> None:
    # RFC 8785 section 3.2.3.
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    keys = list(json.loads(canonical(value)))
    assert keys == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_strings_are_escaped_as_little_as_may_be() -> None:
    # RFC 8785 section 3.2.2.2.
    text = "\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/\x7f\u2028"
    assert canonical(text).decode() == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f\u2028"'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", 2**53, {"a": b"x"}])
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def second_way(value: Any) -> str:
    """RFC 8785 once more, by other means: json for all but numbers and order, Decimal for numbers."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: list(struct.iter_unpack(">H", k.encode("utf-16-be"))))
        return "{" + ",".join(f"{second_way(k)}:{second_way(value[k])}" for k in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(second_way, value)) + "]"
    if isinstance(value, float):
        if value == 0:
            return "0"
        if abs(value) >= 1e21 or abs(value) < 1e-6:
            digits, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
            return f"{digits}e{int(exponent):+d}"
        plain = f"{Decimal(repr(value)):f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return json.dumps(value, ensure_ascii=False)


texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=5) | st.dictionaries(texts, v, max_size=5),
    max_leaves=20,
)


@given(values)
def test_two_ways_of_writing_agree_and_read_back(value: Any) -> None:
    written = canonical(value)
    assert written.decode() == second_way(value)
    assert json.loads(written, parse_int=float) == value  # a JSON number is a double


def test_hashes_are_those_of_the_contract() -> None:
    record = an_event().as_record() | {"id": 7, "uid": "u", "salt": "s", "prev": GENESIS}
    inner = {
        k: v
        for k, v in record.items()
        if k not in ("id", "kind", "detected_at", "body", "prev", "hash")
    }
    assert "salt" in inner and "uid" in inner
    body = hashlib.sha256(second_way(inner).encode()).hexdigest()
    assert body_hash(record) == body
    record["body"] = body
    link = {k: record[k] for k in ("id", "kind", "detected_at", "prev", "body")}
    assert link_hash(record) == hashlib.sha256(second_way(link).encode()).hexdigest()


@pytest.mark.parametrize("key", ["salt", "title", "url", "schema", "uid", "evidence", "looks"])
def test_every_key_of_the_body_counts(key: str) -> None:
    record = an_event().as_record()
    assert body_hash(record) != body_hash(record | {key: "other"})
    assert body_hash(record) == body_hash(
        record | {"id": 99, "prev": "x", "hash": "y", "body": "z"}
    )
