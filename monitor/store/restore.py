"""A backup made the database again. What is there already is moved aside, whole, and nothing is lost.

The backup is copied and checked first: it is only read, and what stands in the database's place stays
there until all is ready. What a restored database begins with is said by who restores (run/restoring.py).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreBusy, StoreError, UsageError
from . import Store, backup, busy, locks, opening, upgrade
from .copying import without_secrets
from .dialect import file_engine, meaning, parsed, shown, sqlite_path
from .present import Present, full, in_file
from .restore_server import take_in
from .seal import broken, unseal
from .verify import verify

#: Seconds that who reads the database meanwhile is waited for.
_READERS = 2.0

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
    opening.check_owner(path)
    opening.check_folder(path)
    with locks.checking(path, wait=False, who="db restore") as ours:
        if not ours:
            raise StoreBusy(f"{busy(name, path)}: stop it first")
        present = in_file(path)
        place = _beside(path, now)
        if present.holds and not aside:
            raise full(name, present, f"{place}")
        part = path.with_name(f".{path.name}.restored")
        try:
            _prepared(file, part, step, say, lambda conn: begin(conn, present))
            with locks.turn(path):
                _swap(part, path, place if path.exists() and present.holds else None)
        except OSError as e:
            why = f"{e.filename or path}: {e.strerror}"
            if not part.exists():  # it stands there by its name
                raise StoreError(
                    f"the backup was restored, but a power cut might undo it: {why}"
                ) from e
            raise StoreError(f"nothing was restored: {why}") from e
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
        harmed = broken(part)
        unseal(part)
        with engine.connect() as conn:
            revision = upgrade.current(conn)
        if revision != upgrade.head():
            say(f"upgrading it from {revision} …")
            opening.migrate(engine, str(file), None)
        say("checking it …")
        with engine.connect() as conn, conn.begin():
            faults = [*verify(conn), *harmed]
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


def _beside(path: Path, now: datetime) -> Path:
    """A name for what is moved aside that nothing has yet."""
    wanted = Path(f"{path}.aside-{now:%Y%m%dT%H%M%SZ}")
    place, n = wanted, 1
    while place.exists():
        n += 1
        place = wanted.with_name(f"{wanted.name}.{n}")
    return place


def _swap(part: Path, path: Path, place: Path | None) -> None:
    """Puts a file in a database's place; what stood there is `place` from now on. There is a database at
    every moment between, and all that was committed to the old one is in `place` before its WAL goes."""
    wal, shm = Path(f"{path}-wal"), Path(f"{path}-shm")
    if path.exists() and path.stat().st_size:
        # A page that is being read is waited for, since until then the WAL can't be emptied.
        with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=_READERS)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if path.exists():
        part.chmod(path.stat().st_mode & 0o777)
    backup.synced(part)
    if place is not None:
        if wal.exists() and wal.stat().st_size:
            # A damaged one, or one that is still read: it belongs to that file.
            _second_name(wal, Path(f"{place}-wal"))
        _second_name(path, place)
    wal.unlink(missing_ok=True)
    shm.unlink(missing_ok=True)
    backup.settle(part, path)


def _second_name(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except OSError:  # a file system that knows no second names
        shutil.copyfile(path, place)
        backup.synced(place)


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
        with Store.open(url, create=True, clock=lambda: now) as store, store.lock("db restore"):
            _prepared(file, part, lambda *_: None, say)
            source = file_engine(part)
            try:
                with source.connect() as there, there.begin():
                    return store.write(
                        lambda conn: take_in(
                            conn, there, store.name, aside=aside, now=now, begin=begin, step=step
                        )
                    )
            finally:
                source.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
