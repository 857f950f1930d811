"""The process pool for hostile bytes: spawned on first need, bounded in memory, killed past its deadline.

A page that makes a parser run for ever, or eat all memory, costs one worker process, never the loop.
Which hosts and bytes have cost one is kept (`Poison`): they wait for each other, not others for them. So do
pages that take much memory: one of them is read at a time, whatever else is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .memory import bound, give_back, held
from .poison import Poison

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds. A usual page takes 10 to 30 ms, the longest of 181 real ones 150 ms, a sitemap of 50,000
#: addresses 3 s; a loaded machine takes several times as long.
DEADLINE = 20.0
#: For a process to start and import the readers (1 s): no page's fault.
START = 60.0
#: Bytes of memory a worker may come to hold, its 50 MiB of libraries among them: enough for a sitemap of
#: 50,000 addresses and a list of 5,000 posts. 10 MiB of empty tags would take 1.5 GB.
MEMORY = 130 * 2**20
#: What any but one may come to hold; who needs more begins anew when it is its turn. Usual pages take 60.
USUAL = 80 * 2**20
#: Bytes of a page, and of angle brackets in it, of which it is known beforehand that they need more.
LARGE_BODY, MANY_TAGS = 2 * 2**20, 20_000
#: Where the watch over it comes too late, the system refuses more than so much above. Far above, since a
#: reader that was refused memory may go on and find half an article: what passed its bound is never believed.
BACKSTOP = 100 * 2**20
#: Seconds between two looks at what a worker holds.
WATCH_EVERY = 0.02
#: A worker that still holds more than this after its answer is let go: its heap is in pieces. So is one
#: that ever held more than USUAL.
WORN = 66 * 2**20
#: Imported before the first page comes, so that none pays for it.
_READERS = (
    "..read.article.extract",
    "..read.listing.feed",
    "..read.listing.page",
    "..read.listing.sitemap",
    "..read.page",
    "..read.tree",
)
#: So that what is slow never holds them all.
LEAST_WORKERS = 2


_TOO_MUCH = f"it takes more than {MEMORY // 2**20} MiB of memory to read"


class ParseFailed(Exception):
    """The bytes could not be read within the deadline and the memory, or the reader failed on them."""


class Parser:
    """Runs pure functions on hostile bytes in worker processes. Close it with `aclose`."""

    def __init__(self, workers: int | None = None, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._count = workers or max(LEAST_WORKERS, os.cpu_count() or 1)
        self._idle: asyncio.LifoQueue[_Worker | None] | None = None
        self._all: set[_Worker] = set()
        self._poison = Poison()
        self._slow, self._large = asyncio.Lock(), asyncio.Lock()

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns; ParseFailed where it raised, crashed, ran too long, or where the
        same bytes have cost several workers of late.

        A reader's first two arguments are the bytes and the URL they came from.
        """
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
            if large or value != _TOO_MUCH:
                break
            large = True
        if not ok:
            if worker.killed:
                self._poison.struck(body, url, loop.time())
            raise ParseFailed(str(value))
        result: T = value
        return result

    @asynccontextmanager
    async def _worker(self, url: str, *, large: bool) -> AsyncIterator[_Worker]:
        """A worker for bytes from there; put back afterwards, or the place of one that is no more."""
        if self._idle is None:
            self._idle = asyncio.LifoQueue()
            for _ in range(self._count):
                self._idle.put_nowait(None)
        async with AsyncExitStack() as lane:
            worker = await self._turn(url, lane, self._idle, large=large)
            try:
                if worker is None:
                    worker = self._hire()
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
        idle: asyncio.LifoQueue[_Worker | None],
        *,
        large: bool,
    ) -> _Worker | None:
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
            worker = await idle.get()
            if slow or not self._poison.is_slow(url, loop.time()):
                return worker
            idle.put_nowait(worker)  # it became known for slow while this waited
            await lane.aclose()

    def _hire(self) -> _Worker:
        """A worker that has nothing to do."""
        return _Worker()

    def _discard(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            self._all.discard(worker)

    async def aclose(self) -> None:
        """Ends all workers."""
        for worker in list(self._all):
            self._discard(worker)


def _origin(*args: object) -> tuple[bytes, str]:
    """The bytes that are to be read and where they came from; empty for what reads no such bytes."""
    if len(args) >= 2 and isinstance(args[0], bytes) and isinstance(args[1], str):
        return args[0], args[1]
    return b"", ""


class _Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        from multiprocessing import get_context  # here: a quiet pass starts no process

        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.alive = True
        self._ready = False
        self.killed = False  #: by what it was given to read

    def run(
        self, fn: Callable[..., Any], args: Any, kwargs: Any, deadline: float, memory: int
    ) -> tuple[bool, Any]:
        """(True, result) or (False, why). Past the deadline or the bytes of memory the process is killed."""
        try:
            if not self._ready:
                if not self._pipe.poll(START):
                    self.end()
                    return False, f"no reading process could be started within {START:.0f} s"
                self._ready = bool(self._pipe.recv())
            body = args[0] if args and isinstance(args[0], bytes) else None
            rest = args if body is None else args[1:]
            self._pipe.send((fn, rest, kwargs, memory, body is not None))
            if body is not None:
                self._pipe.send_bytes(body)  # pickled, it would be there three times
            if why := self._watch(deadline, memory):
                self._lost()
                return False, why
            ok, value, worn = self._pipe.recv()
        except (EOFError, OSError):
            self._lost()
            return False, "the reading process died"
        if worn:
            self.end()
            self.killed = value == _TOO_MUCH
        return ok, value

    def _watch(self, deadline: float, memory: int) -> str:
        """Waits for the answer; why it is waited for no longer, "" where it is there."""
        until = time.monotonic() + deadline
        while not self._pipe.poll(WATCH_EVERY):
            if time.monotonic() >= until:
                return f"not read within {deadline:.0f} s"
            if held(self._process.pid, "VmRSS") > memory:
                return _TOO_MUCH
        return ""

    def _lost(self) -> None:
        self.killed = self.alive  # else it was ended by us
        self.end()

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self.alive = False
        self._process.kill()
        self._process.join(5)
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    """A worker's life: take a function, run it, answer; ends when the pipe does."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    give_back()
    for reader in _READERS:
        import_module(reader, __package__)
    _quieted()
    try:
        pipe.send(True)
    except OSError:
        return
    while True:
        try:
            fn, args, kwargs, memory, with_body = pipe.recv()
            if with_body:
                args = (pipe.recv_bytes(), *args)
        except (EOFError, OSError):
            return
        bound(memory + BACKSTOP)
        try:
            ok, value = True, fn(*args, **kwargs)
        except MemoryError:
            ok, value = False, _TOO_MUCH
        except Exception as e:
            ok, value = False, f"{type(e).__name__}: {e}"
        args = ()
        most = held(None, "VmHWM")
        if most > memory:
            ok, value = False, _TOO_MUCH
        try:
            pipe.send((ok, value, most > USUAL or held(None, "VmRSS") > WORN))
        except MemoryError:
            return
        except (OSError, ValueError):
            return


def _quieted() -> None:
    """From now on nothing that readers, or the libraries below them, say of hostile bytes comes between the lines
    of our log."""
    logging.disable(logging.CRITICAL)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
