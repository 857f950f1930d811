"""Alerts for whom the config tells no more: what they tell goes to those whom it tells in their place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ..model import Alert, Event, Kind
from ..store import called_off, events
from .alerts import due_at
from .context import Context

Key = tuple[str, str]  #: channel, recipient


def give_over(conn: Connection, ctx: Context, alerts: Sequence[Alert], now: datetime) -> None:
    """Withdraws alerts whose recipient is not told any more, and queues their events for those who are and
    were not told: an address that was mended gets what waited, and so does another channel."""
    for alert in alerts:
        called_off.hand_on(conn, alert, _heirs(conn, ctx, alert, now), now)
    called_off.call_off(conn, [a.id for a in alerts])


def left_over(
    conn: Connection, ctx: Context, alerts: Sequence[Alert], now: datetime
) -> list[Alert]:
    """Of the alerts of a channel that the config has no more, those that nobody takes: all whom it tells
    were told already. The others go to them."""
    kept = []
    for alert in alerts:
        if called_off.hand_on(conn, alert, _heirs(conn, ctx, alert, now), now):
            called_off.call_off(conn, [alert.id])
        else:
            kept.append(alert)
    return kept


def _heirs(conn: Connection, ctx: Context, alert: Alert, now: datetime) -> list[Key]:
    found = events.events_by_id(conn, [alert.event_id] if alert.event_id is not None else [])
    names = [name for event in found for name in _channels(ctx, alert.channel, event, now)]
    return [(name, r) for name in names for r in ctx.channels[name].recipients()]


def _channels(ctx: Context, channel: str, event: Event, now: datetime) -> list[str]:
    """The channels that tell an event by the config as it is."""
    site = ctx.config.site(event.site or "")
    if event.kind is Kind.RETRACTED or site is None:
        # A withdrawal is for who had what it withdraws, and of a site that left the config it says nothing.
        return [channel] if channel in ctx.channels else []
    each = ctx.config.channels.items()
    return [name for name, o in each if due_at(event, name, o, site, now) is not None]
