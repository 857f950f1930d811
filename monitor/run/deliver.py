"""From the queue to the channels: claim with a lease, gather, send, mark; retry what may yet go through.

At least once: a crash between sending and marking sends again, under the same Message-ID. What leaves
together, and what must wait for its hour, is parcels.py's business.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..errors import DeliveryError, StoreError
from ..model import Alert, Message
from ..notify import Channel
from ..store import called_off, queue
from .context import Context
from .messages import message_of
from .parcels import Packed, Parcel, Shelf, pack
from .signs import queue_signs_of_life

log = logging.getLogger("postwatch.deliver")

LEASE = timedelta(minutes=5)
#: Waits before the next try: minutes at first, then an hour.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
#: After the first try; what Postfix allows as well (maximal_queue_lifetime, RFC 5321 4.5.4.1: 4 to 5 days).
GIVE_UP = timedelta(days=5)
#: And after so many tries: of a machine that is on once a week, or whose clock jumps, five days are few.
TRIES = 10
#: After so many messages in a row that got no answer, the rest need not wait for theirs.
SILENT = 2
#: After so many in a row that were answered with a no, it is the channel and not they: a receiver that
#: chokes on one event, or greylists each recipient, holds no other.
UNWILLING = 8


@dataclass(slots=True)
class Delivered:
    """What one round of delivery came to; `failed` is (channel, why), each once."""

    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, str] = field(default_factory=dict)
    messages: list[tuple[str, str, Message]] = field(
        default_factory=list
    )  #: (channel, recipient, …)
    owner: str = ""  #: who holds the leases of this round
    stopping: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Trust:
    """How a channel fared in this round: when to leave it, and why."""

    silent: int = 0
    unwilling: int = 0
    why: str = ""

    @property
    def lost(self) -> bool:
        """Whether the rest is better left for the next round."""
        return self.silent >= SILENT or self.unwilling >= UNWILLING

    def worked(self) -> None:
        """A message went through."""
        self.silent = self.unwilling = 0

    def failed(self, why: str, *, answered: bool) -> None:
        """One did not, and is tried again."""
        self.why = why
        if answered:
            self.unwilling += 1
        else:
            self.silent += 1


async def deliver(
    ctx: Context,
    *,
    busy: set[str] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Delivers all alerts that are due; a channel that fails does not hold the others.

    Channels in `busy` are left alone, and those at work stand in it meanwhile: shared by rounds that
    overlap, so that a slow channel holds up no other. Once `stopping`, no further message is begun.
    """
    busy = set() if busy is None else busy
    done = Delivered(owner=f"{os.getpid()}-{ctx.rng.getrandbits(32):08x}", stopping=stopping)
    await queue_signs_of_life(ctx)
    while True:
        claimed = await ctx.store.awrite(
            partial(_claim, now=ctx.clock(), owner=done.owner, busy=frozenset(busy))
        )
        by_channel: dict[str, list[Alert]] = defaultdict(list)
        for alert in claimed:
            by_channel[alert.channel].append(alert)
        if not by_channel or stopping():
            await _untried(ctx, claimed, ctx.clock(), done)
            return done
        busy |= by_channel.keys()
        through = (_through(ctx, n, a, done, busy) for n, a in by_channel.items())
        # All to their end, whatever one comes to: what is being sent must be marked.
        for outcome in await asyncio.gather(*through, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


def _claim(conn: Connection, *, now: datetime, owner: str, busy: frozenset[str]) -> list[Alert]:
    return queue.claim(conn, now, lease=LEASE, owner=owner, but=busy)


async def _through(
    ctx: Context, name: str, alerts: list[Alert], done: Delivered, busy: set[str]
) -> None:
    """Sends the alerts of one channel, recipient by recipient: one that is refused holds no other."""
    try:
        channel = ctx.channels.get(name)
        if channel is None:
            await _orphaned(ctx, name, alerts, done)
            return
        by_recipient: dict[str, list[Alert]] = defaultdict(list)
        for alert in alerts:
            by_recipient[alert.recipient].append(alert)
        trust = Trust()
        for recipient, theirs in by_recipient.items():
            if trust.lost:
                await _later(ctx, theirs, trust.why, done)
                continue
            await _to_one(ctx, channel, recipient, theirs, done, trust)
    finally:
        busy.discard(name)


async def _to_one(
    ctx: Context,
    channel: Channel,
    recipient: str,
    alerts: list[Alert],
    done: Delivered,
    trust: Trust,
) -> None:
    """Sends one recipient's alerts as few messages, as long as the channel is trusted."""
    shelf = Shelf(ctx.config, channel, recipient, ctx.clock())

    def packing() -> Packed:
        with ctx.store.read() as conn:
            return pack(conn, shelf, alerts)

    packed = await asyncio.to_thread(packing)
    if packed.lost:
        await _never(ctx, packed.lost, "the event is not in the database", done)
    if packed.over:
        ids = [a.id for a in packed.over]
        await ctx.store.awrite(partial(called_off.drop, alert_ids=ids))
    if packed.misdirected:
        keys = [(channel.name, r) for r in channel.recipients()] if not shelf.here else []
        ids = [a.id for a in packed.misdirected]
        over = partial(called_off.give_over, alert_ids=ids, keys=keys, now=ctx.clock())
        await ctx.store.awrite(over)
    for due, waiting in packed.later.items():
        await _untried(ctx, waiting, due, done)
    for parcel in packed.parcels:
        if done.stopping():
            await _untried(ctx, parcel.alerts, ctx.clock(), done)
        elif trust.lost:
            await _later(ctx, parcel.alerts, trust.why, done)
        else:
            await _send(ctx, channel, recipient, parcel, done, trust)


async def _send(
    ctx: Context,
    channel: Channel,
    recipient: str,
    parcel: Parcel,
    done: Delivered,
    trust: Trust,
) -> None:
    """Sends one message and marks its alerts, or puts them back."""
    name = channel.name
    numbers = [x.id for x in parcel.events]
    try:
        message = await asyncio.to_thread(message_of, ctx, name, recipient, parcel)
    except (StoreError, SQLAlchemyError) as e:  # the database's trouble, not the message's
        await _later(ctx, parcel.alerts, str(e), done)
        trust.failed(str(e), answered=False)
        return
    except Exception as e:  # one event that can't be said must not hold the others
        log.exception("events %s: no message for %s", numbers, name)
        if len(parcel.alerts) == 1:
            await _never(ctx, parcel.alerts, f"{type(e).__name__}: {e}", done)
        for alert, event in zip(parcel.alerts, parcel.events, strict=False):
            if len(parcel.alerts) > 1:
                one = Parcel((alert,), (event,))
                await _send(ctx, channel, recipient, one, done, trust)
        return
    message = replace(message, message_id=parcel.planned or message.message_id)
    ours = partial(
        queue.plan,
        alert_ids=parcel.ids,
        message_id=message.message_id,
        until=ctx.clock() + LEASE,
        owner=done.owner,
    )
    if not await ctx.store.awrite(ours):
        return  # another process has them by now, or they were withdrawn
    try:
        await channel.send(message, recipient)
    except DeliveryError as e:
        await _failed(ctx, parcel, e, done, trust)
        return
    except Exception as e:  # a channel's own fault: it may be mended before we give up
        log.exception("events %s: not sent through %s", numbers, name)
        odd = DeliveryError(f"{type(e).__name__}: {e}", answered=True, unsure=True)
        await _failed(ctx, parcel, odd, done, trust)
        return
    trust.worked()
    sent = partial(queue.done, alert_ids=parcel.ids, now=ctx.clock(), message_id=message.message_id)
    await ctx.store.awrite(sent)
    done.sent[name] += 1
    done.messages.append((name, recipient, message))


async def _failed(
    ctx: Context, parcel: Parcel, error: DeliveryError, done: Delivered, trust: Trust
) -> None:
    """Puts a message back, or gives it up."""
    since = min((a.tried_since for a in parcel.alerts if a.tried_since), default=ctx.clock())
    tries = max(a.attempts for a in parcel.alerts)
    if error.permanent or (ctx.clock() - since > GIVE_UP and tries >= TRIES):
        await _never(ctx, parcel.alerts, str(error), done, unsure=error.unsure)
        return
    trust.failed(str(error), answered=error.answered)
    await _later(ctx, parcel.alerts, str(error), done, asked=error.wait, unsure=error.unsure)


async def _later(
    ctx: Context,
    alerts: Sequence[Alert],
    why: str,
    done: Delivered,
    *,
    asked: timedelta = timedelta(0),
    unsure: bool = False,
) -> None:
    """Puts alerts back, to be tried again after a wait that doubles with each try; `asked`: not before
    that, the other side says (Retry-After), up to the longest wait."""
    tries = max(a.attempts for a in alerts)
    wait = min(FIRST_WAIT * (1 << min(max(0, tries - 1), 10)), LONGEST_WAIT)
    now = ctx.clock()
    due = now + max(wait * (0.9 + 0.2 * ctx.rng.random()), min(asked, LONGEST_WAIT))
    done.failed.setdefault(alerts[0].channel, why)
    back = partial(queue.retry, alert_ids=[a.id for a in alerts], now=now, due_at=due, error=why)
    await ctx.store.awrite(partial(back, owner=done.owner, unsure=unsure))


async def _untried(ctx: Context, alerts: Sequence[Alert], due: datetime, done: Delivered) -> None:
    """Gives alerts back as if they had not been claimed."""
    ids = [a.id for a in alerts]
    await ctx.store.awrite(partial(queue.put_off, alert_ids=ids, due_at=due, owner=done.owner))


async def _never(
    ctx: Context, alerts: Sequence[Alert], why: str, done: Delivered, *, unsure: bool = False
) -> None:
    """Marks alerts as refused for good."""
    done.failed.setdefault(alerts[0].channel, why)
    ids = [a.id for a in alerts]
    given_up = partial(queue.failed, alert_ids=ids, error=why, owner=done.owner, unsure=unsure)
    await ctx.store.awrite(given_up)


async def _orphaned(ctx: Context, name: str, alerts: Sequence[Alert], done: Delivered) -> None:
    """Keeps the alerts of a channel that the config lost, for as long as any that can't be sent; nobody's
    delivery has failed by it."""
    why = f"the config has no channel {name} any more"
    elsewhere = Delivered(owner=done.owner)
    for alert in alerts:
        long = alert.tried_since is not None and ctx.clock() - alert.tried_since > GIVE_UP
        await (_never if long else _later)(ctx, [alert], why, elsewhere)
