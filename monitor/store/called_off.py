"""Alerts that are not to leave any more: withdrawn, over, or for somebody who is not told now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from ..model import Alert, AlertState
from . import tables
from .queue import add_alerts, alerts

_T = tables.alerts
_PENDING = AlertState.PENDING.value


def hand_on(
    conn: Connection, alert: Alert, keys: Collection[tuple[str, str]], now: datetime
) -> int:
    """Queues what an alert tells for those of `keys` that were not told it; how many."""
    if alert.event_id is None:
        return 0
    before = conn.execute(select(func.max(_T.c.id))).scalar() or 0
    add_alerts(conn, alert.event_id, list(keys), now, alert.notice)
    return conn.execute(select(func.count()).where(_T.c.id > before)).scalar_one()


def call_off(conn: Connection, alert_ids: Sequence[int]) -> None:
    """Has alerts not sent any more."""
    values = {"state": AlertState.WITHDRAWN.value, "lease_until": None, "lease_owner": ""}
    conn.execute(update(_T).where(_T.c.id.in_(alert_ids)).values(values))


def withdraw(conn: Connection, event_id: int) -> tuple[list[tuple[str, str]], int]:
    """(channel, recipient) of all who had the event or may have had it, and how many alerts were
    dropped that nobody can have had. What was not sent for sure is not sent any more.

    A try may have arrived though no answer came (`unsure`, also of one given up since); and what is in
    the middle of being sent will be marked by `done`.
    """
    had, dropped = [], 0
    stop_reminders(conn, event_id)
    sending = select(_T.c.id).where(
        _T.c.event_id == event_id, _T.c.lease_owner != "", _T.c.message_id != ""
    )
    now_sending = set(conn.execute(sending).scalars())
    for alert in alerts(conn, event_id=event_id):
        if alert.state is AlertState.SENT or alert.unsure or alert.id in now_sending:
            had.append((alert.channel, alert.recipient))
        elif alert.state is AlertState.PENDING:
            dropped += 1
    had = list(dict.fromkeys(had))
    still = (_T.c.event_id == event_id, _T.c.state == _PENDING)
    conn.execute(update(_T).where(*still).values(state=AlertState.WITHDRAWN.value))
    return had, dropped


def stop_reminders(conn: Connection, event_id: int) -> int:
    """Drops the reminders of an event that have not left yet; how many there were."""
    waits = (_T.c.event_id == event_id, _T.c.notice != "", _T.c.state == _PENDING)
    return conn.execute(delete(_T).where(*waits)).rowcount


def drop(conn: Connection, alert_ids: Sequence[int]) -> None:
    """Drops alerts that have nothing to tell any more: reminders of what is over."""
    conn.execute(delete(_T).where(_T.c.id.in_(alert_ids), _T.c.notice != ""))
