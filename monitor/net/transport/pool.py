"""The connections that are kept, by where they go; nothing here takes longer the more there are."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from .connection import Connection, Wire
from .dial import Origin

#: Exchanges at once: as many as sites that are checked at once need, and some (who waits for one spends its
#: deadline). Connections in all, those kept for the next among them: 40 sites with 8 each; with 100 kept a
#: pass over them dialled four times as often, a fifth of its cost. How long one is kept.
MAX_BUSY, MOST, IDLE_SECONDS = 300, 350, 15.0


class Pool:
    """Lends connections. The newest is lent first: the likeliest to be alive still."""

    def __init__(self, dial: Callable[[Origin, Wire], Awaitable[Connection]]) -> None:
        self._dial = dial
        self._busy = asyncio.Semaphore(MAX_BUSY)
        self._lent: set[Connection] = set()
        self._by_origin: dict[Origin, list[Connection]] = {}
        #: Longest idle first; each with its origin, and when it is ended, on the loop's clock.
        self._idle: OrderedDict[Connection, tuple[Origin, float]] = OrderedDict()
        #: For the first of those times, or an earlier one.
        self._ending: asyncio.TimerHandle | None = None

    async def lend(self, origin: Origin, wire: Wire) -> Connection:
        """A connection to the origin, kept or `fresh`. Give it back. Raises what dialling raises."""
        await self._busy.acquire()
        try:
            while kept := self._by_origin.get(origin):
                connection = kept[-1]
                self._forget(connection)
                if connection.usable:
                    break
            else:
                connection = await self._dial(origin, wire)
        except BaseException:
            self._busy.release()
            raise
        self._lent.add(connection)
        wire.peer, wire.connection = connection.peer, connection
        return connection

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """Keeps it for the next if its answer is whole, else closes it; twice is once."""
        if connection not in self._lent:
            return
        self._lent.discard(connection)
        self._busy.release()
        if not connection.done():
            connection.close()
            return
        if self._idle and len(self._idle) + len(self._lent) >= MOST:
            oldest = next(iter(self._idle))
            self._forget(oldest)
            oldest.close()
        connection.when_lost = self._forget
        loop = asyncio.get_running_loop()
        self._idle[connection] = (origin, loop.time() + IDLE_SECONDS)
        self._by_origin.setdefault(origin, []).append(connection)
        # One timer for all: to set one and take it back costs 5 µs an exchange.
        if self._ending is None:
            self._ending = loop.call_later(IDLE_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        """Closes those whose time is over, and comes again for the next."""
        self._ending = None
        loop = asyncio.get_running_loop()
        while self._idle:
            connection, (_, ends) = next(iter(self._idle.items()))
            if ends > loop.time():
                self._ending = loop.call_at(ends, self._end_idle)
                return
            self._forget(connection)
            connection.close()

    def _forget(self, connection: Connection) -> None:
        connection.when_lost = None
        origin, _ = self._idle.pop(connection)
        kept = self._by_origin[origin]
        kept.remove(connection)
        if not kept:
            del self._by_origin[origin]

    def close(self) -> None:
        """Closes all of them."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        for connection in (*self._idle, *self._lent):
            connection.close()
