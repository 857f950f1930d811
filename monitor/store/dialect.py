"""Where SQLite and PostgreSQL differ: engines, pragmas, upserts, and what an error of theirs means.

Two engines a database: many reading connections that cannot write, and one writing connection. SQLite
before 3.51.3 can damage a WAL that two connections reset at once, so within a process one thread writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    QueuePool,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ..errors import StoreError, StoreFull
from . import locks

#: Asserted on every connection; what SQLite answers when asked. `synchronous` 2 is FULL: with NORMAL
#: a power cut may roll back commits in WAL mode (sqlite.org/pragma.html#pragma_synchronous).
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": int(locks.PATIENCE * 1000),
    "foreign_keys": 1,
}

#: KiB of pages that who writes has at hand, and pages of the log after which they are put into the file (SQLite's own: 2
#: MiB, 1000). The rows of a site's posts lie among those of others: a pass over 2,700 posts writes the same 2,100 pages
#: three times over, and read them again as often.
WRITERS_CACHE, CHECKPOINT = 8192, 4000

#: Of one execution: rows come as they are asked for, not all at once. Set on a connection it would stay there, and
#: PostgreSQL takes no INSERT so.
STREAMED = {"stream_results": True}

#: Seconds to wait for a PostgreSQL server to answer at all.
CONNECT_TIMEOUT = 10


def parsed(url: str) -> URL:
    """The URL with its driver named; StoreError where it is no database of ours."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise StoreError("the database URL cannot be read") from None
    backend = parts.get_backend_name()
    if backend == "postgresql":
        return parts.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"{backend} is no database postwatch knows: sqlite or postgresql+psycopg")
    if not parts.database or parts.database == ":memory:":
        raise StoreError("the database URL names no file")
    return parts.set(drivername="sqlite+pysqlite", query={})


def shown(url: URL) -> str:
    """How messages name the database: the file, or the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def writing_engine(url: URL) -> Engine:
    """An engine of one connection whose transactions take the write lock at once (BEGIN IMMEDIATE)."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1, max_overflow=0)
    return _postgresql_engine(url, pool_size=1, max_overflow=0)


def reading_engine(url: URL) -> Engine:
    """An engine whose transactions see one moment of the database and refuse to write."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, begin="BEGIN", query_only=True, pool_size=4, max_overflow=60)
    engine = _postgresql_engine(url, pool_size=4, max_overflow=16)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def lasting_engine(url: URL, who: str = "", **options: str | int) -> Engine:
    """A PostgreSQL engine for a connection that holds locks, outside any transaction; the server shows it as
    `postwatch who`."""
    named = {"application_name": f"postwatch {who}".strip()}
    engine = create_engine(url, poolclass=NullPool, connect_args={**_CONNECT, **named, **options})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


#: TCP keepalives let a lock or a hung read end within minutes when the server's machine dies.
_CONNECT = {"connect_timeout": CONNECT_TIMEOUT, "keepalives_idle": 60, "keepalives_interval": 20}


def _postgresql_engine(url: URL, **pool: int) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, connect_args=_CONNECT, **pool)
    except (ImportError, NoSuchModuleError):
        raise StoreError("PostgreSQL needs psycopg: pip install 'postwatch[postgresql]'") from None


def _sqlite_engine(url: URL, *, begin: str, query_only: bool = False, **pool: int) -> Engine:
    # Who only reads makes no file, not even an empty one in the place of one that was taken away.
    mode = "rw" if query_only else "rwc"
    file = f"{Path(str(url.database)).absolute().as_uri()}?mode={mode}"
    engine = create_engine(
        url,
        poolclass=QueuePool,
        creator=lambda: sqlite3.connect(file, uri=True, check_same_thread=False),
        **pool,
    )

    @event.listens_for(engine, "connect")
    def connect(dbapi: sqlite3.Connection, record: object) -> None:
        # The driver begins late and only before some statements; we begin ourselves (`begin` below).
        dbapi.isolation_level = None
        prepare(dbapi)
        if query_only:
            dbapi.execute("PRAGMA query_only=ON")
        else:
            dbapi.execute(f"PRAGMA cache_size={-WRITERS_CACHE}")
            dbapi.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        conn.exec_driver_sql(begin)

    return engine


def file_engine(path: Path) -> Engine:
    """An engine over a SQLite file that nobody else has open, such as a backup: one file, whose deleted
    rows are overwritten."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def connect(dbapi: sqlite3.Connection, record: object) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=DELETE", "synchronous=FULL", "secure_delete=ON"):
            dbapi.execute(f"PRAGMA {pragma}")
        dbapi.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def prepare(dbapi: sqlite3.Connection) -> None:
    """Sets PRAGMAS on one connection; StoreError where one does not take."""
    # First the patience: turning WAL on takes a lock.
    for name in ("busy_timeout", "journal_mode", "synchronous", "foreign_keys"):
        dbapi.execute(f"PRAGMA {name}={PRAGMAS[name]}")
        found = dbapi.execute(f"PRAGMA {name}").fetchone()[0]
        if found != PRAGMAS[name]:
            raise StoreError(f"SQLite did not take {name}={PRAGMAS[name]}: it says {found}")


def upsert(
    conn: Connection,
    table: Table,
    rows: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    key: Sequence[str],
    *,
    update: bool = True,
) -> None:
    """Inserts the rows; one whose `key` is there already replaces that row's columns, or is let be."""
    many = [rows] if isinstance(rows, Mapping) else list(rows)
    if not many:
        return
    made = _upsert(conn.dialect.name, table, tuple(many[0]), tuple(key), update)
    conn.execute(made, dict(many[0]) if isinstance(rows, Mapping) else [dict(r) for r in many])


@cache
def _upsert(
    dialect: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...], update: bool
) -> Any:
    """The statement, made once: to build one costs more than to run it."""
    insert = _insert(dialect)(table)
    if not update:
        return insert.on_conflict_do_nothing(index_elements=list(key))
    return insert.on_conflict_do_update(
        index_elements=list(key),
        set_={c: insert.excluded[c] for c in columns if c not in key},
    )


def _insert(dialect: str) -> Any:
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert


#: What SQLite's result codes mean for the reader of the message (sqlite.org/rescode.html).
_SQLITE = {
    "SQLITE_BUSY": "is locked by another program",
    "SQLITE_LOCKED": "is locked by another program",
    "SQLITE_FULL": "cannot grow: the disk is full",
    "SQLITE_READONLY": "cannot be written: it or its folder is read-only",
    "SQLITE_CORRUPT": "is damaged (database disk image is malformed)",
    "SQLITE_NOTADB": "is not a database (SQLite: file is not a database)",
    "SQLITE_IOERR": "cannot be read or written (disk I/O error)",
    "SQLITE_CANTOPEN": "cannot be opened: it or its folder is missing or not ours to write",
    "SQLITE_PERM": "cannot be opened: permission denied",
}


def meaning(error: BaseException, name: str) -> StoreError:
    """The StoreError, in one line, for an error of SQLAlchemy or of a driver; a StoreError is itself."""
    if isinstance(error, StoreError):
        return error
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, StoreError):
        return cause
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorname", "") or ""
        for prefix, words in _SQLITE.items():
            if code.startswith(prefix):
                kind = StoreFull if prefix == "SQLITE_FULL" else StoreError
                return kind(f"the database {name} {words}")
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str) or type(cause).__module__.startswith("psycopg"):
        kind = StoreFull if state == "53100" else StoreError
        return kind(f"the database {name} {_postgresql_words(state, cause)}")
    if isinstance(error, SQLAlchemyError):
        return StoreError(f"the database {name} failed: {first_line(cause or error)}")
    return StoreError(f"the database {name}: {first_line(error)}")


def _postgresql_words(state: str | None, cause: BaseException | None) -> str:
    # Class and code: postgresql.org/docs/current/errcodes-appendix.html
    if state is None or state.startswith(("08", "57P")):
        return f"cannot be reached: {first_line(cause)}"
    if state == "53100":
        return "cannot grow: the server's disk is full"
    if state == "55P03":
        return "is locked by another program"
    if state == "25006":
        return "cannot be written: the server is read-only"
    if state.startswith("28") or state == "42501":
        return f"refuses us: {first_line(cause)}"
    if state.startswith("XX"):
        return f"is damaged: {first_line(cause)}"
    return f"failed: {first_line(cause)}"


def first_line(error: BaseException | None) -> str:
    """The first line that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
