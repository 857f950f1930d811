"""Which posts share a batch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.batches import BATCH, Gone, group, was_blind

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def newly(count: int, first: int = 1) -> list[Gone]:
    return [Gone(n, newly=True) for n in range(first, first + count)]


def test_five_are_a_batch_and_four_are_not() -> None:
    assert {g.batch for g in group(newly(4), "b", blind=False).values()} == {""}
    assert {g.batch for g in group(newly(5), "b", blind=False).values()} == {"b"}


def test_later_ones_join_a_batch_that_is_not_told_yet() -> None:
    open_batch = [Gone(n, batch="a") for n in range(5)]
    assert group([*open_batch, *newly(1, 9)], "b", blind=False)[9].batch == "a"
    few = [Gone(1), Gone(2), Gone(3)]
    assert {g.batch for g in group([*few, *newly(2, 8)], "b", blind=False).values()} == {"b"}


def test_what_went_while_we_were_blind_shares_no_batch_then_or_later() -> None:
    found = group(newly(9), "b", blind=True)
    assert {(g.batch, g.alone) for g in found.values()} == {("", True)}
    waiting = [Gone(g.post, alone=True) for g in found.values()]
    later = group([*waiting, *newly(5, 20)], "c", blind=False)
    assert {g.batch for p, g in later.items() if p < 20} == {""}
    assert {g.batch for p, g in later.items() if p >= 20} == {"c"}


@pytest.mark.parametrize(
    ("since", "every", "up", "blind"),
    [
        (timedelta(minutes=15), QUARTER, True, False),
        (timedelta(hours=1), QUARTER, True, False),  # run by cron once an hour
        (timedelta(hours=3), QUARTER, True, True),
        (timedelta(hours=3), timedelta(hours=1), True, False),
        (timedelta(hours=30), timedelta(hours=24), True, False),
        (timedelta(minutes=15), QUARTER, False, True),
    ],
)
def test_when_we_were_blind(since: timedelta, every: timedelta, up: bool, blind: bool) -> None:
    assert was_blind(NOW - since, every, NOW, up=up) is blind
    assert not was_blind(None, every, NOW, up=True)


GONE = st.builds(
    Gone, st.integers(0, 40), st.booleans(), st.sampled_from(["", "a"]), st.just(False)
)


@given(st.lists(GONE, unique_by=lambda g: g.post), st.booleans(), st.randoms())
def test_the_order_of_posts_does_not_matter(gone: list[Gone], blind: bool, chance: object) -> None:
    found = group(gone, "b", blind=blind)
    mixed = gone[:]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert group(mixed, "b", blind=blind) == found
    counted = [g for g in found.values() if not g.alone]
    if len(counted) >= BATCH:
        assert len({g.batch for g in counted}) == 1
    assert {p for p in found} == {g.post for g in gone}
