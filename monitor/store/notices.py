"""What the queue holds beside the news: signs of life, and what was told in which message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, insert, or_, select

from ..model import AlertState
from . import tables
from .unsubscribed import staying

_T = tables.alerts
_PENDING = AlertState.PENDING.value


def told_together(conn: Connection, message_id: str) -> list[int]:
    """The ids of the events that were told in one message, ascending."""
    query = select(_T.c.event_id).where(_T.c.message_id == message_id, _T.c.event_id.is_not(None))
    return sorted(conn.execute(query).scalars())


def add_sign_of_life(
    conn: Connection, channel: str, recipient: str, notice: str, due_at: datetime
) -> None:
    """Queues a message of no event, once for each notice; not for one who left the channel."""
    if staying(conn, [(channel, recipient)]) and not is_queued(conn, channel, recipient, notice):
        row = {"channel": channel, "recipient": recipient, "notice": notice, "due_at": due_at}
        conn.execute(insert(_T).values(state=_PENDING, attempts=0, **row))


def is_queued(conn: Connection, channel: str, recipient: str, notice: str) -> bool:
    """Whether a message of no event was queued before, and perhaps sent."""
    key = (_T.c.event_id.is_(None), _T.c.channel == channel, _T.c.recipient == recipient)
    return conn.execute(select(_T.c.id).where(*key, _T.c.notice == notice)).first() is not None


def spoke_since(
    conn: Connection, channel: str, recipient: str, since: datetime, now: datetime
) -> bool:
    """Whether there was news for a recipient since a time: sent, waiting, or refused. Signs of life are no
    news."""
    theirs = (_T.c.channel == channel, _T.c.recipient == recipient, _T.c.event_id.is_not(None))
    sent = (_T.c.state == AlertState.SENT.value, _T.c.sent_at > since, _T.c.sent_at <= now)
    waits = (_T.c.state == _PENDING, _T.c.notice == "")
    refused = (_T.c.state == AlertState.FAILED.value, _T.c.due_at > since)
    found = select(_T.c.id).where(*theirs, or_(and_(*sent), and_(*waits), and_(*refused))).limit(1)
    return conn.execute(found).first() is not None
