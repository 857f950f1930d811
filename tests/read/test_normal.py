"""The comparison form and the words of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.article.normal import TOKEN, count_words, is_word, key, spans, token_key, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \n\t b\u00a0c\u2009d\u202fe ", "a b c d e"),
        ("“It’s” «so» 'said' „er“", "'It's' 'so' 'said' 'er'"),
        ("wait… wait", "wait... wait"),
        ("a – b — c - d‑e−f", "a-b-c-d-e-f"),
        ("co\u00adop\u200bera\u2060tion\ufeff\u200e", "cooperation"),
        ("ﬁx ① Ⅳ ｗｉｄｅ", "fix 1 IV wide"),
        ("Case Stays", "Case Stays"),
        ('6" of snow', '6" of snow'),
        ("👍\ufe0f", "👍"),
        ("null\x00 and bell\x07", "null and bell"),
        ("", ""),
    ],
)
def test_key(text: str, expected: str) -> None:
    assert key(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("5 km", "6 km"), ("can", "can't"), ("Polish", "polish"), ("resume", "résumé"), ("1.5", "15")],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(st.text())
def test_key_is_idempotent(text: str) -> None:
    assert key(key(text)) == key(text)


@given(st.text())
def test_key_has_no_white_space_at_its_ends_or_twice(text: str) -> None:
    assert key(text) == " ".join(key(text).split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don’t stop, it's 9.", ["Don’t", "stop", ",", "it's", "9", "."]),
        ("1,234.50 and 3.5% of 10’000", ["1,234.50", "and", "3.5", "%", "of", "10’000"]),
        ("state-of-the-art v2.0", ["state-of-the-art", "v2.0"]),
        ("我们在 Berlin 见", ["我", "们", "在", "Berlin", "见"]),
        ("カタカナとかな", list("カタカナとかな")),
        ("한국어 문장입니다.", ["한국어", "문장입니다", "."]),
        ("ไม่ขาย 30 ครั้ง", ["ไ", "ม่", "ข", "า", "ย", "30", "ค", "รั้", "ง"]),
        ("ພາສາລາວ", list("ພາສາລາວ")),
        ("ខ្មែរ", ["ខ្មែ", "រ"]),
        ("မြန်မာ", ["မြ", "န်", "မာ"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("café", ["café"]),
        ("e\u0301te", ["e\u0301te"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(st.text())
def test_tokens_leave_only_white_space_between_them(text: str) -> None:
    at = 0
    for start, end in spans(text):
        assert at <= start < end
        assert not text[at:start].strip()
        at = end
    assert not text[at:].strip()
    assert tokens(text) == [text[a:b] for a, b in spans(text)]


def test_marks_are_no_words() -> None:
    assert count_words("— Well, yes! … 42 %") == 3
    assert count_words("東京は、晴れ。") == 5
    assert not is_word("...") and is_word("a") and is_word("字")
    assert token_key("Don’t") == token_key("Don't")


PLAIN = st.text(
    st.one_of(st.characters(max_codepoint=127), st.sampled_from("1a.,'-_ ")), max_size=16
)


@given(PLAIN)
def test_a_plain_text_has_the_words_that_any_text_has(text: str) -> None:
    whole = [m.span() for m in TOKEN.finditer(text)]
    assert spans(text) == whole
    assert tokens(text) == [text[a:b] for a, b in whole]
    assert count_words(text) == sum(is_word(text[a:b]) for a, b in whole)
