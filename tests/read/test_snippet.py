"""Where the words of a search stand: found as the search finds them, shown as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.snippet import AROUND, FOUND, snippet
from monitor.read.terms import search, spans, words


def shown(text: str, typed: str) -> str:
    found = snippet(text, search(typed).terms)
    return "" if found is None else "".join(f"[{w}]" if hit else w for w, hit in found.pieces)


LONG = "word " * 200


@pytest.mark.parametrize(
    ("text", "typed", "said"),
    [
        ("The roof garden", "ROOF", "The [roof] garden"),
        ("The roof garden", "garden roof", "The [roof] [garden]"),
        ("The roof garden", '"roof garden"', "The [roof garden]"),
        ("The roof, garden", '"roof garden"', "The [roof, garden]"),
        ("The garden roof", '"roof garden"', ""),
        ("The roofing", "roof", ""),
        ("The roofing", "roof*", "The [roofing]"),
        ("Über die Straße", "strasse uber", "[Über] die [Straße]"),
        ("公司今天发布报告", "发布", "公司今天[发布]报告"),
        ("Da\u00adta stays", "data", "[Da\u00adta] stays"),
        ("e\u0301te\u0301", "été", "[e\u0301te\u0301]"),
        ("Nothing of it", "roof", ""),
        ("", "roof", ""),
    ],
)
def test_what_is_marked(text: str, typed: str, said: str) -> None:
    assert shown(text, typed) == said


def test_a_long_text_is_cut_between_words() -> None:
    said = shown(f"{LONG}the roof garden {LONG}", "roof")
    assert said.startswith("…word ") and said.endswith("word…") and "the [roof] garden" in said
    assert len(said) <= 2 * AROUND + FOUND


@given(st.text(), st.text(max_size=30))
def test_any_text_and_any_search(text: str, typed: str) -> None:
    found = snippet(text, search(typed).terms)
    if found is not None:
        assert any(hit for _, hit in found.pieces)
        assert all(w.strip("…") in text for w, _ in found.pieces)
        assert sum(len(w) for w, _ in found.pieces) <= 2 * AROUND + FOUND + 2


@given(st.text())
def test_spans_are_the_words(text: str) -> None:
    # But where an unseen mark of a text stands between two words, or folding joins what was apart.
    found = spans(text)
    assert all(0 <= a < b <= len(text) for _, a, b in found)
    if text.isascii():
        assert [w for w, _, _ in found] == words(text)
