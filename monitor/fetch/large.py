"""Large answers are had a few at a time, whoever sends them: a crowd of them would fill the memory.

An answer whose body turns out large waits for its turn while it comes in, and whoever asked for it keeps the
turn until it has been read. Usual answers wait for nothing.
"""

from __future__ import annotations

import asyncio

#: At once, of up to `max_body` each.
AT_ONCE = 2


def turns() -> asyncio.Semaphore:
    """What all that fetch in one process share."""
    return asyncio.Semaphore(AT_ONCE)


class InHand:
    """One answer in hand, from the request till it has been read: `end` ends its turn."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._has_one = False

    async def grew(self) -> None:
        """Called when the body turns out large: returns when it is its turn."""
        if not self._has_one:
            await self._turns.acquire()
            self._has_one = True

    def end(self) -> None:
        """Ends its turn, if it had one: the answer has been read."""
        if self._has_one:
            self._has_one = False
            self._turns.release()
