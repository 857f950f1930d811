"""What a typed search asks for, and in which pieces texts are kept for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.terms import BREAK, LONGEST, MOST, Search, Term, passages, search, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Roof, garden!", ["the", "roof", "garden"]),
        ("Café ÉTÉ Straße", ["cafe", "ete", "strasse"]),
        ("Ångström Ёлка й", ["angstrom", "елка", "и"]),
        ("ﬁnal ＡＢＣ １２", ["final", "abc", "12"]),
        ("don't can’t co-op", ["don", "t", "can", "t", "co", "op"]),
        ("1,213 3.5 %", ["1", "213", "3", "5"]),
        ("報告書が出た", ["報", "告", "書", "が", "出", "た"]),
        ("ｶﾞラス", ["ガ", "ラ", "ス"]),
        ("한국어 배움", ["한국어", "배움"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("สวัสดี", ["ส", "ว", "ั", "ส", "ด", "ี"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("https://acme.example/a_b", ["https", "acme", "example", "a", "b"]),
        ("x" * 100, ["x" * LONGEST]),
        ("🙂 — \0 \ud800 !", []),
    ],
)
def test_words_are_folded(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("typed", "terms", "without"),
    [
        ("", [], []),
        ("roof Garden", ["roof", "garden"], []),
        ('"roof garden" shed', ["roof garden", "shed"], []),
        ("“roof garden” „shed“", ["roof garden", "shed"], []),
        ('roof -shed -"the bees"', ["roof"], ["shed", "the bees"]),
        ("-shed", [], ["shed"]),
        ("saf*", ["saf*"], []),
        ('"open saf"*', ["open saf*"], []),
        ("-saf*", [], ["saf*"]),
        ("roof roof ROOF", ["roof"], []),
        # What is no syntax is words.
        ('the "roof garden', ["the", "roof", "garden"], []),
        ("--config - -- *", ["config"], []),
        ("a* NEAR(b c) title:roof", ["a", "near b", "c", "title roof"], []),
        ("co-op AND (x OR y)", ["co op", "and", "x", "or", "y"], []),
        ("報告書", ["報 告 書"], []),
        ('"a b"c', ["a b", "c"], []),
        ("^x {y} z:*", ["x", "y", "z"], []),
    ],
)
def test_what_is_typed_is_a_search(typed: str, terms: list[str], without: list[str]) -> None:
    def said(term: Term) -> str:
        return " ".join(term.words) + ("*" if term.begins else "")

    asked = search(typed)
    assert [said(t) for t in asked.terms] == terms
    assert [said(t) for t in asked.without] == without
    assert not asked.hopeless


@pytest.mark.parametrize("typed", ["!!!", '""', "-", "🙂", "…"])
def test_a_search_without_a_word_finds_nothing(typed: str) -> None:
    assert search(typed) == Search(hopeless=True)


def test_so_many_words_count() -> None:
    asked = search(" ".join(f"w{n} -x{n}" for n in range(99)))
    assert len(asked.terms) == MOST and not asked.without


@given(st.text() | st.text(alphabet="ab\"*- “”'(:^") | st.text(alphabet="a\u0301\u0301がé-\u0378"))
def test_whatever_is_typed_can_be_asked(typed: str) -> None:
    asked = search(typed)
    for term in (*asked.terms, *asked.without):
        assert term.words
        for word in term.words:
            assert words(word) == [word]  # looked up as it is kept
            assert not set(word) & set("'\"\\ *:-()") and BREAK not in word


_TEXTS = st.lists(st.text(alphabet="ab 報", max_size=60), max_size=8)


@given(_TEXTS, st.integers(1, 30), st.integers(4, 30), _TEXTS)
def test_passages_lose_no_word_and_no_phrase(
    texts: list[str], least: int, most: int, before: list[str]
) -> None:
    kept = passages(before, least, most)
    pieces = passages(texts, least, most, kept)
    parted = [p.split(f" {BREAK} ") for p in pieces]
    assert all(part and len(part.split()) <= most for parts in parted for part in parts)
    for piece, parts in zip(pieces, parted, strict=True):
        assert piece in kept or sum(len(x.split()) for x in parts[:-1]) < least
    # The texts in their order, whatever was kept: each part ends within one text.
    assert [x for parts in parted for x in parts] == [
        x for p in passages(texts, least, most) for x in p.split(f" {BREAK} ")
    ]
    for text in texts:
        found = words(text)
        for at in range(len(found)):
            phrase = " ".join(found[at : at + most // 2])
            assert any(phrase in part for parts in parted for part in parts)
    assert passages(texts, least, most, pieces) == pieces


def test_no_phrase_crosses_two_texts() -> None:
    assert passages(["a b", "", "c d"], 9, 9) == [f"a b {BREAK} c d"]


def test_an_edit_makes_the_pieces_around_it_anew() -> None:
    texts = [" ".join(f"w{n}x{k}" for k in range(50)) for n in range(30)]
    before = passages(texts, 150, 2000)
    assert len(before) == 10
    texts[10] += " more"
    texts.insert(20, "one more text of a few words")
    after = passages(texts, 150, 2000, before)
    assert len(set(before) - set(after)) == 2
    assert len(set(after) - set(before)) <= 4


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_a_plain_text_has_the_words_it_has_beside_any_other(text: str) -> None:
    assert [*words(text), "e"] == words(f"{text} é")
