"""The store: one database, many readers, one writer that groups commits.

`Store.open` says whether a database can be used at all; `read` gives a connection that sees one moment
and cannot write; `write` and `awrite` return after COMMIT. The rows' own modules (posts, events, …)
take the connection. Times stand in the tables as microseconds since 1970 UTC (columns.py).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreBusy, StoreError
from . import locks, opening, server, upgrade
from .dialect import (
    meaning,
    parsed,
    reading_engine,
    shown,
    sqlite_path,
    writing_engine,
)
from .standing import Standing
from .writer import Writer

T = TypeVar("T")

#: Seconds between two tries to have a server's lock.
_AGAIN = 0.2


class Store:
    """An open database. `created`, `backup` and `upgraded_from` say what opening it did."""

    def __init__(
        self,
        url: str,
        parts: URL,
        *,
        clock: Callable[[], datetime],
        writing: Engine,
        created: bool = False,
        backup: Path | None = None,
        upgraded_from: str | None = None,
    ) -> None:
        self.url = url
        self.path = sqlite_path(parts)
        self.name = shown(parts)  #: as messages name it: no password
        self.clock = clock
        self.created = created
        self.backup = backup
        self.upgraded_from = upgraded_from
        self._parts = parts
        self._writing = writing
        self._reading = reading_engine(parts)
        self._file = Standing(self.path) if self.path is not None else None
        self._checks_as: str | None = None
        if self.path is None:
            event.listen(writing, "connect", self._connected)
        self._writer = Writer(writing, self.name, self.path, self._file)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        create: bool = False,
        upgrade: bool = False,
        clock: Callable[[], datetime],
    ) -> Store:
        """The store at `url`, at the newest schema.

        `create` makes a missing SQLite file or PostgreSQL tables; `upgrade` migrates an older schema,
        after a backup beside a SQLite file. StoreMissing where there is none and not `create`;
        StoreError where it is damaged, newer, unreachable or not ours to write, StoreForeign where it is
        another user's: it stays untouched.
        """
        parts = parsed(url)
        name, path = shown(parts), sqlite_path(parts)
        if path is not None:
            opening.check_owner(path)
            revision = opening.sqlite_revision(path)
            if revision is None and not create:
                raise opening.missing(name, file=not path.exists())
            opening.check_folder(path)
            if revision is None:
                opening.check_unused(path)
        writing = writing_engine(parts)
        try:
            if path is None:
                revision = opening.postgresql_revision(writing, name)
            created, backup, before = _made_current(
                writing, name, path, revision, create=create, migrate=upgrade
            )
        except BaseException:
            writing.dispose()
            raise
        return cls(
            url,
            parts,
            clock=clock,
            writing=writing,
            created=created,
            backup=backup,
            upgraded_from=before,
        )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection in a transaction that sees one moment of the database and cannot write."""
        try:
            if self._file is not None:
                self._file.check()
            with self._reading.connect() as conn, conn.begin():
                yield conn
        except SQLAlchemyError as e:
            raise meaning(e, self.name) from e

    def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returned, once the transaction it ran in is committed; needs no event loop.

        What `fn` raises is raised here, and undone alone; an error of the database is a StoreError.
        """
        return self._writer.submit(fn).result()

    async def awrite(self, fn: Callable[[Connection], T], *, short: bool = False) -> T:
        """`write` for the event loop. For a `short` one of a file the loop may stand still a moment (`Writer.hold`)."""
        import asyncio

        hold = short and self.path is not None and self._writer.may_hold
        future = self._writer.submit(fn)
        if hold:
            self._writer.hold(future)
        return await asyncio.wrap_future(future)

    @contextmanager
    def lock(self, who: str = "", *, wait: bool = False) -> Iterator[None]:
        """Held by the one process that checks with this database; StoreBusy where another has it, and names
        it where it said `who` it is."""
        held = (
            locks.checking(self.path, wait=wait, who=who)
            if self.path is not None
            else self._held_by_writer(wait=wait, who=who)
        )
        with held as ours:
            if not ours:
                raise busy(self.name, self.path) if self.path is not None else self._in_use()
            yield

    @contextmanager
    def _held_by_writer(self, *, wait: bool, who: str) -> Iterator[bool]:
        """The lock is the writing connection's: they go together, and none is written without it."""
        pause = threading.Event()
        while not (got := self.write(lambda conn: server.take_check(conn, who=who))) and wait:
            pause.wait(_AGAIN)  # not in the transaction: whoever has it must be able to write
        self._checks_as = who if got else None
        try:
            yield got
        finally:
            self._checks_as = None
            if got:
                with suppress(StoreError):
                    self.write(server.give_check)

    def _connected(self, dbapi: Any, record: object) -> None:
        """A new writing connection, where the server was started anew, say: the lock comes first."""
        if self._checks_as is not None and not server.take_check_again(dbapi, self._checks_as):
            raise self._in_use()

    def _in_use(self) -> StoreBusy:
        with self.read() as conn:
            by = server.checkers(conn)
        return StoreBusy(f"{busy(self.name, None)}{f': {several(by)}' if by else ''}")

    async def aread(self, fn: Callable[[Connection], T], *, long: bool = False) -> T:
        """What a function reads. Of a server in a thread, since it may take its time; a file answers a short
        question sooner than a thread is woken, which waits for the interpreter at each row."""
        if self.path is not None and not long:
            return self._read(fn)
        import asyncio

        return await asyncio.to_thread(self._read, fn)

    def _read(self, fn: Callable[[Connection], T]) -> T:
        with self.read() as conn:
            return fn(conn)

    def behind(self, fence: Callable[[Connection], None]) -> Store:
        """The same database for whoever may write no longer once `fence` raises: it is asked first in each
        of their functions, in its transaction. Closing it closes nothing."""
        return _Fenced(self, fence)

    def close(self) -> None:
        """Writes what is queued and lets go of the database."""
        self._writer.close()
        self._reading.dispose()
        self._writing.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Fenced(Store):
    """A store as one may use it who is to be kept from writing at some time."""

    def __init__(self, store: Store, fence: Callable[[Connection], None]) -> None:
        self.__dict__.update(store.__dict__)
        self._fence = fence

    def write(self, fn: Callable[[Connection], T]) -> T:
        return super().write(self._fenced(fn))

    async def awrite(self, fn: Callable[[Connection], T], *, short: bool = False) -> T:
        return await super().awrite(self._fenced(fn), short=short)

    def _fenced(self, fn: Callable[[Connection], T]) -> Callable[[Connection], T]:
        def fenced(conn: Connection) -> T:
            self._fence(conn)
            return fn(conn)

        return fenced

    def close(self) -> None:
        """Leaves all as it is: others use it."""


def several(names: Sequence[str]) -> str:
    """`postwatch run`, or `2 × postwatch worker`, of names that may stand there more than once."""
    many = Counter(names)
    return ", ".join(f"{n} × {name}" if n > 1 else name for name, n in sorted(many.items()))


def busy(name: str, path: Path | None) -> StoreBusy:
    """What is said where another process checks with a database."""
    by = locks.checker(path) if path is not None else ""
    return StoreBusy(f"another process is checking with {name}{f': {by}' if by else ''}")


def _made_current(
    engine: Engine,
    name: str,
    path: Path | None,
    revision: str | None,
    *,
    create: bool,
    migrate: bool,
) -> tuple[bool, Path | None, str | None]:
    """Brings the database to the newest schema: (made anew, backup, revision before)."""
    if revision is None:
        if not create:
            raise opening.missing(name, file=False)
        return opening.create(engine, name, path), None, None
    opening.refuse_newer(revision, name)
    if revision == upgrade.head():
        return False, None, None
    if not migrate:
        raise StoreError(
            f"the database {name} has an older schema ({revision}, now {upgrade.head()}):"
            " run `postwatch db upgrade`"
        )
    backup = opening.back_up(path) if path is not None else None
    opening.migrate(engine, name, path)
    return False, backup, revision
