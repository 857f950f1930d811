"""From the queue to the channels: claim with a lease, gather, send, mark; retry what may yet go through.

At least once: a crash between sending and marking sends again, under the same Message-ID. What leaves
together, and what must wait for its hour, is parcels.py's business.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct, field
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..config import masked
from ..config.secrets import secrets
from ..errors import DeliveryError, StoreError
from ..model import Alert
from ..notify import Channel
from ..store import called_off, queue
from ..values import replace
from .addressed import record_of
from .context import Context
from .heirs import give_over, left_over
from .parcels import pack
from .shelf import Packed, Parcel, Shelf
from .signs import queue_signs_of_life
from .trust import Trust

log = logging.getLogger("postwatch.deliver")

LEASE = timedelta(minutes=5)
#: Alerts claimed at once: what can become one message must be in one hand, and a statement takes no more
#: than 32,766 values (SQLite's default; PostgreSQL's 65,535).
CLAIM = 20_000
#: A round takes an alert in hand so often: no fault of ours may make it go round and round.
ROUNDS = 3
#: Waits before the next try: minutes at first, then an hour.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
#: After the first try; what Postfix allows as well (maximal_queue_lifetime, RFC 5321 4.5.4.1: 4 to 5 days).
GIVE_UP = timedelta(days=5)
#: And after so many tries: of a machine that is on once a week, or whose clock jumps, five days are few.
TRIES = 10


class Delivered(Struct):
    """What one round of delivery came to; `failed` is (channel, why), each once."""

    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, str] = field(default_factory=dict)
    owner: str = ""  #: who holds the leases of this round
    stopping: Callable[[], bool] = lambda: False


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
    seen: Counter[int] = Counter()
    while True:
        claimed = await ctx.store.awrite(
            partial(_claim, now=ctx.clock(), owner=done.owner, busy=frozenset(busy))
        )
        seen.update(a.id for a in claimed)
        in_hand = [a for a in claimed if seen[a.id] <= ROUNDS]
        dizzy = [a for a in claimed if seen[a.id] > ROUNDS]
        await _untried(ctx, dizzy, ctx.clock() + FIRST_WAIT, done)
        if not in_hand or stopping():
            await _untried(ctx, in_hand, ctx.clock(), done)
            return done
        by_channel: dict[str, list[Alert]] = defaultdict(list)
        for alert in in_hand:
            by_channel[alert.channel].append(alert)
        busy |= by_channel.keys()
        through = (_through(ctx, n, a, done, busy) for n, a in by_channel.items())
        # All to their end, whatever one comes to: what is being sent must be marked.
        for outcome in await asyncio.gather(*through, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


def _claim(conn: Connection, *, now: datetime, owner: str, busy: frozenset[str]) -> list[Alert]:
    return queue.claim(conn, now, lease=LEASE, owner=owner, limit=CLAIM, but=busy)


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
        # Who was tried least is first: what fails again and again holds up nothing new.
        for recipient, theirs in sorted(by_recipient.items(), key=lambda x: _tries(x[1])):
            if trust.lost:
                await _later(ctx, theirs, trust.why, done)
                continue
            await _to_one(ctx, channel, recipient, theirs, done, trust)
    finally:
        busy.discard(name)


def _tries(alerts: Sequence[Alert]) -> int:
    return min(a.attempts for a in alerts)


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
        over = partial(give_over, ctx=ctx, alerts=packed.misdirected, now=ctx.clock())
        await ctx.store.awrite(over)
    for due, waiting in packed.later.items():
        await _untried(ctx, waiting, due, done)
    for parcel in sorted(packed.parcels, key=lambda p: _tries(p.alerts)):
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
        message = record_of(ctx.config, name, recipient, parcel) if channel.for_programs else None
        if message is None:
            from .messages import message_of  # here: it loads templates

            message = await asyncio.to_thread(message_of, ctx, name, recipient, parcel)
    except (StoreError, SQLAlchemyError) as e:  # the database's trouble, not the message's
        await _later(ctx, parcel.alerts, str(e), done)
        trust.failed(str(e), answered=False)
        return
    except Exception as e:  # one event that can't be said must not hold the others
        log.exception("events %s: no message for %s", numbers, name)
        if len(parcel.alerts) == 1:
            why = masked(f"{type(e).__name__}: {e}", secrets(ctx.config))
            await _never(ctx, parcel.alerts, why, done)
        for piece in parcel.pieces(1) if len(parcel.alerts) > 1 else ():
            await _send(ctx, channel, recipient, piece, done, trust)
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
        # One of them was withdrawn meanwhile, or another process has it: what is left is packed anew.
        await _untried(ctx, parcel.alerts, ctx.clock(), done)
        return
    try:
        async with asyncio.timeout(LEASE.total_seconds()):  # each channel gives up before that
            await channel.send(message, recipient)
    except DeliveryError as e:
        if e.too_big and len(parcel.alerts) > 1:
            for piece in parcel.pieces((len(parcel.alerts) + 1) // 2):
                await _send(ctx, channel, recipient, piece, done, trust)
            return
        await _failed(ctx, parcel, e, done, trust)
        return
    except Exception as e:  # a channel's own fault: it may be mended before we give up
        log.exception("events %s: not sent through %s", numbers, name)
        why = masked(f"{type(e).__name__}: {e}", secrets(ctx.config))
        odd = DeliveryError(why, answered=True, unsure=True)
        await _failed(ctx, parcel, odd, done, trust)
        return
    trust.worked()
    sent = partial(queue.done, alert_ids=parcel.ids, now=ctx.clock(), message_id=message.message_id)
    await ctx.store.awrite(sent)
    done.sent[name] += 1


async def _failed(
    ctx: Context, parcel: Parcel, error: DeliveryError, done: Delivered, trust: Trust
) -> None:
    """Puts a message's alerts back, or gives them up, each by its own age and tries."""
    now = ctx.clock()
    spent = [
        a
        for a in parcel.alerts
        if error.permanent
        or (a.attempts >= TRIES and a.tried_since is not None and now - a.tried_since > GIVE_UP)
    ]
    if spent:
        await _never(ctx, spent, str(error), done, unsure=error.unsure)
    again = [a for a in parcel.alerts if a not in spent]
    if again:
        trust.failed(str(error), answered=error.answered)
        await _later(ctx, again, str(error), done, asked=error.wait, unsure=error.unsure)


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
    """Gives alerts back as if they had not been claimed; no transaction where there are none."""
    if not alerts:
        return
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
    """Keeps the alerts of a channel that the config lost and that nobody takes in its place, for as long as
    any that can't be sent; nobody's delivery has failed by it."""
    now = ctx.clock()
    alerts = await ctx.store.awrite(partial(left_over, ctx=ctx, alerts=alerts, now=now))
    why = f"the config has no channel {name} any more"
    elsewhere = Delivered(owner=done.owner)
    for alert in alerts:
        long = alert.tried_since is not None and now - alert.tried_since > GIVE_UP
        await (_never if long else _later)(ctx, [alert], why, elsewhere)
