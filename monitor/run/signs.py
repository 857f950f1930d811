"""A sign of life for each recipient a channel had nothing to tell: that there was nothing, and what was seen.

Due at the channel's `digest_at`, where nothing was sent in the whole week (or day) before, nothing waits,
and the watch is at least that old.
"""

from __future__ import annotations

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
    due: list[tuple[str, str, str, datetime]] = []
    for name, options in ctx.config.channels.items():
        channel = ctx.channels[name]
        if options.still_watching == "off" or not channel.reminds:
            continue
        with ctx.store.read() as conn:
            due += _due(conn, channel, options, now)
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
        if not notices.spoke_since(conn, channel.name, recipient, before)
        and not notices.is_queued(conn, channel.name, recipient, notice)
    ]


def _tells(options: ChannelOptions, site: str) -> bool:
    return options.sites is None or site in options.sites
