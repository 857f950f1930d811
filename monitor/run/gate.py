"""How many sites are checked at once? A place for each, and not all of them to those that take long.

A site that hangs holds its place for minutes, a first pass over a large blog for hours: they share a part
of the places, so that the sites we know and see are never kept waiting by them. A place costs little; what
many answers may weigh together is bounded elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from ..store.rows import SiteRow

#: Each is paced by its own host; 2 cores read about 100 pages a second.
PLACES = 96
#: Of these, for sites at their first pass or out of sight.
FOR_THE_SLOW = 64


class Gate:
    """The places, shared by passes that overlap."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(PLACES)
        self._for_the_slow = asyncio.Semaphore(FOR_THE_SLOW)

    @property
    def full(self) -> bool:
        """Whether a site that comes now has to wait for a place."""
        return self._places.locked()

    @asynccontextmanager
    async def place(self, row: SiteRow) -> AsyncIterator[None]:
        """Holds a place for a site; entered when one is free."""
        async with AsyncExitStack() as held:
            if row.baseline_at is None or not row.view.up:
                await held.enter_async_context(self._for_the_slow)
            await held.enter_async_context(self._places)
            yield
