"""A sign of life for each recipient a channel had nothing to tell: that there was nothing, and what was seen.

Due at the channel's `digest_at`, where there was no news in the whole week (or day) before and none waits,
and the watch is at least that old. Asked once more before it leaves (parcels.py).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from ..config import ChannelOptions
from ..decide.reminding import sign_of_life, slots
from ..decide.telling import quiet_until
from ..notify import Channel
from ..store import notices, sites
from .context import Context


async def queue_signs_of_life(ctx: Context) -> None:
    """Queues the signs of life that are due and were not queued before."""
    now = ctx.clock()

    def asked() -> list[tuple[str, str, str, datetime]]:
        due = []
        with ctx.store.read() as conn:
            for name, options in ctx.config.channels.items():
                if options.still_watching != "off" and ctx.channels[name].reminds:
                    due += _due(conn, ctx.channels[name], options, now)
        return due

    due = await asyncio.to_thread(asked)
    for name, recipient, notice, at in due:
        add = partial(notices.add_sign_of_life, channel=name, recipient=recipient, notice=notice)
        await ctx.store.awrite(partial(add, due_at=at))


def _due(
    conn: Connection, channel: Channel, options: ChannelOptions, now: datetime
) -> list[tuple[str, str, str, datetime]]:
    """(channel, recipient, notice, when) of the signs of life to be queued."""
    slot, before = slots(options.still_watching, options.digest_at, options.timezone, now)
    watched = [s for s in sites.sites(conn, watched=True) if _tells(options, s.name)]
    if not watched or min(s.watched_since for s in watched) > before:
        return []
    notice = sign_of_life(slot)
    at = quiet_until(now, options.quiet, options.timezone)
    return [
        (channel.name, recipient, notice, at)
        for recipient in channel.recipients()
        if not notices.spoke_since(conn, channel.name, recipient, before, now)
        and not notices.is_queued(conn, channel.name, recipient, notice)
    ]


def _tells(options: ChannelOptions, site: str) -> bool:
    return options.sites is None or site in options.sites
