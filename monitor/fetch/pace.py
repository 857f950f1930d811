"""When may the next request to a host start? Keeps starts apart and limits how many run at once.

Time spent waiting here is nobody's timeout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial

from msgspec import Struct, field

#: Hosts remembered; redirects to made-up subdomains would otherwise fill memory.
_MAX_HOSTS = 1000


class _Lane(Struct):
    slots: asyncio.Semaphore
    users: int = 0  #: waiting or running
    order: asyncio.Lock = field(default_factory=asyncio.Lock)  #: held by who starts next
    next_start: float = 0.0  #: on the loop's clock


class _Turn:
    """One request's turn in a lane."""

    __slots__ = ("_apart", "_lane")

    def __init__(self, lane: _Lane, apart: Callable[[], float]) -> None:
        self._lane, self._apart = lane, apart

    async def __aenter__(self) -> None:
        lane = self._lane
        lane.users += 1
        try:
            await lane.slots.acquire()
        except BaseException:
            lane.users -= 1
            raise
        try:
            now = asyncio.get_running_loop().time()
            if not lane.order.locked() and lane.next_start <= now:  # mostly: nobody goes before
                lane.next_start = now + self._apart()
                return
            async with lane.order:
                clock = asyncio.get_running_loop().time
                while (left := lane.next_start - clock()) > 0:
                    await asyncio.sleep(left)
                # As the host asks for now, not when this began to wait.
                lane.next_start = clock() + self._apart()
        except BaseException:
            self._end()
            raise

    async def __aexit__(self, *raised: object) -> None:
        self._end()

    def _end(self) -> None:
        self._lane.slots.release()
        self._lane.users -= 1


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

    def turn(self, host: str) -> AbstractAsyncContextManager[None]:
        """Holds one of the host's slots; entered when its turn has come.

        Hold one turn at a time: two hosts that redirect to each other would wait for ever.
        """
        return _Turn(self._lane(host), partial(self._apart, host))

    def _apart(self, host: str) -> float:
        return self._asked.get(host, self._delay)

    def _lane(self, host: str) -> _Lane:
        if host not in self._lanes:
            if len(self._lanes) >= _MAX_HOSTS:
                now = asyncio.get_running_loop().time()
                lanes = self._lanes.items()
                self._lanes = {h: x for h, x in lanes if x.users or x.next_start > now}
            self._lanes[host] = _Lane(asyncio.Semaphore(self._concurrency))
        return self._lanes[host]
