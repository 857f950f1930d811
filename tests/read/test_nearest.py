"""The text most like another is found without comparing each with each, and at a bounded cost."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.nearest import HALF, MOST_WORDS, Bag, Nearest, counted

words = st.lists(st.sampled_from("abcdefgh"), max_size=12)


def by_all_pairs(bag: Bag, bags: list[Bag], *, last: bool) -> int | None:
    """What the index must answer: the definition itself."""
    found, most = None, HALF
    for n, other in enumerate(bags):
        total = len(bag) + len(other)
        like = 2 * len(bag & other) / total if total else 0.0
        if like > most or (like >= most and (last or found is None)):
            found, most = n, like
    return found


@given(words, st.lists(words, max_size=8), st.booleans())
def test_it_answers_as_all_pairs_do(mine: list[str], others: list[list[str]], last: bool) -> None:
    bag, bags = counted(mine), [counted(o) for o in others]
    assert Nearest(bags).best(bag, last=last) == by_all_pairs(bag, bags, last=last)
    assert (Nearest(bags).any(bag) is None) == (by_all_pairs(bag, bags, last=last) is None)


@given(words, st.lists(words, min_size=2, max_size=8), words)
def test_what_was_dropped_or_replaced_is_not_found(
    mine: list[str], others: list[list[str]], instead: list[str]
) -> None:
    bag, bags = counted(mine), [counted(o) for o in others]
    index = Nearest(bags)
    index.put(1, counted(instead))
    index.drop(0)
    bags[:2] = [frozenset(), counted(instead)]
    assert index.best(bag) == by_all_pairs(bag, bags, last=False)


def prose(count: int, seed: int) -> list[Bag]:
    rng = random.Random(seed)
    return [counted(f"w{rng.randrange(4_000)}" for _ in range(60)) for _ in range(count)]


def test_a_page_rewritten_whole_is_not_compared_each_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0
    like = Nearest._like

    def counting(self: Nearest, bag: Bag, at: int) -> float:
        nonlocal compared
        compared += 1
        return like(self, bag, at)

    monkeypatch.setattr(Nearest, "_like", counting)
    index = Nearest(prose(300, 1))
    assert all(index.any(bag) is None for bag in prose(300, 2))
    assert not index.spent
    assert compared <= 6 * 300


def test_what_is_too_much_is_found_nothing_of_and_said_to_be() -> None:
    bags = [counted((*"abcdefg", str(n))) for n in range(200)]
    index = Nearest(bags, visits=5_000)
    for n in range(200):
        index.best(counted((*"abcdefg", f"x{n}")))
    assert index.spent
    assert -2_000 < index.left < 0  # it stops with the look that used it up
    assert index.best(bags[0]) is None


def test_a_text_of_too_many_words_is_not_held() -> None:
    half = frozenset(range(MOST_WORDS // 2 + 1))
    assert Nearest([half, half]).spent
    assert not Nearest([half]).spent
