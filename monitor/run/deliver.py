"""From the queue to the channels: claim with a lease, send, mark; retry what may yet go through.

At least once: a crash between sending and marking sends again, under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ..decide.furniture import settle
from ..errors import DeliveryError
from ..model import Alert, Event, Kind, Message
from ..read.compare import diff
from ..show.mail import Story, compose
from ..store import events, posts, queue, sites, snapshots
from .context import Context

log = logging.getLogger("postwatch.deliver")

LEASE = timedelta(minutes=5)
#: Waits before the next try: minutes at first, then an hour; 80 tries are more than three days.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MAX_TRIES = 80


@dataclass(slots=True)
class Delivered:
    """What one round of delivery came to; `failed` is (channel, why), each once."""

    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, str] = field(default_factory=dict)
    messages: list[tuple[str, str, Message]] = field(
        default_factory=list
    )  #: (channel, recipient, …)


async def deliver(ctx: Context) -> Delivered:
    """Delivers all alerts that are due; a channel that fails does not hold the others."""
    done = Delivered()
    owner = f"{os.getpid()}-{ctx.rng.getrandbits(32):08x}"
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
    return queue.claim(conn, now, lease=LEASE, owner=owner)


async def _through(ctx: Context, name: str, alerts: list[Alert], done: Delivered) -> None:
    """Sends the alerts of one channel in order; after one transient failure the rest waits too."""
    channel = ctx.channels.get(name)
    stuck = ""
    for alert in sorted(alerts, key=lambda a: (a.event_id, a.recipient)):
        if channel is None:
            await _later(ctx, alert, f"the config has no channel {name} any more", done)
            continue
        if stuck:
            await _later(ctx, alert, stuck, done)
            continue
        try:
            message = await asyncio.to_thread(_message, ctx, alert)
            await channel.send(message, alert.recipient)
        except DeliveryError as e:
            if e.permanent or alert.attempts >= MAX_TRIES:
                await _never(ctx, alert, str(e), done)
            else:
                stuck = str(e)
                await _later(ctx, alert, stuck, done)
            continue
        except Exception as e:  # one message that can't be built must not hold the others
            log.exception("event %s: no message for %s", alert.event_id, name)
            await _never(ctx, alert, f"{type(e).__name__}: {e}", done)
            continue
        await ctx.store.awrite(
            partial(queue.done, alert_id=alert.id, now=ctx.clock(), message_id=message.message_id)
        )
        done.sent[name] += 1
        done.messages.append((name, alert.recipient, message))


async def _later(ctx: Context, alert: Alert, why: str, done: Delivered) -> None:
    wait = min(FIRST_WAIT * (1 << min(max(0, alert.attempts - 1), 10)), LONGEST_WAIT)
    due = ctx.clock() + wait * (0.9 + 0.2 * ctx.rng.random())
    done.failed.setdefault(alert.channel, why)
    await ctx.store.awrite(lambda conn: queue.retry(conn, alert.id, due, why))


async def _never(ctx: Context, alert: Alert, why: str, done: Delivered) -> None:
    done.failed.setdefault(alert.channel, why)
    await ctx.store.awrite(lambda conn: queue.failed(conn, alert.id, why))


def _message(ctx: Context, alert: Alert) -> Message:
    with ctx.store.read() as conn:
        story = story_of(conn, alert.event_id)
        wrong = story.event.retracts
        first = queue.message_id(conn, wrong, alert.channel, alert.recipient) if wrong else ""
    web = ctx.config.web
    options = ctx.config.channels[alert.channel]
    sender = getattr(options, "from_", "") or "postwatch@localhost"
    return compose(
        story,
        channel=alert.channel,
        sender=sender,
        recipient=alert.recipient,
        base_url=web.base_url if web else "",
        install=sender.rpartition("@")[2] or "localhost",
        reply_to=first,
    )


def story_of(conn: Connection, event_id: int) -> Story:
    """An event with all that a message says of it."""
    event = events.event(conn, event_id)
    if event is None:
        raise DeliveryError(f"event {event_id} is not in the database", permanent=True)
    before = event.snapshot_before and snapshots.article(conn, event.snapshot_before)
    after = event.snapshot_after and snapshots.article(conn, event.snapshot_after)
    site = sites.site_by_name(conn, event.site) if event.site else None
    change = None
    if event.kind in (Kind.EDITED, Kind.REINSTATED) and before and after:
        facts = site.facts if site else None
        change = diff(*(settle(before, after, facts) if facts else (before, after)))
    shown = after or before or None
    return Story(
        event=event,
        diff=change,
        removal=_removal(conn, event),
        language=shown.language if shown else "",
        last_copy=before or None,
        head=events.head(conn),
        post_count=len(posts.posts(conn, site.id)) if site and event.post is None else 0,
        versions=_versions(conn, event),
    )


def _removal(conn: Connection, event: Event) -> Event | None:
    """The removal that this event ends, or the event that this one withdraws."""
    earlier = event.removed_event or event.retracts
    return events.event(conn, earlier) if earlier else None


def _versions(conn: Connection, event: Event) -> tuple[int, int]:
    """The numbers of the versions before and after within the post; 0 for none."""
    before, after = (
        snapshots.snapshot(conn, i) if i else None
        for i in (event.snapshot_before, event.snapshot_after)
    )
    return before.number if before else 0, after.number if after else 0
