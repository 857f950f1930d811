"""What leaves as one message? One recipient's due alerts are packed: what belongs together in one parcel.

Reads, and decides with decide/telling.py and decide/reminding.py; `deliver` sends, marks and puts off.
A list that was once put together stays that list at every further try, so that a double can be told by
its id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..config import ChannelOptions, Config
from ..decide.reminding import (
    is_reminder,
    reminded_after,
    still_gone,
    still_unreachable,
)
from ..decide.telling import gathered, under_ceiling
from ..model import Alert, AlertState, Event, Kind
from ..store import events, posts, queue, sites

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What leaves as one message: the alerts, and the events they tell (none: a sign of life)."""

    alerts: tuple[Alert, ...]
    events: tuple[Event, ...] = ()

    @property
    def notice(self) -> str:
        """What is told in place of the events; "" is they themselves."""
        return self.alerts[0].notice

    @property
    def ids(self) -> list[int]:
        """Of the alerts."""
        return [a.id for a in self.alerts]


@dataclass(slots=True)
class Packed:
    """One recipient's alerts: what leaves now, and what becomes of the rest."""

    parcels: list[Parcel] = field(default_factory=list)
    lost: list[Alert] = field(default_factory=list)  #: their event is not in the database
    over: list[Alert] = field(default_factory=list)  #: nothing to remind of any more
    later: dict[datetime, list[Alert]] = field(default_factory=lambda: defaultdict(list))


def pack(
    conn: Connection,
    config: Config,
    channel: str,
    recipient: str,
    alerts: Sequence[Alert],
    now: datetime,
    *,
    for_programs: bool,
) -> Packed:
    """One recipient's due alerts as few messages, the news first, under the channel's ceiling."""
    packed = Packed()
    options = config.channels[channel]
    news = [a for a in alerts if not a.notice]
    planned, fresh = _news(conn, news, packed)
    packed.parcels += planned
    left, free_at = _room(conn, channel, recipient, options, now)
    room = None if left is None else left - len(planned)
    if fresh and (room is None or room > 0):
        groups = [(e,) for e in fresh.values()] if for_programs else _gathered(fresh, options)
        groups = groups if room is None else under_ceiling(groups, room)
        by_event = {e.id: a for a, e in _pairs(news, fresh)}
        packed.parcels += [Parcel(tuple(by_event[e.id] for e in g), tuple(g)) for g in groups]
        room = None if room is None else room - len(groups)
    elif fresh:
        packed.later[free_at] += [a for a in news if a.event_id in fresh]
    notices = _reminders(conn, config, options, alerts, packed, now)
    notices += [Parcel((a,)) for a in alerts if a.notice and a.event_id is None]
    for parcel in notices:  # they can wait, and are not gathered with news
        if room is None or room > 0:
            packed.parcels.append(parcel)
            room = None if room is None else room - 1
        else:
            packed.later[free_at] += parcel.alerts
    return packed


def _news(
    conn: Connection, news: Sequence[Alert], packed: Packed
) -> tuple[list[Parcel], dict[int, Event]]:
    """What was planned as a list before, and the events that were not, by id."""
    ids = sorted(a.event_id for a in news if a.event_id is not None)
    told = {e.id: e for e in events.events_by_id(conn, ids)}
    packed.lost += [a for a in news if a.event_id not in told]
    lists: dict[str, list[tuple[Alert, Event]]] = defaultdict(list)
    fresh: dict[int, Event] = {}
    for alert, event in _pairs(news, told):
        if alert.message_id:
            lists[alert.message_id].append((alert, event))
        else:
            fresh[event.id] = event
    planned = [Parcel(tuple(a for a, _ in g), tuple(e for _, e in g)) for g in lists.values()]
    return planned, dict(sorted(fresh.items()))


def _pairs(alerts: Sequence[Alert], told: dict[int, Event]) -> list[tuple[Alert, Event]]:
    return [(a, told[a.event_id]) for a in alerts if a.event_id is not None and a.event_id in told]


def _gathered(fresh: dict[int, Event], options: ChannelOptions) -> list[tuple[Event, ...]]:
    return gathered(list(fresh.values()), lambda e: e.kind in options.now)


def _room(
    conn: Connection, channel: str, recipient: str, options: ChannelOptions, now: datetime
) -> tuple[int | None, datetime]:
    """How many messages may still go to a recipient in this hour (None: no ceiling), and when the
    next place is free."""
    if options.max_per_hour <= 0:
        return None, now
    sent, oldest = queue.sent_since(conn, channel, recipient, now - HOUR)
    return options.max_per_hour - sent, (oldest or now) + HOUR + timedelta(seconds=1)


def _reminders(
    conn: Connection,
    config: Config,
    options: ChannelOptions,
    alerts: Sequence[Alert],
    packed: Packed,
    now: datetime,
) -> list[Parcel]:
    """The reminders of what still holds, together as their events were told."""
    together: dict[tuple[str, str], list[tuple[Alert, Event]]] = defaultdict(list)
    for alert in alerts:
        if not is_reminder(alert.notice) or alert.event_id is None:
            continue
        event = events.event(conn, alert.event_id)
        wanted = reminded_after(alert.notice) in options.remind
        if event is None or not wanted or not still_so(conn, config, event):
            packed.over.append(alert)
            continue
        first = queue.first_told(conn, event.id, alert.channel, alert.recipient)
        if first is None or first.state in (AlertState.FAILED, AlertState.WITHDRAWN):
            packed.over.append(alert)
        elif first.state is AlertState.PENDING:  # one can't be reminded of what one was not told
            packed.later[now + HOUR].append(alert)
        else:
            together[alert.notice, first.message_id].append((alert, event))
    return [Parcel(tuple(a for a, _ in g), tuple(e for _, e in g)) for g in together.values()]


def still_so(conn: Connection, config: Config, event: Event) -> bool:
    """Whether what an event told still holds, on a site that is still watched."""
    site = config.site(event.site or "")
    row = sites.site_by_name(conn, event.site or "")
    if site is None or site.paused or row is None:
        return False
    if event.kind is Kind.SITE_UNREACHABLE:
        told = events.events(conn, sites=[row.name], kinds=[event.kind], limit=1, newest_first=True)
        return still_unreachable(event, row.view, told)
    post = posts.post(conn, event.post) if event.post is not None else None
    return post is not None and post.watched and still_gone(event, post.state)
