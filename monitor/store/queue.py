"""The alerts: who is still to be told of what, through which channel. At least once, never dropped.

A claim is a lease: who crashes between sending and `done` lets it run out, and the alert is sent again
under the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from ..model import Alert, AlertState
from . import tables
from .codec import said_if_damaged
from .columns import Time
from .dialect import upsert
from .unsubscribed import staying

_T = tables.alerts
_PENDING = AlertState.PENDING.value
#: No try waits longer for the next one (run/deliver.py waits an hour at most).
LONGEST_WAIT = timedelta(hours=2)
#: In place of who has a lease: a restore holds it back (held.py).
HELD = "held back"

# Built once: to build a statement costs more than to run it, and each message needs these.
_OF: BindParameter[list[Any]] = bindparam("of", expanding=True)
_THEIRS = (_T.c.id.in_(_OF), _T.c.state == _PENDING, _T.c.lease_owner == bindparam("owner"))
_OURS = select(func.count()).where(*_THEIRS)
_PLAN = update(_T).where(*_THEIRS).values(message_id=bindparam("message"), lease_until=bindparam("until"))  # fmt: skip
_SENT = update(_T).where(_T.c.id.in_(_OF)).values(
    lease_until=None, lease_owner="", state=AlertState.SENT.value, error="",
    sent_at=bindparam("at"), message_id=bindparam("message"),
)  # fmt: skip


def add_alerts(
    conn: Connection,
    event_id: int,
    keys: Sequence[tuple[str, str]],
    due_at: datetime,
    notice: str = "",
) -> list[tuple[str, str]]:
    """Queues the event for each (channel, recipient) but those who left the channel; who they are.

    What is queued or was sent already is let be. `notice` is what is told of the event in place of
    itself: a reminder (decide/reminding.py).
    """
    told = staying(conn, keys)
    rows = [
        {
            "event_id": event_id,
            "channel": channel,
            "recipient": recipient,
            "notice": notice,
            "state": _PENDING,
            "attempts": 0,
            "due_at": due_at,
        }
        for channel, recipient in told
    ]
    upsert(conn, _T, rows, ("event_id", "channel", "recipient", "notice"), update=False)
    return told


def claim(
    conn: Connection,
    now: datetime,
    *,
    lease: timedelta,
    owner: str,
    limit: int | None = None,
    but: Collection[str] = (),
) -> list[Alert]:
    """Due alerts nobody else has, but those of some channels, ours until now + lease; by due time,
    `attempts` counting this one. Without a `limit` what can become one message is in one hand.

    A clock that was ahead leaves times that never come: a lease longer than any is none, and what was
    tried does not wait longer than any try does.
    """
    due = or_(
        _T.c.due_at <= now,
        and_(_T.c.error != "", _T.c.due_at > now + LONGEST_WAIT),
    )
    free = or_(
        _T.c.lease_until.is_(None), _T.c.lease_until <= now, _T.c.lease_until > now + 2 * lease
    )
    chosen = (
        select(_T.c.id)
        .where(_T.c.state == _PENDING, due, free, _T.c.channel.not_in(but))
        .where(_T.c.lease_owner != HELD)
        .order_by(_T.c.due_at, _T.c.event_id, _T.c.id)
        .limit(limit)
        # Workers on PostgreSQL step over one another's rows; SQLite has one writer and no such words.
        .with_for_update(skip_locked=True)
    )
    # Materialised, or PostgreSQL may run the subquery again for each row and pass the limit.
    picked = chosen.cte("picked")
    claimed = conn.execute(
        update(_T)
        .where(_T.c.id.in_(select(picked.c.id)))
        .values(attempts=_T.c.attempts + 1, lease_until=now + lease, lease_owner=owner)
        .returning(_T)
    )
    alerts = [_alert(r) for r in claimed]
    return sorted(alerts, key=lambda a: (a.due_at, a.event_id or 0, a.id))


def release_all(conn: Connection) -> None:
    """Gives back what a killed process had claimed; for the one process that holds `Store.lock`. What it
    was about to send may have arrived."""
    begun = (_T.c.lease_until.is_not(None), _T.c.message_id != "", _T.c.state == _PENDING)
    conn.execute(update(_T).where(*begun).values(unsure=_T.c.unsure + 1))
    conn.execute(
        update(_T).where(_T.c.lease_until.is_not(None)).values(lease_until=None, lease_owner="")
    )


def stuck(conn: Connection, channels: Collection[str]) -> dict[str, str]:
    """Of these channels, each to the latest error of its alerts that were tried and wait."""
    query = select(_T.c.channel, _T.c.error).where(
        _T.c.state == _PENDING,
        _T.c.error != "",
        _T.c.channel.in_(channels),
        _T.c.lease_owner != HELD,
    )
    return {channel: error for channel, error in conn.execute(query.order_by(_T.c.id))}


def plan(
    conn: Connection, alert_ids: Sequence[int], message_id: str, until: datetime, owner: str
) -> bool:
    """Notes that these alerts are about to leave as one message, and keeps them ours until `until`;
    False where one of them is not ours any more: its lease ran out, or it was withdrawn.

    A planned message bears the same id at every further try.
    """
    ours = {"of": list(alert_ids), "owner": owner}
    if len(alert_ids) != 1 and conn.execute(_OURS, ours).scalar_one() < len(alert_ids):
        return False
    planned = conn.execute(_PLAN, {**ours, "message": message_id, "until": until})
    return planned.rowcount >= len(alert_ids)


def put_off(
    conn: Connection, alert_ids: Sequence[int], due_at: datetime, owner: str | None = None
) -> None:
    """Gives alerts back untried, to be told at `due_at`: they wait for their hour, not for another try."""
    _release(conn, alert_ids, owner, due_at=due_at, attempts=_T.c.attempts - 1, error="")


def let_go(conn: Connection, event_ids: Sequence[int], now: datetime, hold: timedelta) -> None:
    """Makes due the alerts of these events that wait for no longer than `hold`, and for no digest."""
    held = (_T.c.event_id.in_(event_ids), _T.c.state == _PENDING, _T.c.attempts == 0)
    soon = (_T.c.due_at > now, _T.c.due_at <= now + hold)
    conn.execute(update(_T).where(*held, *soon).values(due_at=now))


def sent_since(
    conn: Connection, channel: str, recipient: str, since: datetime, now: datetime
) -> tuple[int, datetime | None]:
    """How many messages a recipient was sent through a channel after `since`, and when the first. What a
    clock that was ahead dated later than now is not counted."""
    query = select(func.count(_T.c.message_id.distinct()), func.min(_T.c.sent_at)).where(
        _T.c.channel == channel,
        _T.c.recipient == recipient,
        _T.c.state == AlertState.SENT.value,
        _T.c.sent_at > since,
        _T.c.sent_at <= now,
    )
    count, first = conn.execute(query).one()
    return count, first


def done(conn: Connection, alert_ids: Sequence[int], now: datetime, message_id: str) -> None:
    """Marks alerts as sent, all in one message."""
    conn.execute(_SENT, {"of": list(alert_ids), "at": now, "message": message_id})


def retry(
    conn: Connection,
    alert_ids: Sequence[int],
    now: datetime,
    due_at: datetime,
    error: str,
    *,
    owner: str | None = None,
    unsure: bool = False,
) -> None:
    """Gives alerts back that could not be sent, to be tried again at `due_at`; `unsure`: it may have
    arrived all the same."""
    since = func.coalesce(_T.c.tried_since, literal(now, Time))
    changed: dict[str, Any] = {"due_at": due_at, "error": error, "tried_since": since}
    if unsure:
        changed["unsure"] = _T.c.unsure + 1
    else:  # what can't have arrived bears no id
        changed["message_id"] = case((_T.c.unsure > 0, _T.c.message_id), else_="")
    _release(conn, alert_ids, owner, **changed)


def hurry(conn: Connection, now: datetime) -> None:
    """Makes due at once what was tried and waits to be tried again; not what waits for its hour."""
    waits = (_T.c.state == _PENDING, _T.c.error != "", _T.c.due_at > now)
    conn.execute(update(_T).where(*waits).values(due_at=now))


def failed(
    conn: Connection,
    alert_ids: Sequence[int],
    error: str,
    *,
    owner: str | None = None,
    unsure: bool = False,
) -> None:
    """Marks alerts as refused for good; they are kept and shown."""
    state = AlertState.FAILED.value
    _release(conn, alert_ids, owner, state=state, error=error, unsure=_T.c.unsure + int(unsure))


def waiting(conn: Connection) -> dict[str, int]:
    """How many alerts each channel still has to send, reminders to come aside; no entry for none."""
    news = (_T.c.state == _PENDING, _T.c.notice == "")
    query = select(_T.c.channel, func.count()).where(*news).group_by(_T.c.channel)
    return {channel: n for channel, n in conn.execute(query)}


def alerts(conn: Connection, *, event_id: int) -> list[Alert]:
    """The alerts of one event, its reminders among them, in the order they were queued."""
    return _alerts(conn, _T.c.event_id == event_id)


def message_id(conn: Connection, event_id: int, channel: str, recipient: str) -> str:
    """Under which id the event was sent to a recipient; "" where it was not."""
    first = first_told(conn, event_id, channel, recipient)
    return first.message_id if first is not None else ""


def first_told(conn: Connection, event_id: int, channel: str, recipient: str) -> Alert | None:
    """The alert that tells (or told) the event itself to a recipient."""
    key = (
        _T.c.event_id == event_id,
        _T.c.channel == channel,
        _T.c.recipient == recipient,
        _T.c.notice == "",
    )
    return next(iter(_alerts(conn, and_(*key))), None)


def failures(conn: Connection) -> list[Alert]:
    """Alerts that were refused for good."""
    return _alerts(conn, _T.c.state == AlertState.FAILED.value)


def _release(conn: Connection, alert_ids: Sequence[int], owner: str | None, **changed: Any) -> None:
    """Lets go of alerts and changes them; with an `owner`, those that are still theirs."""
    values = {"lease_until": None, "lease_owner": "", **changed}
    theirs: list[ColumnElement[bool]] = [_T.c.id.in_(alert_ids)]
    if owner is not None:
        theirs += [_T.c.lease_owner == owner, _T.c.state == _PENDING]
    conn.execute(update(_T).where(*theirs).values(values))


def _alerts(conn: Connection, condition: ColumnElement[bool]) -> list[Alert]:
    return [_alert(r) for r in conn.execute(select(_T).where(condition).order_by(_T.c.id))]


@said_if_damaged
def _alert(r: Row[Any]) -> Alert:
    return Alert(
        id=r.id,
        event_id=r.event_id,
        channel=r.channel,
        recipient=r.recipient,
        state=AlertState(r.state),
        attempts=r.attempts,
        due_at=r.due_at,
        error=r.error,
        message_id=r.message_id,
        notice=r.notice,
        tried_since=r.tried_since,
        unsure=r.unsure,
    )
