"""When may the next request to a host start? Keeps starts apart and limits how many run at once.

Time spent waiting here is nobody's timeout.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from msgspec import Struct

#: Hosts remembered; redirects to made-up subdomains would otherwise fill memory.
_MAX_HOSTS = 1000


class _Lane(Struct):
    slots: asyncio.Semaphore
    users: int = 0  #: waiting or running
    next_start: float = 0.0  #: on the loop's clock


class Pace:
    """One lane per host: at most `concurrency` at once, starts at least `delay` apart."""

    def __init__(self, concurrency: int, delay: timedelta) -> None:
        self._concurrency = concurrency
        self._delay = delay.total_seconds()
        self._lanes: dict[str, _Lane] = {}
        self._asked: dict[str, float] = {}  #: what a host itself asks for, where that is more

    def slow_down(self, host: str, delay: timedelta) -> None:
        """Keeps starts at a host at least so far apart; never less than the delay for all."""
        seconds = delay.total_seconds()
        if seconds > self._delay:
            if len(self._asked) >= _MAX_HOSTS and host not in self._asked:
                self._asked.pop(next(iter(self._asked)))
            self._asked[host] = seconds
        else:
            self._asked.pop(host, None)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Holds one of the host's slots; entered when its turn has come.

        Hold one turn at a time: two hosts that redirect to each other would wait for ever.
        """
        lane = self._lane(host)
        lane.users += 1
        try:
            async with lane.slots:
                now = asyncio.get_running_loop().time()
                start = max(now, lane.next_start)
                lane.next_start = start + self._asked.get(
                    host, self._delay
                )  # taken before the wait, so others queue up
                if start > now:
                    await asyncio.sleep(start - now)
                yield
        finally:
            lane.users -= 1

    def _lane(self, host: str) -> _Lane:
        if host not in self._lanes:
            if len(self._lanes) >= _MAX_HOSTS:
                now = asyncio.get_running_loop().time()
                lanes = self._lanes.items()
                self._lanes = {h: x for h, x in lanes if x.users or x.next_start > now}
            self._lanes[host] = _Lane(asyncio.Semaphore(self._concurrency))
        return self._lanes[host]
