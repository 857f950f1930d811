"""Which events share a message, and when a channel may speak."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.telling import BURST, after_quiet, gathered, under_ceiling
from monitor.model import Event, Kind


def event(number: int, kind: Kind = Kind.EDITED, batch: str = "") -> Event:
    return Event(
        kind=kind,
        detected_at=datetime(2026, 3, 2, tzinfo=UTC),
        site="acme",
        url=f"https://acme.example/{number}",
        title=f"Post {number}",
        id=number,
        batch=batch or None,
    )


def numbers(groups: list[tuple[Event, ...]]) -> list[list[int]]:
    return [[e.id for e in g] for g in groups]


def at_once(e: Event) -> bool:
    return e.kind is not Kind.PUBLISHED


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([event(1), event(2)], [[1], [2]]),
        ([event(3), event(1)], [[1], [3]]),
        ([event(n) for n in range(1, BURST + 1)], [[n] for n in range(1, BURST + 1)]),
        ([event(n) for n in range(1, BURST + 2)], [list(range(1, BURST + 2))]),
        (
            [event(1, Kind.REMOVED, "b"), event(2), event(3, Kind.REMOVED, "b")],
            [[1, 3], [2]],
        ),
        (
            [event(1, Kind.PUBLISHED), event(2), event(3, Kind.PUBLISHED)],
            [[1, 3], [2]],
        ),
        (  # a batch withdrawn at one stroke
            [event(1, Kind.RETRACTED), event(2, Kind.RETRACTED), event(3, Kind.WATCH_STOPPED)],
            [[1, 2], [3]],
        ),
        (
            [event(1, Kind.RETRACTED), *(event(n) for n in range(2, BURST + 3))],
            [[1], list(range(2, BURST + 3))],
        ),
        (
            [event(1, Kind.RETRACTED, "b"), event(2, Kind.RETRACTED, "b")],
            [[1, 2]],
        ),
    ],
)
def test_one_story_one_message(events: list[Event], expected: list[list[int]]) -> None:
    assert numbers(gathered(events, at_once)) == expected


KINDS = [Kind.EDITED, Kind.REMOVED, Kind.PUBLISHED, Kind.RETRACTED, Kind.WATCH_STOPPED]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["", "a", "b"])), max_size=60),
    st.integers(1, 8),
)
def test_every_event_is_told_once_whatever_the_ceiling(
    shape: list[tuple[Kind, str]], left: int
) -> None:
    events = [event(n, kind, batch) for n, (kind, batch) in enumerate(shape, 1)]
    groups = under_ceiling(gathered(events, at_once), left)
    assert sorted(e.id for g in groups for e in g) == [e.id for e in events]
    assert len(groups) <= left
    assert all(groups)


NIGHT = "22:00-07:00"


@pytest.mark.parametrize(
    ("kind", "at", "quiet", "zone", "expected"),
    [
        (Kind.EDITED, "2026-03-02T12:00", NIGHT, "UTC", "2026-03-02T12:00"),
        (Kind.EDITED, "2026-03-02T21:59", NIGHT, "UTC", "2026-03-02T21:59"),
        (Kind.EDITED, "2026-03-02T22:00", NIGHT, "UTC", "2026-03-03T07:00"),
        (Kind.EDITED, "2026-03-03T06:59", NIGHT, "UTC", "2026-03-03T07:00"),
        (Kind.EDITED, "2026-03-03T07:00", NIGHT, "UTC", "2026-03-03T07:00"),
        (Kind.REMOVED, "2026-03-02T23:00", NIGHT, "UTC", "2026-03-02T23:00"),
        (Kind.RETRACTED, "2026-03-02T23:00", NIGHT, "UTC", "2026-03-02T23:00"),
        (Kind.WATCH_STOPPED, "2026-03-02T23:00", NIGHT, "UTC", "2026-03-02T23:00"),
        (Kind.EDITED, "2026-03-02T23:00", "", "UTC", "2026-03-02T23:00"),
        (Kind.EDITED, "2026-03-02T13:30", "12:00-14:00", "UTC", "2026-03-02T14:00"),
        (Kind.EDITED, "2026-03-02T21:30", NIGHT, "Europe/Berlin", "2026-03-03T06:00"),
        # The clocks go forward in this night: seven in the morning is an hour nearer.
        (Kind.EDITED, "2026-03-28T22:00", NIGHT, "Europe/Berlin", "2026-03-29T05:00"),
    ],
)
def test_quiet_hours(kind: Kind, at: str, quiet: str, zone: str, expected: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert after_quiet(kind, moment, quiet, zone) == datetime.fromisoformat(expected).replace(
        tzinfo=UTC
    )
