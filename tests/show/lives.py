"""A post and events counted back from one moment: what timeline, rows and day strip are tried on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import Event, Kind, PostState

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
STATE = PostState(
    41,
    "gadget",
    "https://gadget.example/a",
    title="A",
    published_at="2018-01-24",
    first_seen_at=NOW - timedelta(days=400),
    last_seen_at=NOW,
    snapshot=3,
)


def told(kind: Kind, days_ago: float, post: int | None = 1, **values: Any) -> Event:
    at = NOW - timedelta(days=days_ago)
    told.last += 1  # type: ignore[attr-defined]
    number = told.last  # type: ignore[attr-defined]
    return Event(kind=kind, detected_at=at, site="s", post=post, id=number, **values)


told.last = 0  # type: ignore[attr-defined]
