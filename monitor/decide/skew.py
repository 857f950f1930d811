"""Is our clock right? By the Date headers of the servers that were looked at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from msgspec import Struct

#: A Date is in whole seconds, and is set up to a whole fetch after the request left.
FAR = timedelta(minutes=1)


class Skew(Struct, frozen=True):
    """How far our clock is from theirs."""

    behind: timedelta  #: our clock is so far behind; negative: ahead
    servers: int  #: that said so

    @property
    def far(self) -> bool:
        """Whether times in evidence would be wrong by it."""
        return abs(self.behind) > FAR


def skew(looks: Iterable[tuple[str, datetime, str]]) -> Skew | None:
    """By looks of (server, our time, its Date header): the median over servers; None where none said.

    Of one server the latest Date counts: a cache hands out old ones, and none that are to come.
    """
    newest: dict[str, timedelta] = {}
    for server, at, header in looks:
        theirs = _date(header)
        if theirs is not None:
            newest[server] = max(newest.get(server, theirs - at), theirs - at)
    if not newest:
        return None
    seconds = median(d.total_seconds() for d in newest.values())
    return Skew(timedelta(seconds=seconds), len(newest))


def _date(header: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo is not None else None
