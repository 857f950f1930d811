"""Answers that wait come back as they came, and what two of them share is unpacked once."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import Answer
from monitor.run.packing import Unpacking, packed, unpacked
from monitor.values import replace

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def answer(body: bytes) -> Answer:
    return Answer(url="https://acme.example/a", at=NOW, status=200, body=body)


def test_packed_and_back() -> None:
    for body in (b"", b"a", b"<p>usual</p>" * 9000):
        held = packed(answer(body))
        assert held.body == b"" and bool(held.packed) is bool(body)
        assert unpacked(held) == answer(body) == Unpacking()(held)


def test_a_body_that_two_answers_share_is_unpacked_once() -> None:
    first = packed(answer(b"<p>one</p>" * 100))
    second = replace(first, status=203)
    other = packed(answer(b"<p>other</p>" * 100))
    as_it_came = answer(b"<p>never packed</p>")
    one = Unpacking()
    bodies = [one(x).body for x in (first, second, as_it_came, first, other, first)]
    assert bodies == [unpacked(x).body for x in (first, second, as_it_came, first, other, first)]
    assert bodies[0] is bodies[1] is bodies[3]
    assert one(as_it_came) is as_it_came and one(second).status == 203
