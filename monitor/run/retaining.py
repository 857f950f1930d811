"""Once a day, a little at a time: what is older than [retention] says goes, and the log says what."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ..config import RetentionConfig
from ..store import meta
from ..store.retention import LetGo, Limits, let_go
from ..store.sweep import sweep
from ..units import parse_duration, parse_rfc3339, rfc3339
from .context import Context

log = logging.getLogger("postwatch.retention")

#: How often the daemon works on it, and how long each time.
EVERY, A_WHILE = timedelta(minutes=1), timedelta(seconds=2)
#: Once all has been gone through, not again before.
AGAIN = timedelta(days=1)
_DONE_AT = "retention_done_at"


def limits(config: RetentionConfig, now: datetime) -> Limits:
    """What is older than these times is let go of."""

    def before(text: str) -> datetime | None:
        try:
            return None if text == "forever" else now - parse_duration(text)
        except OverflowError:  # older than time itself
            return None

    return Limits(raw=before(config.raw), looks=before(config.looks))


async def retain(ctx: Context, within: timedelta = A_WHILE) -> LetGo:
    """Goes on with the day's work, for so long; what went. For who holds `Store.lock`."""
    now = ctx.clock()
    found = limits(ctx.config.retention, now)
    with ctx.store.read() as conn:
        last = meta.value(conn, _DONE_AT)
    done = LetGo()
    if (found.raw is None and found.looks is None) or (last and not _is_due(last, now)):
        return done
    end = time.monotonic() + within.total_seconds()
    while True:
        done += await ctx.store.awrite(partial(let_go, limits=found))
        if not done.more or time.monotonic() >= end:
            break
    if not done.more:
        await ctx.store.awrite(partial(_ended, now=now))
    if done.copies or done.looks or done.answers:
        log.info(
            "dropped what [retention] lets go of: the bytes of %d copies and %d looks, %d stretches of looks",
            done.copies,
            done.answers,
            done.looks,
        )
    return done


def _is_due(last: str, now: datetime) -> bool:
    # A clock that was set back must not hold it up for long.
    return not timedelta(0) <= now - parse_rfc3339(last) < AGAIN


def _ended(conn: Connection, now: datetime) -> None:
    sweep(conn)
    meta.put(conn, _DONE_AT, rfc3339(now))
