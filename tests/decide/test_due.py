"""When to look next, and how far a host may push it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.due import (
    MAX_HOST_WAIT,
    MAX_WAIT,
    backed_off,
    host_wait,
    jittered,
    post_interval,
    retry_after,
    unseen_interval,
)
from monitor.model import Answer, PostState, Status
from monitor.values import replace

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("published", "seen_days", "wait"),
    [
        ("2026-05-30", 2, EVERY),
        ("2026-05-10", 22, HOUR),
        ("2026-01-10", 142, 6 * HOUR),
        ("2018-01-24", 400, 24 * HOUR),
        ("2018-01-24", 1, 24 * HOUR),
        ("", 3, EVERY),
        ("no date", 3, EVERY),
    ],
)
def test_by_age(published: str, seen_days: int, wait: timedelta) -> None:
    state = PostState(
        1, "a", "u", published_at=published, first_seen_at=NOW - timedelta(days=seen_days)
    )
    day, two = timedelta(days=1), timedelta(hours=2)
    assert post_interval(state, EVERY, day, NOW) == wait  # where the budget is spent
    assert post_interval(state, EVERY, two, NOW) == min(wait, two)
    assert post_interval(state, EVERY, timedelta(0), NOW) == EVERY


@pytest.mark.parametrize(("days", "wait"), [(1, EVERY), (13, EVERY), (15, HOUR), (91, 24 * HOUR)])
def test_a_removed_post_is_watched_for_its_return(days: int, wait: timedelta) -> None:
    gone = PostState(1, "a", "u", status=Status.REMOVED, published_at="2010-01-01")
    gone = replace(gone, first_missing_at=NOW - timedelta(days=days))
    for slower in (timedelta(0), timedelta(days=1)):  # whatever the others are
        assert post_interval(gone, EVERY, slower, NOW) == wait


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=3)), st.integers(0, 10**6))
def test_back_off_grows_and_ends(interval: timedelta, failures: int) -> None:
    assert backed_off(interval, failures) <= MAX_WAIT
    assert backed_off(interval, failures + 1) >= backed_off(interval, failures)
    assert backed_off(interval, 1) == min(interval, MAX_WAIT)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("99999999999999999999", timedelta(hours=24)),
        ("Mon, 01 Jun 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 01 Jun 2020 12:05:00 GMT", timedelta(0)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("Mon, 01 Jan 99999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +9999999999999999", None),
    ],
)
def test_retry_after(header: str, wait: timedelta | None) -> None:
    assert retry_after(header, NOW) == wait


@given(st.floats(0, 1))
def test_jitter_stays_within_five_percent(share: float) -> None:
    assert (
        timedelta(minutes=95) <= jittered(timedelta(minutes=100), share) <= timedelta(minutes=105)
    )


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, "600", timedelta(minutes=10)),
        (429, "86400", MAX_HOST_WAIT),  # one answer must not end the watch of a site for a day
        (429, "", timedelta(0)),
        (429, "soon", timedelta(0)),
        (503, "600", timedelta(0)),  # this page's own trouble, as far as one answer tells
        (200, "600", timedelta(0)),
        (None, "600", timedelta(0)),
    ],
)
def test_how_long_a_host_is_left_alone(status: int | None, header: str, wait: timedelta) -> None:
    answer = Answer(url="u", at=NOW, status=status, headers=(("retry-after", header),))
    assert host_wait(answer) == wait


def test_a_site_that_is_down_by_a_503_says_for_how_long() -> None:
    answer = Answer(url="u", at=NOW, status=503, headers=(("retry-after", "600"),))
    assert host_wait(answer, down=True) == timedelta(minutes=10)
    assert host_wait(replace(answer, headers=(("retry-after", "9" * 30),)), down=True) == HOUR
    assert host_wait(replace(answer, status=500), down=True) == timedelta(0)


@pytest.mark.parametrize(
    ("unseen", "every", "wait"),
    [
        (timedelta(0), EVERY, timedelta(minutes=10)),
        (timedelta(minutes=40), EVERY, timedelta(minutes=10)),
        (2 * HOUR, EVERY, timedelta(minutes=30)),
        (4 * HOUR, EVERY, timedelta(minutes=30)),
        (9000 * HOUR, EVERY, timedelta(minutes=30)),
        (9000 * HOUR, timedelta(minutes=50), HOUR),
        (9000 * HOUR, timedelta(minutes=1), timedelta(minutes=2)),
        (9000 * HOUR, 6 * HOUR, 6 * HOUR),
        (9000 * HOUR, 90 * HOUR, 24 * HOUR),
        (timedelta(0), 6 * HOUR, timedelta(minutes=10)),
        (-HOUR, EVERY, timedelta(minutes=10)),  # its clock was set meanwhile
    ],
)
def test_a_site_that_cannot_be_seen(unseen: timedelta, every: timedelta, wait: timedelta) -> None:
    assert unseen_interval(unseen, every, timedelta(minutes=10)) == wait
