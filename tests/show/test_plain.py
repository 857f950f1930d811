"""Words made harmless, and lines made sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.show.plain import (
    END,
    FIRST_STRONG,
    allowed,
    as_sentence,
    isolated_in,
    one_line,
)


@given(st.text(st.characters(codec=None)))
def test_nothing_forbidden_stays_and_nothing_else_goes(text: str) -> None:
    for a, b in zip(text, allowed(text), strict=True):
        code = ord(a)
        forbidden = (
            (code < 32 and a not in "\t\n\r")
            or 0x7F <= code <= 0x9F
            or 0xD800 <= code <= 0xDFFF
            or 0xFDD0 <= code <= 0xFDEF
            or code & 0xFFFE == 0xFFFE
        )
        assert b == ("\ufffd" if forbidden else a)
    assert one_line(text) == one_line(allowed(one_line(text)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("the article was read again", "The article was read again."),
        ("note: see below!", "Note: see below!"),
        ("404 in 2 looks", "404 in 2 looks."),
        ("it says “Disallow: /x”", "It says “Disallow: /x”."),
        ("they said “no.”", "They said “no.”"),
        ("https://tulip.example/ answered 404", "https://tulip.example/ answered 404."),
        ("robots.txt now: SHA-256 ab", "robots.txt now: SHA-256 ab."),
        ("cut…", "Cut…"),
        ("état", "État."),
        ("", ""),
    ],
)
def test_a_line_as_a_sentence(line: str, said: str) -> None:
    assert as_sentence(line) == said


@given(st.text())
def test_what_is_quoted_is_isolated_and_nothing_else_changes(text: str) -> None:
    line = isolated_in(f"{text} “{text}” https://a.example/b?c, then {text}")
    assert line.count(FIRST_STRONG) == line.count(END) >= 1
    depth = 0
    for c in line:
        depth += (c == FIRST_STRONG) - (c == END)
        assert depth in (0, 1)
    assert f"{FIRST_STRONG}https://a.example/b?c{END}, then" in line
    bare = line.replace(FIRST_STRONG, "").replace(END, "")
    # Space at the edges of a quotation goes with the rest that takes no room.
    assert "".join(bare.split()) == "".join(
        one_line(f"{text} “{text}” https://a.example/b?c, then {text}").split()
    )
