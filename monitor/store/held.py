"""Alerts that a restore holds back: what a backup calls pending may have been sent long ago.

They bear a mark where the lease of an alert in hand has its owner, so that nothing claims them. What is
found after the restore is told as ever.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from ..model import AlertState
from . import tables
from .queue import HELD

_T = tables.alerts
_WAITS = _T.c.state == AlertState.PENDING.value


def hold(conn: Connection) -> int:
    """Holds back all alerts that wait; how many."""
    values = {"lease_owner": HELD, "lease_until": None}
    return conn.execute(update(_T).where(_WAITS).values(values)).rowcount


def held(conn: Connection) -> int:
    """How many alerts are held back."""
    query = select(func.count()).where(_WAITS, _T.c.lease_owner == HELD)
    return conn.execute(query).scalar_one()


def resume(conn: Connection) -> int:
    """Lets go of what is held back; how many alerts."""
    theirs = (_WAITS, _T.c.lease_owner == HELD)
    return conn.execute(update(_T).where(*theirs).values(lease_owner="")).rowcount
