"""Alerts for whom the config tells no more: what they tell goes to those whom it tells in their place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ..decide.reminding import reminder
from ..model import Alert, AlertState, Event, Kind
from ..store import called_off, events, queue
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
    if alert.event_id is None:
        return []
    found = events.events_by_id(conn, [alert.event_id])
    names = [name for event in found for name in _channels(ctx, alert, event, now)]
    keys = [(name, r) for name in names for r in ctx.channels[name].recipients()]
    # Who is told under the old address by another channel's name takes their own, and no one's beside it.
    own = [k for k in keys if "@" in k[1] and k[1].lower() == alert.recipient.lower()]
    had = {
        a.recipient.lower()
        for a in queue.alerts(conn, event_id=alert.event_id)
        if a.channel == alert.channel
        and a.notice == alert.notice
        and a.state in (AlertState.PENDING, AlertState.SENT)
    }
    return own or [k for k in keys if k[0] == alert.channel or k[1].lower() not in had]


def _channels(ctx: Context, alert: Alert, event: Event, now: datetime) -> list[str]:
    """The channels that tell an event, or remind of it, by the config as it is."""
    site = ctx.config.site(event.site or "")
    if event.kind is Kind.RETRACTED or site is None:
        # A withdrawal is for who had what it withdraws, and of a site that left the config it says nothing.
        return [alert.channel] if alert.channel in ctx.channels else []
    return [
        name
        for name, o in ctx.config.channels.items()
        if due_at(event, name, o, site, now) is not None
        and (not alert.notice or alert.notice in map(reminder, o.remind))
    ]
