"""Could we look at all? Our own network, and a watch that stood still: `watch_stopped`, `watch_resumed`.

Each is told once, with the time it began; what is found after it bears a wide interval and no batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection

from ..model import Event, Kind, Reason
from ..store import events, meta, queue
from ..store.due import turns
from ..units import parse_rfc3339, rfc3339
from .alerts import append_event
from .context import Context

_SINCE = "blind_since"
_REASON = "blind_reason"
_LOOKED = "looked_at"
_SEEING_SINCE = "seeing_since"
#: How often the time of the latest look is written down; a gap is only told if far longer.
_NOTED_EVERY = timedelta(minutes=1)
#: Looks later than this are told as `overdue`, or as `stopped` by a daemon that has just begun.
LATE = timedelta(minutes=30)
#: It is written down every minute that the daemon runs; where it was not for so long, it did not.
AWAY = timedelta(minutes=5)
#: An alert of our seeing again waits at most so long for the pass that finds what is missing now.
HOLD = timedelta(minutes=5)
_WHY = {
    Reason.NETWORK: "every site failed at DNS or connect: it is our network, not theirs",
    Reason.STOPPED: "postwatch was not running, or its machine slept",
    Reason.DISK: "there was no room on our disk",
    Reason.OVERDUE: "postwatch ran, but the looks that were due were not made in time",
}


async def stopped(
    ctx: Context,
    reason: Reason,
    since: datetime,
    now: datetime,
    why: str = "",
    *,
    told: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> list[Event]:
    """`watch_stopped`, unless one is open already; when and why it began is remembered for its end.
    `why` is the evidence, where it is more than the reason. `told`: the messages that told it at `since`,
    when it could not be written down, by (channel, recipient)."""

    def write(conn: Connection) -> list[Event]:
        if meta.value(conn, _SINCE):
            return []
        meta.put(conn, _SINCE, rfc3339(since))
        meta.put(conn, _REASON, reason.value)
        meta.put(conn, _SEEING_SINCE, rfc3339(now))  # not earlier, that is
        event = Event(
            kind=Kind.WATCH_STOPPED,
            reason=reason,
            detected_at=now,
            first_missing_at=since,
            last_missing_at=now,
            title="postwatch could not look",
            evidence=(why or _WHY[reason],),
            vantage=ctx.config.fetch.vantage,
        )
        stored = append_event(conn, ctx, event, None)
        for alert in queue.alerts(conn, event_id=stored.id):
            if message_id := told.get((alert.channel, alert.recipient)):
                queue.done(conn, [alert.id], since, message_id)
        return [stored]

    return await ctx.store.awrite(write)


async def resumed(ctx: Context, reasons: Iterable[Reason], now: datetime) -> list[Event]:
    """`watch_resumed`, where the watch had stopped for one of these reasons. Its alerts wait for the pass
    that finds what is missing now: `let_go`."""
    with ctx.store.read() as conn:
        if open_reason(conn) not in tuple(reasons):
            return []

    def write(conn: Connection) -> list[Event]:
        reason, since = open_reason(conn), meta.value(conn, _SINCE)
        if reason is None:
            return []
        meta.put(conn, _SINCE, "")
        meta.put(conn, _REASON, "")
        meta.put(conn, _SEEING_SINCE, rfc3339(now))
        began = parse_rfc3339(since)
        gone = max(0, int((now - began).total_seconds()))
        event = Event(
            kind=Kind.WATCH_RESUMED,
            reason=reason,
            detected_at=now,
            first_missing_at=began,
            last_missing_at=now,
            absent_for=(gone, gone),
            title="postwatch looks again",
            evidence=("what went missing meanwhile bears a wide interval",),
            vantage=ctx.config.fetch.vantage,
        )
        return [append_event(conn, ctx, event, None, hold=HOLD)]

    return await ctx.store.awrite(write)


async def let_go(ctx: Context, now: datetime) -> None:
    """Lets the alerts of a `watch_resumed` leave: a pass has seen what there is to see."""
    with ctx.store.read() as conn:
        held = events.events(conn, kinds=[Kind.WATCH_RESUMED], since=now - HOLD)
    ids = [e.id for e in held]
    if ids:
        await ctx.store.awrite(lambda conn: queue.let_go(conn, ids, now, HOLD))


def begin_again(conn: Connection, now: datetime) -> None:
    """After a restore: no gap of ours is open, and what was not seen since may have changed before."""
    for key, value in ((_SINCE, ""), (_REASON, ""), (_SEEING_SINCE, rfc3339(now))):
        meta.put(conn, key, value)
    meta.put(conn, _LOOKED, rfc3339(now))


def carry_over(conn: Connection, since: datetime, now: datetime, moved: timedelta) -> None:
    """Moves our own times that lie after `since` along with a clock that was set."""
    back = (_SEEING_SINCE,) if moved < timedelta(0) else ()  # ahead, it is as old as what was seen
    for key in (_SINCE, _LOOKED, *back):
        text = meta.value(conn, key)
        if text and parse_rfc3339(text) > since:
            meta.put(conn, key, rfc3339(min(parse_rfc3339(text) + moved, now)))


def open_reason(conn: Connection) -> Reason | None:
    """Why the watch stands still now; None where it does not."""
    if not meta.value(conn, _SINCE):
        return None
    return Reason(meta.value(conn, _REASON) or Reason.NETWORK)


def looked_at(conn: Connection) -> datetime | None:
    """When the daemon last went over its schedule, to the minute; None where it never did."""
    text = meta.value(conn, _LOOKED)
    return parse_rfc3339(text) if text else None


def seeing_since(conn: Connection) -> datetime | None:
    """What was not seen since then may have changed while we could not look; None: we always could."""
    text = meta.value(conn, _SEEING_SINCE)
    return parse_rfc3339(text) if text else None


async def follow_schedule(
    ctx: Context,
    under_way: Collection[str],
    *,
    since: datetime | None = None,
) -> tuple[Event, ...]:
    """Tells that looks are far behind their schedule, or no longer so: asked at every tick of the daemon.

    Sites `under_way` are being looked at. `since`: the clock was set then, and what was due before it is
    late from then on only.
    """
    now = ctx.clock()
    watched = {s.name for s in ctx.config.sites if not s.paused} - set(under_way)
    with ctx.store.read() as conn:
        reason, noted = open_reason(conn), meta.value(conn, _LOOKED)
        # One that comes back into the config is not watched yet: nobody was to look at it meanwhile.
        rows = [t for t in turns(conn) if t.watched and t.name in watched]
    alive = parse_rfc3339(noted) if noted else None
    if alive is None or abs(now - alive) >= _NOTED_EVERY:
        await ctx.store.awrite(lambda conn: meta.put(conn, _LOOKED, rfc3339(now)))
    if reason is Reason.NETWORK:
        return ()  # told already, and why
    told: list[Event] = []
    dues = [r.next_check_at for r in rows if r.next_check_at is not None]
    if reason is None and alive is not None and now - alive < LATE:
        # We were here all the while: a site that is later than that was paused, or not in the config.
        dues = [due for due in dues if now - due < 2 * LATE]
    if since is not None and since <= now:
        dues = [max(due, since) for due in dues]
    due = min(dues, default=now)
    if now - due > LATE:
        # Nobody asked this for a while: no daemon ran, or it or its machine was paused.
        away = alive is None or now - alive >= AWAY
        why = Reason.STOPPED if away else Reason.OVERDUE
        told += await stopped(ctx, why, alive or due if away else due, now)
    elif reason is not None:
        told += await resumed(ctx, (Reason.STOPPED, Reason.OVERDUE), now)
    return tuple(told)
