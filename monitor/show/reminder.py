"""What a reminder says before it repeats its story, and what becomes of subject and record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from ..model import Event, Kind
from ..units import rfc3339, shown_duration, shown_number, shown_time


class Reminder(Struct, frozen=True):
    """That what was told still holds."""

    notice: str  #: part of the message's id
    after: timedelta  #: since it was told
    at: datetime  #: now
    looked_at: datetime | None = None  #: the last look that found it so
    of: int = 1  #: how many events were told in the message it reminds of
    told_as: str = ""  #: that message's subject, where it told several


def sentence(reminder: Reminder, events: Sequence[Event]) -> str:
    """`Still gone after 7 d: when last looked at, 2026-11-28 06:28 UTC, it had not come back.`"""
    many = len(events)
    site = all(e.kind is Kind.SITE_UNREACHABLE for e in events)
    said = f"Still {'unreachable' if site else 'gone'} after {shown_duration(reminder.after)}"
    if reminder.of > 1:
        said += f": {shown_number(many)} of the {shown_number(reminder.of)} told then"
    if reminder.looked_at is None:
        return f"{said}."
    if many == 1:
        what = "it could not be seen" if site else "it had not come back"
    else:
        what = "none of them could be seen" if site else "none of them had come back"
    looked = f"hen last looked at, {shown_time(reminder.looked_at)}, {what}."
    return f"{said}. W{looked}" if reminder.of > 1 else f"{said}: w{looked}"


def record(reminder: Reminder, events: Sequence[Event]) -> dict[str, Any]:
    """`{"kind": "reminder", "detected_at", "after": seconds, "looked_at", "events": […]}`."""
    return {
        "kind": "reminder",
        "detected_at": rfc3339(reminder.at),
        "after": int(reminder.after.total_seconds()),
        "looked_at": rfc3339(reminder.looked_at) if reminder.looked_at else None,
        "events": [e.as_record() for e in events],
    }
