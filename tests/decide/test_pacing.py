"""What a host can be asked in time, and what comes of it where it can't."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.pacing import Load, Told, by_age, held, merged, pass_takes
from monitor.values import replace

S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("load", "apart"),
    [
        (Load(15 * M, timedelta(0), 5, {15 * M: 10**6}), 15 * M),  # no pace, no limit
        (Load(15 * M, S, 3, {15 * M: 100, DAY: 1000}), 15 * M),  # 113 s of 900
        (Load(15 * M, S, 0, {15 * M: 900}), 15 * M),  # just so
        (Load(15 * M, S, 0, {15 * M: 1800}), 30 * M),
        (Load(15 * M, 10 * S, 0, {15 * M: 1800}), 5 * H),
        # Daily posts slow the young ones down, too, and are asked more seldom themselves than fits.
        (Load(15 * M, 60 * S, 0, {15 * M: 10, DAY: 720}), 20 * M),
    ],
)
def test_passes_come_as_the_pace_allows(load: Load, apart: timedelta) -> None:
    assert abs(held(load) - apart) <= 5 * S


def test_ages_of_which_the_same_is_said_are_one() -> None:
    a, b = (Told("", 15 * M, n * M, n * M, n * M) for n in (15, 60))

    def ages(*rows: Told) -> list[str]:
        names = ("under 7 days", "under 30 days", "under a year", "older")
        return [
            r.age for r in merged([replace(r, age=n) for r, n in zip(rows, names, strict=True)])
        ]

    assert ages(a, a, a, a) == ["any age"]
    assert ages(a, b, b, b) == ["under 7 days", "older"]
    assert ages(a, a, a, b) == ["under a year", "older"]
    assert ages(a, b, b, a) == ["under 7 days", "under a year", "older"]


@given(
    st.integers(1, 3600),
    st.floats(0, 120),
    st.integers(0, 50),
    st.dictionaries(st.integers(60, 86400), st.integers(0, 20_000), max_size=4),
)
def test_a_pass_is_done_before_the_next_is_wanted(
    every: int, pace: float, each: int, posts: dict[int, int]
) -> None:
    load = Load(
        every * S,
        timedelta(seconds=pace),
        each,
        {timedelta(seconds=k): v for k, v in posts.items()},
    )
    apart = held(load)
    assert apart >= load.every
    slack = 0.02 * apart + 2 * S  # the search ends near, not at, the point
    assert pass_takes(load, apart) <= apart + slack
    everything = pace * (each + sum(posts.values()))
    assert apart <= max(load.every, timedelta(seconds=everything)) + slack


def test_detection_is_told_by_age() -> None:
    rules = {
        "confirmations": 3,
        "confirm_every": 10 * M,
        "min_missing": 20 * M,
        "confirm_after": 30 * S,
    }
    young, month, year, old = by_age(15 * M, 15 * M, DAY, **rules)  # type: ignore[arg-type]
    assert (young.held, young.removal, young.edit) == (15 * M, 35 * M, 15 * M + 30 * S)
    assert [r.removal for r in (month, year, old)] == [80 * M, 6 * H + 20 * M, DAY + 20 * M]
    late = by_age(15 * M, 3 * H, DAY, **rules)  # type: ignore[arg-type]
    assert [r.held for r in late] == [3 * H, 3 * H, 6 * H, DAY]
    assert late[0].removal == 9 * H
    once = by_age(15 * M, 15 * M, DAY, **{**rules, "confirmations": 1})  # type: ignore[arg-type]
    assert once[0].removal == 15 * M
    alike = by_age(15 * M, 15 * M, timedelta(0), **rules)  # type: ignore[arg-type]
    assert {r.removal for r in alike} == {35 * M}
    spent = by_age(15 * M, 15 * M, 3 * H, **rules)  # type: ignore[arg-type]
    assert [r.held for r in spent] == [15 * M, H, 3 * H, 3 * H]
