"""The process pool for hostile bytes: started on first need, bounded in memory, killed past its deadline.

A page that makes a parser run for ever, or eat all memory, costs one worker process, never the loop.
Which hosts and bytes have cost one is kept (`Poison`): they wait for each other, not others for them. So do
pages that take much memory: one of them is read at a time, whatever else is.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, ParamSpec, TypeVar

from .poison import Poison
from .reading_process import MEMORY, TOO_MUCH, USUAL, Worker

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds. A usual page takes 10 to 30 ms, the longest of 181 real ones 150 ms, a sitemap of 50,000
#: addresses 3 s; a loaded machine takes several times as long.
DEADLINE = 20.0
#: Bytes of a page, and of angle brackets in it, of which it is known beforehand that they need more.
LARGE_BODY, MANY_TAGS = 2 * 2**20, 20_000
#: So that what is slow never holds them all.
LEAST_WORKERS = 2
#: Seconds a page waits before another worker is started, and how much of them those there are must have been
#: at work. One takes 0.3 s to start, as much as 25 pages, and 55 MiB; one alone reads 80 pages a second, more
#: than all else of a pass keeps pace with.
PATIENCE, AT_WORK = 2.0, 0.8
#: Pages that wait for a worker before a post is asked for only as one of them is read: each is 100 kB. Those
#: that were asked for before come all the same, eight of each host at most. And seconds after which that is
#: looked at again.
MOST_WAITING, LONGEST_HELD = 32, 0.5


class ParseFailed(Exception):
    """The bytes could not be read within the deadline and the memory, or the reader failed on them."""


class Parser:
    """Runs pure functions on hostile bytes in worker processes. Close it with `aclose`."""

    def __init__(
        self, workers: int | None = None, deadline: float = DEADLINE, patience: float = PATIENCE
    ) -> None:
        self._deadline, self._patience = deadline, patience
        self._count = workers or max(LEAST_WORKERS, os.cpu_count() or 1)
        self._idle: asyncio.LifoQueue[Worker | None] | None = None
        self._spare = self._count  #: places that have not been taken yet
        self._waiting = 0  #: pages that wait for a worker, and for nothing else
        self._held: deque[asyncio.Future[None]] = deque()  #: looks that wait until fewer do
        self._all: set[Worker] = set()
        self._closed = False
        self._poison = Poison()
        self._slow, self._large = asyncio.Lock(), asyncio.Lock()

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns; ParseFailed where it raised, crashed, ran too long, or where the
        same bytes have cost several workers of late.

        A reader's first two arguments are the bytes and the URL they came from.
        """
        return await self._call(fn, args, kwargs, held_against=True)

    async def attempt(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `call`, for who asks for less where this fails: it is held against no page, for it may be more
        than one that was read."""
        return await self._call(fn, args, kwargs, held_against=False)

    async def _call(self, fn: Callable[..., T], args: Any, kwargs: Any, *, held_against: bool) -> T:
        body, url = _origin(*args)
        loop = asyncio.get_running_loop()
        if why := self._poison.refused(body, loop.time()):
            raise ParseFailed(why)
        large = len(body) > LARGE_BODY or body.count(b"<") > MANY_TAGS
        while True:
            memory = MEMORY if large else USUAL
            async with self._worker(url, large=large) as worker:
                ok, value = await asyncio.to_thread(
                    worker.run, fn, args, kwargs, self._deadline, memory
                )
            if large or value != TOO_MUCH:
                break
            large = True
        if not ok:
            if worker.killed and held_against:
                self._poison.struck(body, url, loop.time())
            raise ParseFailed(str(value))
        result: T = value
        return result

    async def ready(self) -> None:
        """Returns when few enough pages wait to be read that another one may be asked for."""
        while self._waiting >= MOST_WAITING:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append(turn)
            with suppress(TimeoutError):  # those let go before may have had nothing to be read
                async with asyncio.timeout(LONGEST_HELD):
                    await turn

    def _waits_no_more(self) -> None:
        self._waiting -= 1
        while self._held:
            turn = self._held.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    @asynccontextmanager
    async def _worker(self, url: str, *, large: bool) -> AsyncIterator[Worker]:
        """A worker for bytes from there; put back afterwards, or the place of one that is no more."""
        if self._idle is None:
            self._idle = asyncio.LifoQueue()
        async with AsyncExitStack() as lane:
            worker = await self._turn(url, lane, self._idle, large=large)
            try:
                if self._closed:
                    raise ParseFailed("nothing is read any more")
                if worker is None:
                    try:
                        worker = self._hire()
                    except OSError as e:
                        raise ParseFailed(f"no reading process could be started: {e}") from e
                    self._all.add(worker)
                yield worker
            except BaseException:
                self._discard(worker)
                raise
            finally:
                if worker is not None and not worker.alive:
                    self._discard(worker)
                    worker = None
                self._idle.put_nowait(worker)

    async def _turn(
        self,
        url: str,
        lane: AsyncExitStack,
        idle: asyncio.LifoQueue[Worker | None],
        *,
        large: bool,
    ) -> Worker | None:
        """A worker, or its place, once nothing goes before; `lane` holds what others wait for meanwhile."""
        loop = asyncio.get_running_loop()
        while True:
            slow = self._poison.is_slow(url, loop.time())
            if (
                slow
            ):  # first: of the slow hosts' large pages one at most keeps other large ones waiting
                await lane.enter_async_context(self._slow)
            if large:
                await lane.enter_async_context(self._large)
            self._waiting += 1
            try:
                worker = await self._next(idle)
            finally:
                self._waits_no_more()
            if slow or not self._poison.is_slow(url, loop.time()):
                return worker
            idle.put_nowait(worker)  # it became known for slow while this waited
            await lane.aclose()

    async def _next(self, idle: asyncio.LifoQueue[Worker | None]) -> Worker | None:
        """A worker that has nothing to do, or the place of one; one more where those there are have been at
        work all the while that this waited. The last place is kept for when they are stuck: a core is left to
        those who ask and write."""
        while self._spare and idle.empty():
            if self._spare < self._count:
                before = {worker: worker.worked() for worker in self._all}
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._patience):
                        return await idle.get()
                if not self._spare or not self._is_worth_another(before):
                    continue
            self._spare -= 1
            return None
        return await idle.get()

    def _is_worth_another(self, before: dict[Worker, float]) -> bool:
        """Whether all workers were at work since they had worked so long; for the last place, on one page."""
        if self._spare == 1:
            return all(w.at_one_page() >= self._patience for w in self._all)
        least = AT_WORK * self._patience
        return all(w.worked() - before.get(w, 0.0) >= least for w in self._all)

    def _hire(self) -> Worker:
        """A worker that has nothing to do."""
        return Worker()

    def _discard(self, worker: Worker | None) -> None:
        if worker is not None:
            worker.end()
            self._all.discard(worker)

    async def aclose(self) -> None:
        """Ends all workers."""
        self._closed = True
        for worker in list(self._all):
            self._discard(worker)


def _origin(*args: object) -> tuple[bytes, str]:
    """The bytes that are to be read and where they came from; empty for what reads no such bytes."""
    if len(args) >= 2 and isinstance(args[0], bytes) and isinstance(args[1], str):
        return args[0], args[1]
    return b"", ""
