"""Is this the password? Guesses cost a core's time and 16 MiB each: they are counted, and queue."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import anyio

from .keys import Keys, fits
from .throttle import Throttle

log = logging.getLogger("postwatch")

#: Guesses that wait for their turn; more are sent away at once.
QUEUE = 8
_BUSY = timedelta(seconds=5)
#: How long the right password is known again without the cost of a guess, for scripts that bring it each time.
FRESH = timedelta(minutes=5)


class Guesses:
    """Looks at passwords, those of strangers one at a time and never in the way of the others'."""

    def __init__(self, keys: Callable[[], Awaitable[Keys]], clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._throttle = Throttle()
        # Of strangers (False) and those who are none.
        self._turns = {known: anyio.CapacityLimiter(1) for known in (False, True)}
        self._looked_at = {False: 0, True: 0}
        # A password is known again by its mark under a key of this process; it is not kept itself.
        self._key = secrets.token_bytes(32)
        self._right: tuple[bytes, datetime] | None = None
        self._under_way: dict[bytes, asyncio.Task[bool]] = {}

    async def right(self, place: str, text: str, *, session: bool) -> bool | timedelta:
        """Whether it is the password; how long to wait where too many were wrong. `session`: who asks has
        one, and is no stranger."""
        now = self._clock()
        known = session or self._throttle.knows(place, now)
        wait = self._throttle.wait(place, now, known=known)
        if wait is not None:
            return wait  # not even the right one is known, or a guess would cost nothing
        mark = hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")
        if self._is_fresh(mark, now):
            return True
        task = self._under_way.get(mark)
        if task is None:
            if self._looked_at[known] > QUEUE:
                return _BUSY
            self._throttle.take(place, now, known=known)
            self._looked_at[known] += 1
            task = asyncio.create_task(self._look(place, text, mark, known=known))
            self._under_way[mark] = task
            task.add_done_callback(lambda _: self._done(mark, known=known))
        return await asyncio.shield(task)

    def _is_fresh(self, mark: bytes, now: datetime) -> bool:
        if self._right is None or not hmac.compare_digest(mark, self._right[0]):
            return False
        return timedelta(0) <= now - self._right[1] < FRESH

    def _done(self, mark: bytes, *, known: bool) -> None:
        self._looked_at[known] -= 1
        self._under_way.pop(mark, None)

    async def _look(self, place: str, text: str, mark: bytes, *, known: bool) -> bool:
        found = await self._keys()
        right = await anyio.to_thread.run_sync(fits, found, text, limiter=self._turns[known])
        if right:
            self._right = mark, self._clock()
            self._throttle.give_back(place, self._clock(), known=known)
        else:
            log.warning("wrong password from=%s", place or "an unknown address")
        return right
