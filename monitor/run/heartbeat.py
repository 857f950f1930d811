"""Does the daemon live? Written by its jobs; read by /readyz, /metrics and the service manager's watchdog."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from msgspec import Struct, field

from .check import PassResult
from .turns import RETRY


class Heartbeat(Struct):
    """When passes last began and ended, for /readyz and the logs."""

    began: datetime | None = None  #: when the daemon did
    started: datetime | None = None
    passes: int = 0
    last_pass_at: datetime | None = None
    last_error: str = ""
    pinged_at: datetime | None = None
    failing_since: datetime | None = None  #: from then on no site's pass has succeeded
    resting_until: datetime | None = None  #: nothing can be written at present
    set_at: datetime | None = None  #: when, by the new time, this machine's clock was set
    ticked: float = 0.0  #: when a tick last ended, however, on the loop's clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def ended(self, result: PassResult, now: datetime) -> None:
        """Notes that a pass ended."""
        self.passes += 1
        self.last_pass_at = now
        if result.outcomes:
            self.failing_since = None
        elif result.failed:  # one that found nothing due says nothing
            self.failing_since = self.failing_since or now

    def clock_was_set(self, moved: timedelta, now: datetime) -> None:
        """Notes that this machine's clock was set by so much; what lay before it keeps its distance."""
        self.set_at = now
        if self.began is not None:
            self.began += moved
        if self.last_pass_at is not None:
            self.last_pass_at += moved
        if self.failing_since is not None:
            self.failing_since += moved

    def rests(self, now: datetime) -> bool:
        """Whether nothing is to be tried at present; a clock that was ahead makes no rest longer."""
        until = self.resting_until
        return until is not None and now < until <= now + RETRY
