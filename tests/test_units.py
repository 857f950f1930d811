"""Durations, sizes and times, written and shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("24h", 86400),
        ("7d", 604800),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("0s", 0),
        ("1.5h", 5400),
        ("2y", 63072000),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert units.parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "m", "15 parsecs", "-5m", "1h 30", "5m!", "9" * 40 + "d"]
)
def test_bad_durations(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        units.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("10MiB", 10 * 2**20), ("2GiB", 2**31), ("5", 5), ("1.5kB", 1500), ("1 MB", 10**6)],
)
def test_sizes(text: str, size: int) -> None:
    assert units.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "10 miles", "-1kB"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        units.parse_size(text)


@pytest.mark.parametrize(
    ("span", "short", "long"),
    [
        (timedelta(days=2, hours=14, minutes=59), "2 d 14 h", "2 days 14 hours"),
        (timedelta(days=400), "1 yr 1 mo", "1 year 1 month"),
        (timedelta(minutes=4, seconds=59), "4 min", "4 minutes"),
        (timedelta(hours=1), "1 h", "1 hour"),
        (timedelta(seconds=1), "1 s", "1 second"),
        (timedelta(0), "0 s", "0 seconds"),
        (timedelta(seconds=-5), "0 s", "0 seconds"),
        (timedelta(days=364), "12 mo 4 d", "12 months 4 days"),
    ],
)
def test_shown_durations_floor(span: timedelta, short: str, long: str) -> None:
    assert units.shown_duration(span) == short
    assert units.shown_duration_long(span) == long


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_times_round_trip(at: datetime) -> None:
    assert units.parse_rfc3339(units.rfc3339(at)) == at.replace(microsecond=0)


def test_times_are_utc() -> None:
    berlin = datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    assert units.rfc3339(berlin) == "2026-06-01T12:00:00Z"
    assert units.shown_time(berlin) == "2026-06-01 12:00 UTC"
    assert units.parse_rfc3339("2018-01-24") == datetime(2018, 1, 24, tzinfo=UTC)


def test_dates_and_numbers() -> None:
    assert units.shown_date("2018-01-24") == "24 Jan 2018"
    assert units.shown_date("2018-01-24T09:00:00Z") == "24 Jan 2018"
    assert units.shown_date("last spring") == "last spring"
    assert units.shown_number(-1284) == "\u22121,284"
    assert (units.shown_size(512), units.shown_size(48_900), units.shown_size(1_240_000)) == (
        "512 B",
        "48 kB",
        "1.2 MB",
    )


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("Europe/Berlin", datetime(2026, 11, 21, 21, 5, tzinfo=UTC), "22:05 CET"),
        ("Europe/Berlin", datetime(2026, 7, 21, 22, 5, tzinfo=UTC), "22 Jul 00:05 CEST"),
        ("America/New_York", datetime(2026, 1, 1, 3, 0, tzinfo=UTC), "31 Dec 22:00 EST"),
        ("Asia/Kathmandu", datetime(2026, 1, 1, 3, 0, tzinfo=UTC), "08:45 +0545"),
        ("UTC", datetime(2026, 1, 1, 3, 0, tzinfo=UTC), ""),
        ("Europe/London", datetime(2026, 1, 1, 3, 0, tzinfo=UTC), ""),  # as UTC, in winter
    ],
)
def test_a_local_time_stands_beside_utc(zone: str, at: datetime, shown: str) -> None:
    assert units.shown_local(at, ZoneInfo(zone)) == shown
