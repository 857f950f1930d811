"""What leaves as one message? One recipient's due alerts are packed: what belongs together in one parcel.

Reads, and decides with decide/telling.py and decide/reminding.py; `deliver` sends, marks and puts off.
A message that may have arrived stays that message at every further try, so that a double can be told by
its id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..config import Config
from ..decide.reminding import (
    is_reminder,
    is_sign_of_life,
    reminded_after,
    sign_slot,
    slots,
    still_gone,
    still_unreachable,
)
from ..decide.telling import BURST, gathered, under_ceiling
from ..model import Alert, AlertState, Event, Kind
from ..store import events, posts, queue, sites
from ..store import notices as notices_of
from .shelf import Packed, Parcel, Shelf

HOUR = timedelta(hours=1)
#: Events in one message to a program: some 3 kB each, and receivers take a megabyte at the least.
MOST_AT_ONCE = 200
#: A notice that came so late for want of room under the ceiling goes before the news.
LATE = timedelta(hours=6)
#: One is reminded of what was found so within this time: a removed post is looked at once a day or oftener.
FOUND_WITHIN = timedelta(hours=26)


def pack(conn: Connection, shelf: Shelf, alerts: Sequence[Alert]) -> Packed:
    """One recipient's due alerts as few messages, the news first, under the channel's ceiling."""
    packed, now = Packed(), shelf.now
    news = [a for a in alerts if not a.notice]
    planned, fresh = _news(conn, shelf, news, packed)
    notices = _reminders(conn, shelf, alerts, packed)
    signs = [a for a in alerts if is_sign_of_life(a.notice)]
    if signs and (planned or fresh or not _silent(conn, shelf, signs)):
        packed.over += signs
    else:
        notices += [Parcel((a,)) for a in signs]
    if shelf.quiet_until > now:
        packed.later[shelf.quiet_until] += [a for p in notices for a in p.alerts]
        notices = []
    left, free_at = _room(conn, shelf)
    if left is not None and len(planned) > left:
        packed.later[free_at] += [a for p in planned[max(0, left) :] for a in p.alerts]
        planned = planned[: max(0, left)]
    packed.parcels += planned
    room = None if left is None else left - len(planned)
    # They can wait, and are not gathered with news; but not for ever.
    notices.sort(key=lambda p: now - _due(p) < LATE)
    while notices and room is not None and room > 0 and now - _due(notices[0]) >= LATE:
        packed.parcels.append(notices.pop(0))
        room -= 1
    if fresh and (room is None or room > 0):
        groups = _groups(shelf, fresh)
        groups = groups if room is None else under_ceiling(groups, room)
        by_event = {e.id: a for a, e in _pairs(news, fresh)}
        if shelf.channel.for_programs:
            over = [by_event[e.id] for g in groups for e in g[MOST_AT_ONCE:]]
            if over:
                packed.later[free_at] += over
            groups = [g[:MOST_AT_ONCE] for g in groups]
        packed.parcels += [Parcel(tuple(by_event[e.id] for e in g), tuple(g)) for g in groups]
        room = None if room is None else room - len(groups)
    elif fresh:
        packed.later[free_at] += [a for a in news if a.event_id in fresh]
    for parcel in notices:
        if room is None or room > 0:
            packed.parcels.append(parcel)
            room = None if room is None else room - 1
        else:
            packed.later[free_at] += parcel.alerts
    return packed


def _due(parcel: Parcel) -> datetime:
    """When a notice was first to be told."""
    if not parcel.events:
        return sign_slot(parcel.notice)
    after = reminded_after(parcel.notice) or timedelta()
    return min(e.detected_at for e in parcel.events) + after


def _news(
    conn: Connection, shelf: Shelf, news: Sequence[Alert], packed: Packed
) -> tuple[list[Parcel], dict[int, Event]]:
    """What may have arrived as a message before, and the events that did not, by id."""
    ids = sorted(a.event_id for a in news if a.event_id is not None)
    told = {e.id: e for e in events.events_by_id(conn, ids)}
    packed.lost += [a for a in news if a.event_id not in told]
    planned: dict[str, list[tuple[Alert, Event]]] = defaultdict(list)
    fresh: dict[int, Event] = {}
    for alert, event in _pairs(news, told):
        if alert.message_id and alert.unsure:
            planned[alert.message_id].append((alert, event))
        elif not shelf.tells(event):
            packed.misdirected.append(alert)
        elif shelf.waits(event):
            packed.later[shelf.quiet_until].append(alert)
        else:
            fresh[event.id] = event
    again = []
    for group in planned.values():  # as one, or not at all: it bears one id
        if not any(shelf.tells(e) for _, e in group):
            packed.misdirected += [a for a, _ in group]
        elif all(shelf.waits(e) for _, e in group):
            packed.later[shelf.quiet_until] += [a for a, _ in group]
        else:
            again.append(Parcel(tuple(a for a, _ in group), tuple(e for _, e in group)))
    return again, dict(sorted(fresh.items()))


def _pairs(alerts: Sequence[Alert], told: dict[int, Event]) -> list[tuple[Alert, Event]]:
    return [(a, told[a.event_id]) for a in alerts if a.event_id is not None and a.event_id in told]


def _groups(shelf: Shelf, fresh: dict[int, Event]) -> list[tuple[Event, ...]]:
    """What of the news becomes one message."""
    if shelf.channel.for_programs:
        return [(e,) for e in fresh.values()]
    return gathered(list(fresh.values()), lambda e: e.kind in shelf.options.now)


def _room(conn: Connection, shelf: Shelf) -> tuple[int | None, datetime]:
    """How many messages may still go to a recipient in this hour (None: no ceiling), and when the
    next place is free."""
    most, now = shelf.options.max_per_hour, shelf.now
    if most <= 0:
        return None, now
    sent, oldest = queue.sent_since(conn, shelf.channel.name, shelf.recipient, now - HOUR, now)
    return most - sent, (oldest or now) + HOUR


def _silent(conn: Connection, shelf: Shelf, signs: Sequence[Alert]) -> bool:
    """Whether there still was no news since the time before a sign of life was due."""
    name, options = shelf.channel.name, shelf.options
    if not shelf.here or options.still_watching == "off":
        return False
    slot = max(sign_slot(a.notice) for a in signs)
    _, before = slots(options.still_watching, options.digest_at, options.timezone, slot)
    return not notices_of.spoke_since(conn, name, shelf.recipient, before, shelf.now)


def _reminders(
    conn: Connection, shelf: Shelf, alerts: Sequence[Alert], packed: Packed
) -> list[Parcel]:
    """The reminders of what still holds, together as their events were told."""
    together: dict[tuple[str, str, str], list[tuple[Alert, Event]]] = defaultdict(list)
    longest: dict[int | None, Alert] = {}
    for alert in alerts:
        if is_reminder(alert.notice):
            other = longest.get(alert.event_id)
            keep = max(filter(None, (alert, other)), key=lambda a: reminded_after(a.notice) or HOUR)
            packed.over += [a for a in (alert, other) if a is not None and a is not keep]
            longest[alert.event_id] = keep
    for alert in longest.values():
        if alert.event_id is None:
            continue
        event = events.event(conn, alert.event_id)
        wanted = reminded_after(alert.notice) in shelf.options.remind
        if event is None or not wanted or not shelf.tells(event):
            packed.over.append(alert)
            continue
        holds = still_so(conn, shelf.config, event, shelf.now)
        first = queue.first_told(conn, event.id, alert.channel, alert.recipient)
        if holds is False or first is None:
            packed.over.append(alert)
        elif first.state is AlertState.SENT and holds:
            tried = alert.message_id if alert.unsure else ""
            together[alert.notice, first.message_id, tried].append((alert, event))
        elif first.state is AlertState.PENDING:  # one can't be reminded of what one was not told
            packed.later[shelf.now + HOUR].append(alert)
        elif first.state is AlertState.SENT:  # nor of what nobody can see
            packed.later[shelf.now + LATE].append(alert)
        else:
            packed.over.append(alert)
    return [Parcel(tuple(a for a, _ in g), tuple(e for _, e in g)) for g in _few(together)]


def _few(
    together: dict[tuple[str, str, str], list[tuple[Alert, Event]]],
) -> list[list[tuple[Alert, Event]]]:
    """The groups, or where they are more than a few, one for each time and kind of reminding."""
    fresh = {k: g for k, g in together.items() if not k[2]}
    if len(fresh) <= BURST:
        return list(together.values())
    merged: dict[tuple[str, Kind], list[tuple[Alert, Event]]] = defaultdict(list)
    for (notice, _, _), group in fresh.items():
        for alert, event in group:
            merged[notice, event.kind].append((alert, event))
    return [*merged.values(), *(g for k, g in together.items() if k[2])]


def still_so(conn: Connection, config: Config, event: Event, now: datetime) -> bool | None:
    """Whether what an event told still holds, on a site that is still watched; None where nobody could
    see of late."""
    name = events.site_now(conn, event)
    site, row = config.site(name), sites.site_by_name(conn, name)
    if site is None or site.paused or row is None:
        return False
    if event.kind is Kind.SITE_UNREACHABLE:
        told = events.events(conn, sites=[row.name], kinds=[event.kind], limit=1, newest_first=True)
        return still_unreachable(event, row.view, told)
    post = posts.post(conn, event.post) if event.post is not None else None
    if post is None or not post.watched or not still_gone(event, post.state):
        return False
    found = post.state.last_missing_at
    fresh = row.view.up and found is not None and now - found <= FOUND_WITHIN
    return True if fresh else None
