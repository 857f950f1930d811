"""Words made harmless, and words made ready to paste."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Kind, Reason
from monitor.show.letter import citation
from monitor.show.plain import allowed, as_sentence, one_line

from .telling import EVERY, HASH, TITLE, URL, story


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


def test_a_citation_is_ready_to_paste() -> None:
    told = story(Kind.REINSTATED)
    evidence = ("the article was read again at noon", "changed: text", "no newer modified date")
    event = replace(told.event, evidence=evidence)
    assert citation(replace(told, event=event), "home", ("copy before: SHA-256 ab",)) == (
        f"“{TITLE}” ({URL}) was reinstated between 2026-03-05 05:48 UTC and 2026-03-05 06:48 UTC."
        f" Seen by postwatch at home from Lisbon (event 7, SHA-256 {HASH})."
        " The article was read again at noon. Changed: text. No newer modified date."
        " Copy before: SHA-256 ab."
    )


@pytest.mark.parametrize(("kind", "reason"), EVERY, ids=str)
def test_every_citation_is_whole_sentences(kind: Kind, reason: Reason | None) -> None:
    told = story(kind, reason)
    for event in (told.event, replace(told.event, title=""), replace(told.event, title="", url="")):
        text = citation(replace(told, event=event), "home")
        assert text.endswith(".") and ".." not in text and "  " not in text
        assert not re.search(r"\. [a-z]", text)
        assert re.match(r"[“A-Z]|https://", text)
        assert text.lower().count("could not look") <= 1
        assert "()" not in text and "“”" not in text
