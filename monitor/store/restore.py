"""A backup made the database again. What is there already is moved aside, whole, and nothing is lost.

The backup is copied and checked first: it is only read, and what stands in the database's place stays
there until all is ready. What a restored database begins with is said by who restores (run/restoring.py).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreBusy, StoreError, UsageError
from . import Store, backup, locks, meta, opening, tables, upgrade
from .copying import NUMBERED, copy_rows, last_number, without_secrets
from .dialect import file_engine, meaning, parsed, shown, sqlite_path
from .left_copies import PREFIX
from .verify import verify


class Occupied(UsageError):
    """There is something in the database that is to be restored."""


@dataclass(frozen=True, slots=True)
class Present:
    """The database in whose place the backup comes."""

    holds: str = ""  #: what is in it, for people; "" where it is empty or there is none
    hashes: Mapping[int, str] | None = (
        None  #: of all its events, by id; None where it cannot be read
    )
    numbers: Mapping[str, int] | None = None  #: the highest number each table gave
    copies: Mapping[str, str] | None = (
        None  #: of its meta: the copies that left it (left_copies.py)
    )


#: Makes the restored rows those of a new beginning: (its connection, what stood in its place).
Begin = Callable[[Connection, Present], Any]


def restore(
    url: str,
    file: Path,
    *,
    aside: bool,
    now: datetime,
    begin: Begin,
    say: backup.Say,
    step: backup.Step = lambda *_: None,
) -> str:
    """Puts a backup in the place of the database at `url`; where that was moved to, "" for nowhere.

    StoreError where the backup is damaged, newer, or does not verify; StoreBusy where a process checks
    with the database; Occupied where there is something in it and not `aside`.
    """
    parts = parsed(url)
    name, path = shown(parts), sqlite_path(parts)
    _check_file(file, path)
    if path is None:
        return _into_server(url, file, aside=aside, now=now, begin=begin, say=say, step=step)
    opening.check_folder(path)
    with locks.checking(path, wait=False) as ours:
        if not ours:
            raise StoreBusy(f"another process is checking with {name}: stop it first")
        present = _file_now(path)
        place = _beside(path, now)
        if present.holds and not aside:
            raise _full(name, present, f"{place}")
        part = path.with_name(f".{path.name}.restored")
        try:
            _prepared(file, part, step, say, lambda conn: begin(conn, present))
            with locks.turn(path):
                _swap(part, path, place if path.exists() and present.holds else None)
        except OSError as e:
            raise StoreError(f"nothing was restored: {e.filename or path}: {e.strerror}") from e
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    return str(place) if present.holds else ""


def _check_file(file: Path, path: Path | None) -> None:
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    if path is not None and path.exists() and file.samefile(path):
        raise UsageError(f"{file} is the database itself")
    revision = opening.sqlite_revision(file)
    if revision is None:
        raise StoreError(f"{file} is no backup: it is empty")
    opening.refuse_newer(revision, str(file))


def _prepared(
    file: Path,
    part: Path,
    step: backup.Step,
    say: backup.Say,
    begin: Callable[[Connection], Any] | None = None,
) -> None:
    """A copy of a backup at the newest schema, every byte of it checked, ready to be used."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    engine = file_engine(part)
    try:
        backup.copy_file(file, part, step)
        with engine.connect() as conn:
            revision = upgrade.current(conn)
        if revision != upgrade.head():
            say(f"upgrading it from {revision} …")
            opening.migrate(engine, str(file), None)
        say("checking it …")
        with engine.connect() as conn, conn.begin():
            faults = verify(conn)
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise StoreError(f"{file} does not verify, nothing was restored: {faults[0]}{more}")
        with engine.connect() as conn, conn.begin():
            without_secrets(conn)
            if begin is not None:
                begin(conn)
    except (sqlite3.Error, SQLAlchemyError) as e:
        raise StoreError(f"nothing was restored: {meaning(e, str(file))}") from e
    finally:
        engine.dispose()


def _full(name: str, present: Present, place: str) -> Occupied:
    return Occupied(f"{name} holds {present.holds}; it would be moved to {place}, whole")


def _beside(path: Path, now: datetime) -> Path:
    """A name for what is moved aside that nothing has yet."""
    wanted = Path(f"{path}.aside-{now:%Y%m%dT%H%M%SZ}")
    place, n = wanted, 1
    while place.exists():
        n += 1
        place = wanted.with_name(f"{wanted.name}.{n}")
    return place


def _file_now(path: Path) -> Present:
    """What is in a database's file, as far as it can be read."""
    try:
        if opening.sqlite_revision(path) is None:
            return Present()
        uri = path.absolute().as_uri() + "?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as conn:
            counts = {
                table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("sites", "posts", "events", "tokens")
            }
            hashes = dict(conn.execute("SELECT id, hash FROM events").fetchall())
            numbers = dict(conn.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
            copies = dict(
                conn.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{PREFIX}*",))
            )
            looks = conn.execute("SELECT coalesce(max(id), 0) FROM observations").fetchone()[0]
    except (StoreError, sqlite3.Error):
        return Present(holds="what cannot be read")
    numbers["observations"] = max(looks, numbers.get("observations", 0))
    return Present(holds=_said(counts), hashes=hashes, numbers=numbers, copies=copies)


def _said(counts: Mapping[str, int]) -> str:
    held = [
        f"{n} {table.removesuffix('s') if n == 1 else table}" for table, n in counts.items() if n
    ]
    return ", ".join(held)


def _swap(part: Path, path: Path, place: Path | None) -> None:
    """Puts a file in a database's place; what stood there is `place` from now on. There is a database at
    every moment between."""
    wal, shm = Path(f"{path}-wal"), Path(f"{path}-shm")
    if path.exists() and path.stat().st_size:
        with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=0.5)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if path.exists():
        part.chmod(path.stat().st_mode & 0o777)
    if wal.exists() and wal.stat().st_size and place is not None:
        wal.rename(
            f"{place}-wal"
        )  # a damaged one, or one that is still read: it belongs to that file
    if place is not None:
        try:
            os.link(path, place)
        except OSError:
            path.rename(place)
    wal.unlink(missing_ok=True)
    shm.unlink(missing_ok=True)
    backup.settle(part, path)


def _into_server(
    url: str,
    file: Path,
    *,
    aside: bool,
    now: datetime,
    begin: Begin,
    say: backup.Say,
    step: backup.Step,
) -> str:
    folder = Path(tempfile.mkdtemp(prefix="postwatch-restore-"))
    try:
        part = folder / "copy"
        with Store.open(url, create=True, clock=lambda: now) as store, store.lock():
            _prepared(file, part, lambda *_: None, say)
            source = file_engine(part)
            try:
                with source.connect() as there, there.begin():
                    return store.write(
                        lambda conn: _taken_in(
                            conn, there, store.name, aside=aside, now=now, begin=begin, step=step
                        )
                    )
            finally:
                source.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _taken_in(
    conn: Connection,
    there: Connection,
    name: str,
    *,
    aside: bool,
    now: datetime,
    begin: Begin,
    step: backup.Step,
) -> str:
    """All of a restore into a server, in one transaction."""
    present = _server_now(conn)
    schema = _free_schema(conn, now)
    if present.holds:
        if not aside:
            raise _full(name, present, f"the schema {schema}")
        _move_tables(conn, schema)
        tables.metadata.create_all(conn)
    else:
        _empty(conn)
    copy_rows(there, conn, step)
    begin(conn, present)
    faults = verify(conn)
    if faults:
        raise StoreError(f"nothing was restored: in the database {name} {faults[0]}")
    return f"the schema {schema}" if present.holds else ""


def _server_now(conn: Connection) -> Present:
    counted = (tables.sites, tables.posts, tables.events, tables.tokens)
    counts = {
        t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in counted
    }
    rows = conn.execute(select(tables.events.c.id, tables.events.c.hash))
    return Present(
        holds=_said(counts),
        hashes={i: h for i, h in rows},
        numbers={t.name: last_number(conn, t) for t in NUMBERED},
        copies=meta.values(conn, PREFIX),
    )


def _free_schema(conn: Connection, now: datetime) -> str:
    """The name of a schema that there is not, beside ours."""
    ours = str(conn.execute(text("SELECT current_schema()")).scalar_one())[:30]
    there = set(conn.execute(text("SELECT nspname FROM pg_namespace")).scalars())
    wanted = f"{'postwatch' if ours == 'public' else ours}_aside_{now:%Y%m%d_%H%M%S}"
    names = (wanted, *(f"{wanted}_{n}" for n in range(2, 1000)))
    return next(name for name in names if name not in there)


def _move_tables(conn: Connection, schema: str) -> None:
    """Moves our tables, with their indexes and sequences, into a schema of their own."""
    schema = conn.dialect.identifier_preparer.quote(schema)
    conn.execute(text(f"CREATE SCHEMA {schema}"))
    for table in [*(t.name for t in tables.metadata.sorted_tables), "event_words", "post_words"]:
        conn.execute(text(f"ALTER TABLE {table} SET SCHEMA {schema}"))
    conn.execute(text(f"CREATE TABLE {schema}.alembic_version AS SELECT * FROM alembic_version"))


def _empty(conn: Connection) -> None:
    """Takes away what an empty database begins with."""
    for table in reversed(tables.metadata.sorted_tables):
        conn.execute(table.delete())
