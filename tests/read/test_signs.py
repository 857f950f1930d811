"""How a text is folded, and how much of it there is: plain texts in less time, and to the same end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.verdict.signs import fold, weight

PLAIN = st.text(st.characters(max_codepoint=127), max_size=60)


@given(PLAIN)
def test_a_plain_text_is_folded_as_beside_any_other(text: str) -> None:
    assert f"{fold(text)} e".lstrip() == fold(f"{text} é")


@given(PLAIN)
def test_a_plain_text_weighs_what_it_weighs_beside_another(text: str) -> None:
    assert weight(text) + 1 == weight(f"{text} é")


@pytest.mark.parametrize(
    ("text", "folded", "words"),
    [
        ("  The `Page`\tIS gone. ", "the 'page' is gone.", 4),
        ("Größe: ÉTÉ", "grosse: ete", 2),
        ("页面不存在", "页面不存在", 3),
        ("404", "404", 1),
        ("", "", 0),
    ],
)
def test_folded_and_weighed(text: str, folded: str, words: int) -> None:
    assert (fold(text), weight(text)) == (folded, words)
