"""Which bytes, and whose, have cost a reading process of late? Kept in memory: a restart forgets it.

Bytes that did so three times are not tried again for a day. A host that did is slow for an hour:
its pages are read one after the other with those of all other slow hosts, so that there is always a
process left for the rest. Knows neither processes nor pages.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

#: Tries for the same bytes: a loaded machine may have been to blame for one.
TRIES = 3
#: Seconds.
NOT_AGAIN = 24 * 3600.0
SLOW_FOR = 3600.0
#: Remembered of each; the oldest go first.
_MOST = 1000


class Poison:
    """What is remembered. Times are seconds on any clock that only goes forward."""

    def __init__(self) -> None:
        self._bytes: dict[bytes, tuple[int, float]] = {}
        self._hosts: dict[str, float] = {}

    def struck(self, body: bytes, url: str, now: float) -> None:
        """Notes that reading these bytes cost a process."""
        if body:
            key = hashlib.sha256(body).digest()
            times, _ = self._bytes.pop(key, (0, now))
            self._bytes[key] = (times + 1, now)
            _shorten(self._bytes)
        if host := _host(url):
            self._hosts.pop(host, None)
            self._hosts[host] = now
            _shorten(self._hosts)

    def refused(self, body: bytes, now: float) -> str:
        """Why these bytes are not tried, in a few words; "" where they are."""
        if not self._bytes or not body:
            return ""
        times, last = self._bytes.get(hashlib.sha256(body).digest(), (0, now))
        if times < TRIES or now - last >= NOT_AGAIN:
            return ""
        return f"the same bytes could not be read {times} times"

    def is_slow(self, url: str, now: float) -> bool:
        """Whether pages of that host have cost a process lately."""
        last = self._hosts.get(_host(url)) if self._hosts else None
        return last is not None and now - last < SLOW_FOR


def _shorten(kept: dict[bytes, tuple[int, float]] | dict[str, float]) -> None:
    while len(kept) > _MOST:
        del kept[next(iter(kept))]  # type: ignore[arg-type]


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
