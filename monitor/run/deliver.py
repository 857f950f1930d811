"""From the queue to the channels: claim with a lease, gather, send, mark; retry what may yet go through.

At least once: a crash between sending and marking sends again, under the same Message-ID. What
belongs together is one message (decide/telling.py); a list that was once put together stays that
list at every further try, so that a double can be told by its id.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..config import ChannelOptions
from ..decide.telling import Group, gathered, under_ceiling
from ..errors import DeliveryError, StoreError
from ..model import Alert, Event, Message
from ..notify import Channel
from ..store import events, queue
from .context import Context
from .messages import message_of

log = logging.getLogger("postwatch.deliver")

LEASE = timedelta(minutes=5)
#: Alerts claimed at once: what can become one message must be in one hand.
CLAIM = 2_000
#: Waits before the next try: minutes at first, then an hour; 80 tries are more than three days.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MAX_TRIES = 80
HOUR = timedelta(hours=1)
#: After so many recipients that could not be served, it is the channel and not they.
DEAD_AFTER = 2


@dataclass(slots=True)
class Delivered:
    """What one round of delivery came to; `failed` is (channel, why), each once."""

    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, str] = field(default_factory=dict)
    messages: list[tuple[str, str, Message]] = field(
        default_factory=list
    )  #: (channel, recipient, …)
    owner: str = ""  #: who holds the leases of this round


async def deliver(ctx: Context) -> Delivered:
    """Delivers all alerts that are due; a channel that fails does not hold the others."""
    owner = f"{os.getpid()}-{ctx.rng.getrandbits(32):08x}"
    done = Delivered(owner=owner)
    while True:
        now = ctx.clock()
        claimed = await ctx.store.awrite(partial(_claim, now=now, owner=owner))
        if not claimed:
            return done
        by_channel: dict[str, list[Alert]] = defaultdict(list)
        for alert in claimed:
            by_channel[alert.channel].append(alert)
        await asyncio.gather(*(_through(ctx, n, alerts, done) for n, alerts in by_channel.items()))


def _claim(conn: Connection, *, now: datetime, owner: str) -> list[Alert]:
    return queue.claim(conn, now, lease=LEASE, owner=owner, limit=CLAIM)


async def _through(ctx: Context, name: str, alerts: list[Alert], done: Delivered) -> None:
    """Sends the alerts of one channel, recipient by recipient: one that is refused holds no other."""
    channel = ctx.channels.get(name)
    if channel is None:
        await _later(ctx, alerts, f"the config has no channel {name} any more", done)
        return
    by_recipient: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_recipient[alert.recipient].append(alert)
    failed, why = 0, ""
    for recipient, theirs in by_recipient.items():
        if failed >= DEAD_AFTER:
            await _later(ctx, theirs, why, done)
            continue
        stuck = await _to_one(ctx, channel, recipient, theirs, done)
        if stuck:
            failed, why = failed + 1, stuck


async def _to_one(
    ctx: Context, channel: Channel, recipient: str, alerts: list[Alert], done: Delivered
) -> str:
    """Sends one recipient's alerts as few messages; why the rest has to wait, "" where none has."""
    by_event = {a.event_id: a for a in alerts}
    with ctx.store.read() as conn:
        told = events.events_by_id(conn, sorted(by_event))
    lost = [by_event[i] for i in by_event.keys() - {e.id for e in told}]
    if lost:
        await _never(ctx, lost, "the event is not in the database", done)
    groups = await _groups(ctx, channel, recipient, by_event, told)
    stuck = ""
    for group in groups:
        theirs = [by_event[e.id] for e in group]
        if stuck:
            await _later(ctx, theirs, stuck, done)
            continue
        stuck = await _send(ctx, channel, recipient, group, theirs, done)
    return stuck


async def _groups(
    ctx: Context,
    channel: Channel,
    recipient: str,
    by_event: dict[int, Alert],
    told: Sequence[Event],
) -> list[Group]:
    """The messages to be sent now; what stands over the channel's ceiling is put off."""
    options = ctx.config.channels[channel.name]
    planned: dict[str, list[Event]] = defaultdict(list)
    fresh = []
    for event in told:
        before = by_event[event.id].message_id
        planned[before].append(event) if before else fresh.append(event)
    again: list[Group] = [tuple(g) for g in planned.values()]
    if not fresh:
        return again
    if channel.for_programs:
        groups: list[Group] = [(e,) for e in fresh]
    else:
        groups = gathered(fresh, lambda e: e.kind in options.now)
    left, free_at = _room(ctx, channel.name, recipient, options)
    if left is None:
        return again + groups
    if left - len(again) < 1:
        ids = [by_event[e.id].id for e in fresh]
        await ctx.store.awrite(partial(queue.put_off, alert_ids=ids, due_at=free_at))
        return again
    return again + under_ceiling(groups, left - len(again))


def _room(
    ctx: Context, name: str, recipient: str, options: ChannelOptions
) -> tuple[int | None, datetime]:
    """How many messages may still go to a recipient in this hour (None: no ceiling), and when the
    next place is free."""
    now = ctx.clock()
    if options.max_per_hour <= 0:
        return None, now
    with ctx.store.read() as conn:
        sent, oldest = queue.sent_since(conn, name, recipient, now - HOUR)
    return options.max_per_hour - sent, (oldest or now) + HOUR + timedelta(seconds=1)


async def _send(
    ctx: Context,
    channel: Channel,
    recipient: str,
    group: Group,
    alerts: list[Alert],
    done: Delivered,
) -> str:
    """Sends one message and marks its alerts; why it and all after it must wait, "" where not."""
    name, ids = channel.name, [a.id for a in alerts]
    try:
        message = await asyncio.to_thread(message_of, ctx, name, recipient, group)
    except (StoreError, SQLAlchemyError) as e:  # the database's trouble, not the message's
        await _later(ctx, alerts, str(e), done)
        return str(e)
    except Exception as e:  # one event that can't be said must not hold the others
        log.exception("events %s: no message for %s", [x.id for x in group], name)
        if len(group) == 1:
            await _never(ctx, alerts, f"{type(e).__name__}: {e}", done)
        else:
            for event, alert in zip(group, alerts, strict=True):
                await _send(ctx, channel, recipient, (event,), [alert], done)
        return ""
    plan = message.message_id if len(group) > 1 else ""
    ours = partial(
        queue.plan,
        alert_ids=ids,
        message_id=plan,
        until=ctx.clock() + LEASE,
        owner=done.owner,
    )
    if not await ctx.store.awrite(ours):
        return ""  # another process has them by now, or they were withdrawn
    try:
        await channel.send(message, recipient)
    except DeliveryError as e:
        if e.permanent or max(a.attempts for a in alerts) >= MAX_TRIES:
            await _never(ctx, alerts, str(e), done)
            return ""
        await _later(ctx, alerts, str(e), done)
        return str(e)
    except Exception as e:  # a channel's own fault: it may be mended before the tries run out
        log.exception("events %s: not sent through %s", [x.id for x in group], name)
        if max(a.attempts for a in alerts) >= MAX_TRIES:
            await _never(ctx, alerts, f"{type(e).__name__}: {e}", done)
            return ""
        await _later(ctx, alerts, f"{type(e).__name__}: {e}", done)
        return str(e)
    await ctx.store.awrite(
        partial(queue.done, alert_ids=ids, now=ctx.clock(), message_id=message.message_id)
    )
    done.sent[name] += 1
    done.messages.append((name, recipient, message))
    return ""


async def _later(ctx: Context, alerts: Sequence[Alert], why: str, done: Delivered) -> None:
    """Puts alerts back, to be tried again after a wait that doubles with each try."""
    tries = max(a.attempts for a in alerts)
    wait = min(FIRST_WAIT * (1 << min(max(0, tries - 1), 10)), LONGEST_WAIT)
    due = ctx.clock() + wait * (0.9 + 0.2 * ctx.rng.random())
    done.failed.setdefault(alerts[0].channel, why)
    ids = [a.id for a in alerts]
    now = ctx.clock()
    await ctx.store.awrite(partial(queue.retry, alert_ids=ids, now=now, due_at=due, error=why))


async def _never(ctx: Context, alerts: Sequence[Alert], why: str, done: Delivered) -> None:
    """Marks alerts as refused for good."""
    done.failed.setdefault(alerts[0].channel, why)
    ids = [a.id for a in alerts]
    await ctx.store.awrite(partial(queue.failed, alert_ids=ids, error=why))
