"""Once a day: bytes that nothing names go, the size of the database is noted, and a disk that fills is said."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..decide.growth import Note, forecast
from ..store import bodies, health, meta, read_pages
from ..store.sweep import sweep
from ..units import parse_rfc3339, rfc3339, shown_duration_long
from .context import Context
from .room import least_free

log = logging.getLogger("postwatch.check")

_SWEPT = "swept_at"
SWEEP_EVERY = timedelta(days=1)
#: And after so many bytes of new bodies: a server that sends other megabytes each time fills no disk.
SWEEP_AFTER = 64 * 2**20


async def sweep_daily(ctx: Context, now: datetime) -> None:
    """Once a day, and where much came: lets go of bytes that nothing names any more (middle looks at an
    unchanged post)."""

    def write(conn: Connection) -> list[Note]:
        last = meta.value(conn, _SWEPT)
        much = bodies.added(conn) >= SWEEP_AFTER
        if much or not last or abs(now - parse_rfc3339(last)) >= SWEEP_EVERY:
            sweep(conn)
            read_pages.let_go(conn, now - read_pages.KEPT)
            bodies.counts_anew(conn)
            meta.put(conn, _SWEPT, rfc3339(now))
            return health.note_size(conn, ctx.store.path, now)
        return []

    noted = await ctx.store.awrite(write)
    if noted and ctx.store.path is not None:
        coming = forecast(noted, noted[-1], least_free(ctx.config, ctx.store.path))
        if coming is not None and coming.soon and coming.left is not None:
            left = shown_duration_long(coming.left)
            log.warning("the disk of %s is full in %s at this rate", ctx.store.path, left)
