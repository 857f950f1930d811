"""When is one reminded of what is still so, and when does a silent channel give a sign of life?

A reminder says again what an alert said, because it still holds: a removed post that has not come back, a
site that still can't be seen. A sign of life says that there was nothing to say. What an alert tells in
place of its event stands in its `notice`, as written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ..model import Event, Kind, PostState, SiteView, Status

#: What one is reminded of.
REMINDED = frozenset({Kind.REMOVED, Kind.SITE_UNREACHABLE})
_REMIND = "remind:"
_STILL_WATCHING = "still_watching:"


def reminder(after: timedelta) -> str:
    """The notice of a reminder that comes so long after the event."""
    return f"{_REMIND}{int(after.total_seconds())}"


def reminded_after(notice: str) -> timedelta | None:
    """How long after its event a reminder comes; None where the notice is none."""
    return timedelta(seconds=int(notice.removeprefix(_REMIND))) if is_reminder(notice) else None


def is_reminder(notice: str) -> bool:
    """Whether an alert with this notice reminds of its event."""
    return notice.startswith(_REMIND)


def sign_of_life(slot: datetime) -> str:
    """The notice of the sign of life that is due at a time."""
    return f"{_STILL_WATCHING}{slot.astimezone(UTC):%Y-%m-%dT%H:%M}"


def sign_slot(notice: str) -> datetime:
    """The time at which a sign of life was due."""
    return datetime.fromisoformat(notice.removeprefix(_STILL_WATCHING)).replace(tzinfo=UTC)


def is_sign_of_life(notice: str) -> bool:
    """Whether an alert with this notice says that nothing is new."""
    return notice.startswith(_STILL_WATCHING)


def still_gone(event: Event, state: PostState | None) -> bool:
    """Whether a removal is the last word on its post."""
    return state is not None and state.status is Status.REMOVED and state.removed_event == event.id


def still_unreachable(event: Event, view: SiteView | None, told: Sequence[Event]) -> bool:
    """Whether a site is as unseen as the event said; `told` are the site's events of that kind."""
    newest = max((e.id for e in told), default=0)
    return view is not None and not view.up and view.told and newest == event.id


def slots(every: str, clock: str, timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """The latest time at or before `now` at which a channel that tells "daily" or "weekly" at a clock
    time such as "08:00" is due, and the one before. Weekly ones are due on Monday."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    hour, minute = (int(x) for x in clock.split(":"))
    days = 7 if every == "weekly" else 1
    slot = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if every == "weekly":
        slot -= timedelta(days=slot.weekday())
    if slot > local:
        slot -= timedelta(days=days)
    before = slot - timedelta(days=days)  # by the calendar: an hour more or less at a clock change
    return slot.astimezone(now.tzinfo), before.astimezone(now.tzinfo)
