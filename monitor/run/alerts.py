"""An event and the alerts that tell it, written together: who is told, through which channel, when."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ..config import ChannelOptions, SiteConfig
from ..decide.reminding import REMINDED, reminder
from ..decide.telling import after_quiet, quiet_until
from ..model import Event, Kind
from ..store import events, queue
from .context import Context

if TYPE_CHECKING:
    from ..read.changed import Changed

_OURS = (Kind.WATCH_STOPPED, Kind.WATCH_RESUMED)


def append_event(
    conn: Connection,
    ctx: Context,
    event: Event,
    site: SiteConfig | None,
    *,
    hold: timedelta = timedelta(0),
    changed: Changed | None = None,
) -> Event:
    """The event as it stands in the chain, its alert rows beside it; they leave so much later. `changed` is
    what its version added or dropped, where that is known already."""
    stored = sealed(conn, ctx.rng, event, changed=changed)
    for name, options in ctx.config.channels.items():
        due = due_at(stored, name, options, site, ctx.clock())
        if due is None:
            continue
        keys = [(name, r) for r in ctx.channels[name].recipients()]
        queue.add_alerts(conn, stored.id, keys, due + hold)
        if stored.kind in REMINDED and ctx.channels[name].reminds:
            for after in options.remind:
                at = quiet_until(stored.detected_at + after, options.quiet, options.timezone)
                queue.add_alerts(conn, stored.id, keys, at, reminder(after))
    return stored


def sealed(
    conn: Connection,
    rng: random.Random,
    event: Event,
    *,
    least: int = 1,
    changed: Changed | None = None,
) -> Event:
    """The event as it stands in the chain, with a name and a salt of its own; nobody is told yet."""
    salt, uid = f"{rng.getrandbits(128):032x}", uuid.UUID(int=rng.getrandbits(128)).hex
    return events.append(conn, event, uid=uid, salt=salt, least=least, changed=changed)


def due_at(
    event: Event,
    channel: str,
    options: ChannelOptions,
    site: SiteConfig | None,
    now: datetime,
) -> datetime | None:
    """When this channel tells the event: now, at its next digest, or never (None)."""
    if event.origin != "observed":
        return None
    if site is not None:
        if event.kind not in site.alert_on:
            return None
        if site.notify is not None and channel not in site.notify:
            return None
        if options.sites is not None and site.name not in options.sites:
            return None
    elif event.kind not in (*_OURS, Kind.RETRACTED):
        return None
    at = now if event.kind in options.now else next_digest(options, now)
    return None if at is None else after_quiet(event.kind, at, options.quiet, options.timezone)


def next_digest(options: ChannelOptions, now: datetime) -> datetime | None:
    """The next time the channel gathers what is not told at once; None where digests are off.

    Weekly ones leave on Monday.
    """
    if options.digest == "off":
        return None
    if options.digest == "hourly":
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    local = now.astimezone(ZoneInfo(options.timezone))
    hour, minute = (int(x) for x in options.digest_at.split(":"))
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if at <= local:
        at += timedelta(days=1)
    if options.digest == "weekly":
        at += timedelta(days=(7 - at.weekday()) % 7)
    return at.astimezone(now.tzinfo)
