"""The claim of an event: between which two looks it happened, and never backwards."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Event, Kind
from monitor.show.story import interval, when

TIMES = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2), timezones=st.just(UTC))
_SHOWN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?")


@given(st.sampled_from(Kind), st.tuples(TIMES, TIMES, TIMES), TIMES.filter(bool))
def test_no_interval_runs_backwards(
    kind: Kind, times: tuple[datetime | None, ...], detected_at: datetime
) -> None:
    """Whatever an event of an older release holds: what is shown is in order, and holds the claim."""
    seen, first, last = times
    event = Event(
        kind, detected_at, last_seen_at=seen, first_missing_at=first, last_missing_at=last
    )
    earliest, latest = interval(event)
    assert latest is not None
    assert earliest is None or earliest <= latest
    shown = [datetime.fromisoformat(t).replace(tzinfo=UTC) for t in _SHOWN.findall(when(event))]
    assert shown == sorted(shown)
    assert shown[-1] >= latest  # an upper bound is never rounded down
    if earliest is not None:
        assert shown[0] <= earliest
        assert shown[-1] - shown[0] <= latest - earliest + timedelta(minutes=2)


def test_a_delisting_that_an_older_release_told_backwards() -> None:
    at = datetime(2026, 11, 28, 6, 52, tzinfo=UTC)
    event = Event(Kind.DELISTED, at, last_seen_at=at + timedelta(seconds=1))
    assert when(event) == "by 2026-11-28 06:53 UTC"
