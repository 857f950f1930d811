"""What a process does about a clock that was set: the daemon sees it happen, others find what it left behind."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ..store import clock_set
from ..units import shown_duration
from . import standstill
from .context import Context

if TYPE_CHECKING:
    from .heartbeat import Heartbeat

log = logging.getLogger("postwatch.daemon")


async def settle(ctx: Context, beat: Heartbeat, moved: timedelta) -> None:
    """Brings what is remembered to a clock that was just set by `moved`: no look comes late by it, nothing
    was missing any longer, and no gap of ours is told. What we can't know is left wide."""
    now = ctx.clock()
    began = beat.began or now - moved  # by the old clock

    def write(conn: Connection) -> None:
        if moved < timedelta(0):
            _back(conn, now, -moved)
        else:
            clock_set.bring_ahead(conn, began, now, moved)
            standstill.carry_over(conn, began, now, moved)

    await ctx.store.awrite(write)
    beat.clock_was_set(moved, now)
    way = "ahead" if moved > timedelta(0) else "back"
    log.warning("the clock of this machine was set %s by %s", way, shown_duration(abs(moved)))


def found_ahead(conn: Connection, now: datetime) -> timedelta:
    """By how much the clock was ahead under an earlier process; what it wrote is brought back. 0 where it
    was not."""
    ahead = clock_set.was_ahead(conn, now)
    if ahead:
        _back(conn, now, ahead)
    return ahead


def _back(conn: Connection, now: datetime, ahead: timedelta) -> None:
    clock_set.bring_back(conn, now, ahead)
    standstill.carry_over(conn, now, now, -ahead)
