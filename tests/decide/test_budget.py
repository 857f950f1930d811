"""How far older posts are slowed down for their host, and no further."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.budget import (
    LEAST,
    SHARE,
    Asked,
    older_in_a_pass,
    older_rate,
    slower,
    wanted,
)
from monitor.decide.due import CEILINGS, MAX_WAIT, YOUNG, interval_at

S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY, NONE = timedelta(days=1), timedelta(0)
_HOUR, _SIX, _DAY = (most for _, most in CEILINGS)


def old(many: int, every: timedelta = 15 * M, young: int = 0, ceiling: timedelta = _DAY) -> Asked:
    return Asked(every, 5, {every: young}, {ceiling: many})


@pytest.mark.parametrize(
    ("sites", "pace", "wait"),
    [
        ([], S, NONE),
        ([old(10**6)], NONE, NONE),  # no pace, no limit
        ([old(200)], S, NONE),  # a small blog: every post every 15 minutes
        ([old(220)], S, NONE),  # 5 control pages and sources, 220 posts: a quarter of 900
        ([old(440)], S, 30 * M),
        ([old(200, young=20)], S, NONE),
        ([old(160), old(160)], S, 22 * M + 20 * S),  # two sites, one host
        ([old(160), old(0, every=H, young=800)], S, 15 * M * 160 / 45),  # LEAST is left for them
        (
            [old(200)],
            60 * S,
            DAY,
        ),  # the slowest host that is believed: 360 looks a day, 72 of them theirs
        ([old(2000)], S, 15 * M * 2000 / 220),
        ([old(10_000)], S, 15 * M * 10_000 / 220),
        (
            [old(10_000, ceiling=_HOUR)],
            S,
            DAY,
        ),  # more than it has, and no further than the hour all the same
    ],
)
def test_a_budget_is_spent_before_anything_waits(
    sites: list[Asked], pace: timedelta, wait: timedelta
) -> None:
    assert abs(slower(sites, pace) - wait) <= M


_sites = st.lists(
    st.builds(
        Asked,
        st.integers(60, 86_400).map(lambda n: timedelta(seconds=n)),
        st.integers(0, 50),
        st.dictionaries(st.sampled_from([15 * M, H, DAY]), st.integers(0, 2000)),
        st.dictionaries(st.sampled_from([_HOUR, _SIX, _DAY]), st.integers(0, 20_000)),
    ),
    max_size=3,
)
_paces = st.floats(0.01, 90).map(lambda n: timedelta(seconds=n))


@given(_sites, _paces)
def test_the_budget_is_kept_or_nothing_can_be_slowed_any_more(
    sites: list[Asked], pace: timedelta
) -> None:
    slow = slower(sites, pace)
    assert NONE <= slow <= MAX_WAIT
    can = 1 / pace.total_seconds()
    fixed = sum(
        s.each_pass / s.every.total_seconds()
        + sum(n / i.total_seconds() for i, n in s.fixed.items())
        for s in sites
    )
    room = max(SHARE * can - fixed, LEAST * can)

    def older(at: timedelta) -> float:
        return sum(older_rate(s, at) for s in sites)

    assert older(slow) <= room * (1 + 1e-9) or slow == MAX_WAIT
    if slow:  # and nothing waits a second longer than for that
        assert older(slow - S) > room * (1 - 1e-9)


@given(_sites, _paces, st.lists(st.timedeltas(NONE, timedelta(days=4000)), min_size=2))
def test_older_is_never_sooner_and_nothing_waits_for_more_than_a_day(
    sites: list[Asked], pace: timedelta, ages: list[timedelta]
) -> None:
    slow = slower(sites, pace)
    for site in sites:
        waits = [interval_at(age, site.every, slow) for age in sorted(ages)]
        assert all(a <= b for a, b in pairwise(waits))
        assert all(min(site.every, DAY) <= wait <= DAY for wait in waits)
        young = [interval_at(age, site.every, slow) for age in ages if age <= YOUNG]
        assert all(wait == min(site.every, DAY) for wait in young)


@given(_sites, _paces, st.integers(1, 5000))
def test_more_posts_or_a_slower_host_never_bring_a_look_forward(
    sites: list[Asked], pace: timedelta, more: int
) -> None:
    slow = slower(sites, pace)
    assert slower([*sites, old(more)], pace) >= slow
    assert slower(sites, pace * 2) >= slow


def test_how_often_all_posts_of_a_site_are_wanted() -> None:
    site = Asked(15 * M, 5, {15 * M: 7, H: 2}, {_HOUR: 10, _SIX: 20, _DAY: 30})
    assert wanted(site, NONE) == {15 * M: 67, H: 2}
    assert wanted(site, 2 * H) == {15 * M: 7, H: 12, 2 * H: 50}
    assert wanted(site, DAY) == {15 * M: 7, H: 12, 6 * H: 20, DAY: 30}


@pytest.mark.parametrize(
    ("site", "slow", "since", "most"),
    [
        (old(100), NONE, 15 * M, 446),  # all of them, and what bunches up
        (old(10_000), 11 * H, 15 * M, 446),
        (old(10_000), 11 * H, M, 446),  # a pass that came early has a whole pass's turns
        (old(10_000), 11 * H, 7 * DAY, 298_800 // 4),
        (old(10_000, young=440), 11 * H, 15 * M, 285),  # the young ones need the pass
        (old(10, young=10_000), DAY, 15 * M, 1),
    ],
)
def test_a_pass_leaves_the_young_their_turn(
    site: Asked, slow: timedelta, since: timedelta, most: int
) -> None:
    found = older_in_a_pass(site, slow, S, since)
    assert found >= most if since > DAY else found == most
    assert older_in_a_pass(site, slow, NONE, since) > 10**6


@given(_sites, _paces, st.timedeltas(NONE, timedelta(days=30)))
def test_what_is_wanted_has_its_turn(sites: list[Asked], pace: timedelta, since: timedelta) -> None:
    slow = slower(sites, pace)
    for site in sites:
        span = max(since, site.every).total_seconds()
        assert older_in_a_pass(site, slow, pace, since) >= older_rate(site, slow) * span
