"""A database as one file, with all but its secrets: always a SQLite file, whatever it was taken of.

Made beside its place and renamed, so that a backup that broke off is none, and the one before it stays.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError, UsageError
from ..units import rfc3339
from . import Store, meta, upgrade
from .copying import copy_rows, without_secrets
from .dialect import file_engine, meaning
from .left_copies import CopyKind, remember
from .seal import seal
from .verify import verify

#: meta, in a backup alone: when it was taken.
TAKEN_AT = "backup_taken_at"
#: Pages in one step of the copy: 8 MB, so that its progress is seen and Ctrl-C heard.
_PAGES = 2000

Step = Callable[[int, int], None]
Say = Callable[[str], None]


def back_up(
    store: Store, target: Path, *, replace: bool = False, step: Step = lambda *_: None, say: Say
) -> int:
    """The size in bytes of the backup that stands at `target` now, checked, readable by its owner alone.

    It is of one moment, whatever is written meanwhile. UsageError where the place is taken, and not
    `replace`; StoreError where the database does not verify: such a backup could not be restored.
    """
    _check_place(store, target, replace=replace)
    part = target.with_name(f".{target.name}.part")
    now = store.clock()
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if store.path is not None:
            copy_file(store.path, part, step)
        else:
            _copy_server(store, part, step)
        say("checking it …")
        _finish(part, lambda conn: meta.put(conn, TAKEN_AT, rfc3339(now)))
        size = part.stat().st_size
        if target.exists() and not replace:
            raise _taken(target)
        settle(part, target)
    except (sqlite3.Error, SQLAlchemyError) as e:
        raise StoreError(f"no backup was made: {meaning(e, store.name)}") from e
    except OSError as e:
        raise StoreError(f"no backup was made: {e.filename or target}: {e.strerror}") from e
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    try:
        store.write(lambda conn: remember(conn, CopyKind.BACKUP, target, now))
    except StoreError as e:
        raise StoreError(
            f"{target} was made and checked, but not noted in the database: {e}"
        ) from e
    return size


def _check_place(store: Store, target: Path, *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}")
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file in it")
    if target.exists() and store.path is not None and target.samefile(store.path):
        raise UsageError(f"{target} is the database itself")
    if target.exists() and not replace:
        raise _taken(target)


def _taken(target: Path) -> UsageError:
    return UsageError(f"{target} is there already: name another file, or say --replace")


def copy_file(source: Path, target: Path, step: Step = lambda *_: None) -> None:
    """Copies a SQLite database into a file, as it is at one moment; the source is not written to."""
    uri = source.absolute().as_uri() + "?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)) as there,
        closing(sqlite3.connect(target, isolation_level=None)) as here,
    ):
        # A transaction that reads all the while: else each write beside it begins the copy anew.
        there.execute("BEGIN")
        there.execute("SELECT count(*) FROM sqlite_master").fetchone()
        there.backup(here, pages=_PAGES, progress=lambda _, left, total: step(total - left, total))
        here.execute("PRAGMA journal_mode=DELETE")


def _copy_server(store: Store, part: Path, step: Step) -> None:
    engine = file_engine(part)
    try:
        with engine.connect() as here, store.read() as there, here.begin():
            upgrade.create(here)
            copy_rows(there, here, step)
    finally:
        engine.dispose()


def _finish(part: Path, mark: Callable[[Connection], None]) -> None:
    """Takes the secrets out of a copy, marks it, and checks all that is in it."""
    engine = file_engine(part)
    try:
        with engine.connect() as conn, conn.begin():
            without_secrets(conn)
            mark(conn)
        vacuum(part)
        seal(part)
        with engine.connect() as conn, conn.begin():
            faults = verify(conn)
    finally:
        engine.dispose()
    if faults:
        raise StoreError(
            f"no backup was made, since what is stored does not verify: {faults[0]}"
            + (f" (and {len(faults) - 1} more: postwatch verify)" if len(faults) > 1 else "")
        )


def vacuum(path: Path) -> None:
    """Writes a SQLite file anew, without what was deleted from it."""
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as conn:
        conn.execute("VACUUM")


def settle(part: Path, target: Path) -> None:
    """Gives a finished file its name, for good: a power cut leaves the old one or the new."""
    synced(part)
    part.replace(target)
    synced(target.parent)


def synced(place: Path) -> None:
    """Returns once a file, or a folder's names, are on the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
