"""Do passes still come? For /readyz and /metrics: from the daemon itself, or from what it left behind.

Where passes come by themselves (`run`), their own heartbeat says so. Pages alone (`serve`) look at what
the passes of another process wrote, against the schedule.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection

from ..config import Config
from ..model import Reason
from ..store import sites
from ..units import shown_second
from .standstill import LATE, looked_at, open_reason

if TYPE_CHECKING:
    from .heartbeat import Heartbeat

#: The daemon begins a pass every few seconds, and one over a slow site does not hold up the others.
SILENT = timedelta(minutes=5)


class Pulse(Struct, frozen=True):
    """How the watch goes."""

    sites: int  #: watched and not paused
    last_check_at: datetime | None  #: when a site was last looked at
    last_pass_at: datetime | None  #: when a pass last ended, as far as it is known here
    blind: Reason | None  #: why nothing can be seen at present
    stopped: str  #: why passes have stopped, for people; "" while they come


def pulse(conn: Connection, config: Config, now: datetime, beat: Heartbeat | None) -> Pulse:
    """How the watch goes; `beat` is that of the daemon in this process, where there is one."""
    paused = {s.name for s in config.sites if s.paused}
    rows = [r for r in sites.sites(conn, watched=True) if r.name not in paused]
    checked = max((r.last_check_at for r in rows if r.last_check_at), default=None)
    blind = open_reason(conn)
    if beat is not None:
        passed = beat.last_pass_at
        stopped = _beats_no_more(beat, now)
    else:
        passed = max(filter(None, (checked, looked_at(conn))), default=None)
        # A site that was never looked at is due from the day it was named.
        dues = [r.next_check_at or r.watched_since for r in rows]
        stopped = _left_nothing(passed, min(dues, default=None), now)
    if not stopped and blind in (Reason.OVERDUE, Reason.DISK):
        why = "there is no room on the disk" if blind is Reason.DISK else "looks are overdue"
        stopped = f"passes have stopped: {why}"
    return Pulse(len(rows), checked, passed, blind, stopped)


def _beats_no_more(beat: Heartbeat, now: datetime) -> str:
    if beat.rests(now):
        return "passes have stopped: there is no room on the disk"
    if beat.failing_since is not None and now - beat.failing_since > LATE:
        return f"passes have stopped: all fail since {shown_second(beat.failing_since)}"
    last = beat.last_pass_at or beat.began
    if last is not None and now - last > SILENT:
        return f"passes have stopped: none has ended since {shown_second(last)}"
    return ""


def _left_nothing(passed: datetime | None, due: datetime | None, now: datetime) -> str:
    if due is None or now - due <= LATE or (passed is not None and now - passed <= LATE):
        return ""
    since = f"since {shown_second(passed)}" if passed is not None else "yet"
    return f"passes have stopped: no site was looked at {since}"
