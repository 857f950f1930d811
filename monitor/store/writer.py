"""One thread that writes: it gathers what is queued into one transaction and commits it once.

Whatever was queued while the last commit ran is the next group; nothing waits for a clock. Each function
runs in a savepoint of its own, so that one that fails takes nothing of the others with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NestedTransaction, Transaction
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError
from .dialect import meaning
from .locks import turn
from .server import take_turn
from .standing import Standing

T = TypeVar("T")

#: Functions of one transaction. Large enough that fsync no longer counts (5 µs a row at 500 rows a
#: transaction), small enough that the write lock is given back within a second or so.
GROUP = 500
#: Seconds for which the event loop is held at most, how many times as long it then is not, and seconds for which
#: it is not after a write that took longer.
HOLD, REST, LATER = 0.025, 1, 0.25

_Job = tuple[Callable[[Connection], Any], "Future[Any]"]


class Writer:
    """The writing thread of one store; it starts with the first function."""

    def __init__(
        self, engine: Engine, name: str, path: Path | None, file: Standing | None = None
    ) -> None:
        self._engine = engine
        self._name = name
        self._path = path
        self._file = file
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._busy = False
        self._holds_from = 0.0  #: on the monotonic clock

    @property
    def may_hold(self) -> bool:
        """Whether what is submitted now is very likely begun at once, and who submits it may be held."""
        idle = not self._busy and self._jobs.empty()
        return idle and time.monotonic() >= self._holds_from

    def hold(self, future: Future[Any]) -> None:
        """Stands still until the future is done, HOLD seconds at most; then nobody is held for a while: REST times as
        long, and LATER seconds where that was not enough.

        Two threads that want the interpreter hand it over at each row that one writes: what a site's quiet pass
        leaves behind takes 5 ms, and as long again of both where the event loop goes on meanwhile. Where commits
        take their time, or others hold the file, they are gathered as ever.
        """
        since = time.monotonic()
        wait([future], HOLD)
        stood = time.monotonic() - since
        self._holds_from = since + stood + (REST * stood if future.done() else LATER)

    def submit(self, fn: Callable[[Connection], T]) -> Future[T]:
        """A future that is done once the transaction `fn` ran in has been committed, or failed."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a function of the writer waits for another one: call it instead")
        future: Future[T] = Future()
        with self._starting:
            if self._closed:
                raise StoreError(f"the database {self._name} is closed")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="postwatch-writer", daemon=True
                )
                self._thread.start()
            self._jobs.put((fn, future))
        return future

    def close(self) -> None:
        """Writes what is queued, then ends the thread."""
        with self._starting:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            group: list[_Job] = []
            job = self._jobs.get()
            while job is not None:
                if job[1].set_running_or_notify_cancel():
                    group.append(job)
                if len(group) >= GROUP:
                    break
                try:
                    job = self._jobs.get_nowait()
                except Empty:
                    break
            last = job is None
            if group:
                self._busy = True
                self._write(group)
                self._busy = False
            # Nothing of the last group outlives it: results may be large.
            del group, job

    def _write(self, group: list[_Job]) -> None:
        outcomes: list[tuple[Any, BaseException | None]] = []
        try:
            with turn(self._path):
                if self._file is not None:
                    self._file.check()
                with self._engine.connect() as conn, conn.begin() as whole:
                    take_turn(conn)
                    # One alone is the transaction. But where PostgreSQL refused a statement, and the function
                    # took no notice, a COMMIT rolls back and says nothing; the end of a savepoint tells.
                    apart = conn.dialect.name == "postgresql"
                    for fn, _ in group:
                        around = conn.begin_nested() if apart or len(group) > 1 else whole
                        outcomes.append(self._one(conn, fn, around))
            if self._file is not None:
                self._file.written()
        except BaseException as error:
            # The transaction is gone, and with it what the others wrote. A function is never run twice:
            # it may have changed more than the database.
            failure = meaning(error, self._name)
            failure.__cause__ = error
            for i, (_, future) in enumerate(group):
                own = outcomes[i][1] if i < len(outcomes) else None
                future.set_exception(own or failure)
            return
        for (_, future), (result, own) in zip(group, outcomes, strict=True):
            if own is None:
                future.set_result(result)
            else:
                future.set_exception(own)

    def _one(
        self, conn: Connection, fn: Callable[[Connection], Any], around: Transaction
    ) -> tuple[Any, BaseException | None]:
        try:
            result = fn(conn)
            if isinstance(around, NestedTransaction):
                around.commit()
        except BaseException as error:
            try:
                around.rollback()
            except SQLAlchemyError:
                # SQLite itself rolled the whole transaction back (disk full, I/O error). The cause is
                # the better message.
                raise error from None
            return None, self._told(error)
        return result, None

    def _told(self, error: BaseException) -> BaseException:
        if not isinstance(error, SQLAlchemyError):
            return error
        failure = meaning(error, self._name)
        failure.__cause__ = error
        return failure
