"""When is the disk full, and is our clock right?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.decide.growth import Note, forecast, on_average
from monitor.decide.skew import skew

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MB = 10**6


def at(days_ago: float, size: int, free: int) -> Note:
    return Note(NOW - days_ago * DAY, size * MB, free * MB)


@pytest.mark.parametrize(
    ("notes", "a_day", "left"),
    [
        ([at(10, 100, 900)], 10, 80),  # 100 MB in 10 days, 800 left
        ([at(10, 100, 1800)], 10, 8),  # somebody else takes 100 a day
        ([at(10, 300, 700)], 0, None),  # it shrank
        ([at(400, 1, 999), at(20, 180, 900)], 1, 160),  # only the last weeks count
    ],
)
def test_the_disk_is_full_in(notes: list[Note], a_day: int, left: int | None) -> None:
    coming = forecast(notes, at(0, 200, 800))
    assert coming is not None
    assert coming.a_day == a_day * MB
    assert coming.left == (None if left is None else left * DAY)
    assert not coming.soon


def test_what_must_stay_free_counts_as_full_and_a_week_before_is_soon() -> None:
    coming = forecast([at(10, 100, 900)], at(0, 200, 800), keep_free=740 * MB)
    assert coming is not None
    assert coming.left == 6 * DAY
    assert coming.soon
    over = forecast([at(10, 100, 900)], at(0, 200, 800), keep_free=900 * MB)
    assert over is not None
    assert over.left == timedelta(0)


def test_nothing_is_forecast_from_an_hour_nor_from_the_future() -> None:
    assert forecast([], at(0, 1, 1)) is None
    assert forecast([at(0.1, 1, 1), at(-3, 1, 1)], at(0, 2, 1)) is None


def test_without_notes_its_age_tells() -> None:
    assert on_average(NOW - timedelta(hours=5), at(0, 1, 1)) is None
    coming = on_average(NOW - 100 * DAY, at(0, 200, 800))
    assert coming is not None
    assert (coming.a_day, coming.over, coming.left) == (2 * MB, 100 * DAY, 400 * DAY)


def date(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("looks", "seconds", "servers", "far"),
    [
        ([("a", date(1))], 1, 1, False),
        ([("a", date(1)), ("b", date(-2)), ("c", date(86400))], 1, 3, False),  # one clock is wrong
        ([("a", date(300)), ("b", date(301)), ("c", date(0))], 300, 3, True),
        ([("a", date(-7200)), ("b", date(-7200))], -7200, 2, True),
        # Copies of a cache are old; the newest Date of a server says how late it is there.
        ([("a", date(-3600)), ("a", date(-9000)), ("a", date(0))], 0, 1, False),
    ],
)
def test_our_clock_beside_theirs(
    looks: list[tuple[str, str]], seconds: int, servers: int, far: bool
) -> None:
    found = skew((server, NOW, header) for server, header in looks)
    assert found is not None
    assert (found.behind, found.servers, found.far) == (
        timedelta(seconds=seconds),
        servers,
        far,
    )


@pytest.mark.parametrize(
    "header", ["", "yesterday", "0", "Mon, 99 Foo 2026 99:99:99 GMT", "\0" * 999]
)
def test_what_is_no_date_says_nothing(header: str) -> None:
    assert skew([("a", NOW, header)]) is None
