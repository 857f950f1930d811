"""Which events are told together, and when may a channel speak? One story, not five hundred.

A batch is one story. What is told in a digest is one. A burst (more than BURST events that wait at
once) is one. What stands over a channel's ceiling is gathered into its last message of the hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..model import Event, Kind

#: So many separate events may come as a mail each; more that wait at once are a list.
BURST = 5
#: Told apart from whatever else waits: they speak of us, or stand in the thread of what they correct.
ALONE = frozenset({Kind.RETRACTED, Kind.WATCH_STOPPED, Kind.WATCH_RESUMED})
#: Told also in quiet hours.
WAKES = frozenset({Kind.REMOVED, Kind.REINSTATED, *ALONE})

Group = tuple[Event, ...]


def gathered(events: Sequence[Event], at_once: Callable[[Event], bool]) -> list[Group]:
    """The events in groups, each to be one message; every event once, by id, groups by first id.

    `at_once` says whether an event is told now; those that are not are the digest.
    """
    batches: dict[str, list[Event]] = {}
    acts: dict[object, list[Event]] = {}  # what one person withdrew at one stroke
    digest: list[Event] = []
    alone: list[Event] = []
    single: list[Event] = []
    for event in sorted(events, key=lambda e: e.id):
        if event.batch:
            batches.setdefault(event.batch, []).append(event)
        elif event.kind is Kind.RETRACTED:
            act = (event.why, event.by, event.detected_at)
            acts.setdefault(act, []).append(event)
        elif event.kind in ALONE:
            alone.append(event)
        elif not at_once(event):
            digest.append(event)
        else:
            single.append(event)
    groups: list[Group] = [tuple(b) for b in batches.values()]
    groups += [tuple(a) for a in acts.values()]
    groups += [(e,) for e in alone]
    groups += [tuple(digest)] if digest else []
    groups += [tuple(single)] if len(single) > BURST else [(e,) for e in single]
    return sorted(groups, key=lambda g: g[0].id)


def under_ceiling(groups: Sequence[Group], left: int) -> list[Group]:
    """The groups as at most `left` messages (1 or more): the last one holds all that is over."""
    if len(groups) <= left:
        return list(groups)
    kept, over = groups[: left - 1], groups[left - 1 :]
    rest = sorted((e for g in over for e in g), key=lambda e: e.id)
    return [*kept, tuple(rest)]


def after_quiet(kind: Kind, at: datetime, quiet: str, timezone: str) -> datetime:
    """When an event that is due at `at` is told: then, or at the end of the quiet hours."""
    return at if kind in WAKES else quiet_until(at, quiet, timezone)


def quiet_until(at: datetime, quiet: str, timezone: str) -> datetime:
    """`at`, or the end of the quiet hours it falls in. `quiet` is "22:00-07:00" or ""."""
    if not quiet:
        return at
    start, end = (_minutes(x) for x in quiet.split("-"))
    local = at.astimezone(ZoneInfo(timezone))
    now = local.hour * 60 + local.minute
    inside = start <= now < end if start <= end else now >= start or now < end
    if not inside:
        return at
    until = local.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0)
    if until <= local:
        until = (until + timedelta(days=1)).replace(hour=end // 60, minute=end % 60)
    return until.astimezone(at.tzinfo)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
