"""How far a source's word that a post has changed is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.hints import ONE_IN, REMEMBERED, TRIES, Trust, made_anew


@pytest.mark.parametrize(
    ("trust", "believed"),
    [
        (Trust(), True),  # until it has shown what it is worth
        (Trust(TRIES - 1, 0), True),
        (Trust(TRIES, 0), False),
        (Trust(TRIES, 1), True),
        (Trust(2 * ONE_IN + 1, 2), False),
        (Trust(40, 40), True),
    ],
)
def test_a_word_is_believed_as_long_as_there_is_something_to_see(
    trust: Trust, believed: bool
) -> None:
    assert trust.believed is believed


def test_a_liar_is_believed_again_once_it_tells_the_truth() -> None:
    trust = Trust()
    for _ in range(10_000):
        trust = trust.after(1, 0)
    assert not trust.believed and trust.looks <= REMEMBERED
    for _ in range(5):
        trust = trust.after(1, 1)
    assert trust.believed


@given(st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 1)), max_size=30))
def test_what_is_remembered_is_bounded_and_sound(said: list[tuple[int, float]]) -> None:
    trust = Trust()
    for looks, share in said:
        trust = trust.after(looks, int(looks * share))
        assert 0 <= trust.found <= trust.looks <= REMEMBERED


@pytest.mark.parametrize(
    ("changed", "listed", "anew"),
    [
        (1, 1, False),
        (5, 5, False),
        (6, 24, False),
        (6, 23, True),
        (500, 2000, False),
        (2000, 2000, True),
    ],
)
def test_dates_that_change_all_at_once_say_nothing(changed: int, listed: int, anew: bool) -> None:
    assert made_anew(changed, listed) is anew
