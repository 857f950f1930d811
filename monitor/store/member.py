"""A process's place among those of a cluster: locks on one connection of its own, which must answer.

A thread asks it every second. Where the process is killed, the server lets go of all it held at once; where
it is paused, cut off or its machine dies, after LOST. Before that it is not `sure` of anything any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreBusy, StoreError
from . import Store, server, several
from .dialect import lasting_engine, meaning, parsed

T = TypeVar("T")

#: Seconds between two questions; and since the last answer, until the server lets go of what is held.
EVERY, LOST = 1.0, 10
#: Seconds since an answer for which we are sure that nobody else has what we hold. What is begun at their
#: end is over long before LOST.
SURE = 6.0


def since_boot() -> float:
    """Seconds on a clock that only runs, also while this machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class Member:
    """A place in the cluster of a database. After `lost` it is of no use: another one is to be taken."""

    def __init__(self, store: Store, on_lost: Callable[[], None] = lambda: None) -> None:
        self._name = store.name
        # What is sent and not confirmed for so many milliseconds ends the connection on our side too.
        self._engine = lasting_engine(parsed(store.url), tcp_user_timeout=int(SURE * 1000))
        self._conn: Connection | None = None
        self._turn = threading.Lock()
        self._left = threading.Event()
        self._on_lost = on_lost
        self._answered = 0.0
        self.lost = False

    def join(self) -> None:
        """Takes the place; StoreBusy where a process that must be alone works with the database."""
        try:
            conn = self._engine.connect()
            try:
                began = since_boot()
                conn.execute(text(f"SET idle_session_timeout = '{LOST}s'"))
                if not server.take_check(conn, shared=True, who="worker"):
                    by = several(server.checkers(conn))
                    said = f"another process is checking with {self._name}"
                    raise StoreBusy(f"{said}: {by}. It must end before workers begin")
            except BaseException:
                conn.close()
                raise
        except SQLAlchemyError as e:
            raise meaning(e, self._name) from e
        self._conn, self._answered = conn, began
        threading.Thread(target=self._ask, name="postwatch-member", daemon=True).start()

    def sure(self) -> bool:
        """Whether all that we hold is still ours."""
        return not self.lost and since_boot() - self._answered < SURE

    def hold(self, name: str, *, wait: bool = False) -> bool:
        """Takes a lock until we leave; False where another member has it and we do not `wait`. StoreError where
        the place is lost."""
        return self._on_connection(lambda conn: server.hold(conn, name, wait=wait))

    def let_go(self, name: str) -> None:
        """Gives a lock back; nothing where the place is lost, and with it all that was held."""
        with suppress(StoreError):
            self._on_connection(lambda conn: server.let_go(conn, name))

    def is_held(self, name: str) -> bool:
        """Whether another member has a lock. StoreError where the place is lost."""
        return self._on_connection(lambda conn: server.is_held(conn, name))

    def ahead(self, now: float) -> float:
        """By how many seconds a clock that says `now` (since 1970) is ahead of the server's."""
        asked = text("SELECT extract(epoch FROM clock_timestamp())")
        return now - self._on_connection(lambda conn: float(conn.execute(asked).scalar_one()))

    def leave(self) -> None:
        """Lets go of all that is held."""
        self._left.set()
        with self._turn:
            if self._conn is not None:
                with suppress(SQLAlchemyError):  # not when the server finds time to end the session
                    self._conn.execute(text("SELECT pg_advisory_unlock_all()"))
                self._conn.close()
                self._conn = None
        self._engine.dispose()

    def _on_connection(self, fn: Callable[[Connection], T]) -> T:
        with self._turn:
            if self._conn is None or self.lost:
                raise StoreError(f"the place among the workers of {self._name} is lost")
            try:
                return fn(self._conn)
            except SQLAlchemyError as e:
                self._end()
                raise meaning(e, self._name) from e

    def _ask(self) -> None:
        while not self._left.wait(EVERY):
            asked = since_boot()
            with self._turn:
                if self._conn is None or self.lost:
                    return
                try:
                    self._conn.execute(text("SELECT 1"))
                    self._answered = asked
                except SQLAlchemyError:
                    self._end()

    def _end(self) -> None:
        self.lost = True
        self._on_lost()
