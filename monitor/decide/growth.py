"""How fast does a database grow, and when is its disk full? From what was noted of it once a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

#: Growth is that of the last weeks: a baseline of years ago says nothing of tomorrow.
WEEKS = timedelta(days=28)
#: Less time than this between two notes tells nothing.
LEAST = timedelta(hours=20)
#: So long before the disk is full it is warned of.
WARN = timedelta(days=7)
#: Notes kept: one a day.
KEPT = 60


class Note(Struct, frozen=True):
    """What the disk looked like at one time."""

    at: datetime
    size: int  #: bytes of the database, its write-ahead log included
    free: int  #: bytes free on its disk


class Forecast(Struct, frozen=True):
    """What may be expected."""

    a_day: int  #: bytes the database grows by in a day
    over: timedelta  #: measured over this time
    left: timedelta | None  #: until the disk is full, whoever fills it; None: not at this rate

    @property
    def soon(self) -> bool:
        """Whether it is time to warn."""
        return self.left is not None and self.left <= WARN


def forecast(notes: Sequence[Note], now: Note, keep_free: int = 0) -> Forecast | None:
    """What may be expected by these notes (oldest first) and the state now; None where too little time
    lies between them.

    The disk is full where no more than `keep_free` bytes are free. It fills at the faster of two rates:
    the database's growth, and the loss of free space, of which others may be the cause.
    """
    then = next((n for n in notes if LEAST <= now.at - n.at <= WEEKS), None)
    if then is None:
        return None
    return _from(then, now, keep_free)


def on_average(since: datetime, now: Note, keep_free: int = 0) -> Forecast | None:
    """The same from nothing but the time since a database was begun: for one nobody took notes of. A
    first pass weighs more than all that follows, so it grows slower than that; never faster."""
    if now.at - since < LEAST:
        return None
    return _from(Note(since, 0, now.free), now, keep_free)


def _from(then: Note, now: Note, keep_free: int) -> Forecast:
    over = now.at - then.at
    days = over / timedelta(days=1)
    grown = (now.size - then.size) / days
    lost = max(grown, (then.free - now.free) / days)
    room = max(0, now.free - keep_free)
    left = None
    if lost >= 1 and room / lost < 36500:  # more than a century is never
        left = timedelta(days=room / lost)
    return Forecast(max(0, int(grown)), over, left)
