"""The process pool for hostile bytes: spawned on first need, killed past its deadline.

A page that makes a parser run for ever costs one worker process, never the loop.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: A usual page takes 10 to 30 ms, the longest of 181 real ones 150 ms; the
#: first call of a worker also imports the extractors (0.6 s, more on a loaded machine).
DEADLINE = 20.0


class ParseFailed(Exception):
    """The bytes could not be read within the deadline, or the reader failed on them."""


class Parser:
    """Runs pure functions on hostile bytes in worker processes. Close it with `aclose`."""

    def __init__(self, workers: int | None = None, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._count = workers or max(1, os.cpu_count() or 1)
        self._idle: asyncio.LifoQueue[_Worker | None] | None = None
        self._all: set[_Worker] = set()

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns; ParseFailed where it raised, crashed or ran too long."""
        if self._idle is None:
            self._idle = asyncio.LifoQueue()
            for _ in range(self._count):
                self._idle.put_nowait(None)
        worker = await self._idle.get()
        try:
            if worker is None:
                worker = self._hire()
                self._all.add(worker)
            ok, value = await asyncio.to_thread(worker.run, (fn, args, kwargs), self._deadline)
        except BaseException:
            self._discard(worker)
            worker = None
            raise
        finally:
            self._idle.put_nowait(worker if worker is not None and worker.alive else None)
        if not ok:
            if not worker.alive:
                self._discard(worker)
            raise ParseFailed(str(value))
        result: T = value
        return result

    def _hire(self) -> _Worker:
        """A worker that has nothing to do."""
        return _Worker()

    def _discard(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.kill()
            self._all.discard(worker)

    async def aclose(self) -> None:
        """Ends all workers."""
        for worker in list(self._all):
            self._discard(worker)


class _Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.alive = True

    def run(self, work: Any, deadline: float) -> tuple[bool, Any]:
        """(True, result) or (False, why). Past the deadline the process is killed."""
        try:
            self._pipe.send(work)
            if not self._pipe.poll(deadline):
                self.kill()
                return False, f"not read within {deadline:.0f} s"
            answer: tuple[bool, Any] = self._pipe.recv()
            return answer
        except (EOFError, OSError):
            self.kill()
            return False, "the reading process died"

    def kill(self) -> None:
        self.alive = False
        self._process.kill()
        self._process.join(5)
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    """A worker's life: take a function, run it, answer; ends when the pipe does."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    while True:
        try:
            fn, args, kwargs = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[bool, Any] = (True, fn(*args, **kwargs))
        except Exception as e:
            answer = (False, f"{type(e).__name__}: {e}")
        try:
            pipe.send(answer)
        except (OSError, ValueError):
            return
