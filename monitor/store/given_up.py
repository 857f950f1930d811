"""What was refused or given up, put back in the queue: for when its cause has been mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, update

from ..model import AlertState
from . import tables
from .queue import failures
from .unsubscribed import staying

_T = tables.alerts


def retry_failed(
    conn: Connection, keys: Collection[tuple[str, str]], now: datetime, *, but: Collection[int] = ()
) -> dict[str, int]:
    """Puts what was given up for these (channel, recipient) back in the queue, due at once and as if
    untried; how many alerts of each channel, no entry for none. A list stays that list.

    `but`: events that nobody is to be told of any more.
    """
    here = staying(conn, keys)
    given_up = (a for a in failures(conn) if a.event_id not in but)
    again = [a for a in given_up if (a.channel, a.recipient) in here]
    values = {
        "state": AlertState.PENDING.value,
        "attempts": 0,
        "due_at": now,
        "error": "",
        "tried_since": None,
    }
    conn.execute(update(_T).where(_T.c.id.in_([a.id for a in again])).values(values))
    return dict(Counter(a.channel for a in again))
