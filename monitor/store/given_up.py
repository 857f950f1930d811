"""What was refused or given up, put back in the queue: for when its cause has been mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, update

from ..model import AlertState
from . import tables
from .called_off import call_off, hand_on
from .queue import failures
from .unsubscribed import staying

_T = tables.alerts


def retry_failed(
    conn: Connection, keys: Collection[tuple[str, str]], now: datetime, *, but: Collection[int] = ()
) -> dict[str, int]:
    """Puts what was given up for these (channel, recipient) back in the queue, due at once and as if
    untried; how many alerts of each channel, no entry for none. What was for an address that the channel
    has no more goes to those it has and that were not told.

    `but`: events that nobody is to be told of any more.
    """
    here = staying(conn, keys)
    given_up = (a for a in failures(conn) if a.event_id not in but)
    all_given_up = list(given_up)
    again = [a for a in all_given_up if (a.channel, a.recipient) in here]
    told = Counter(a.channel for a in again)
    for channel in {c for c, _ in keys}:
        heirs = [k for k in here if k[0] == channel]
        for a in all_given_up:
            if a.channel == channel and (channel, a.recipient) not in keys:
                told[channel] += hand_on(conn, a, heirs, now)
                call_off(conn, [a.id])
    values = {
        "state": AlertState.PENDING.value,
        "attempts": 0,
        "due_at": now,
        "error": "",
        "tried_since": None,
    }
    conn.execute(update(_T).where(_T.c.id.in_([a.id for a in again])).values(values))
    return {channel: many for channel, many in told.items() if many}
