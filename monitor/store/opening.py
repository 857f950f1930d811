"""What a database is before it is used: missing, foreign, damaged, older, newer or ours.

A SQLite file is looked at through a read-only connection first, so that one we cannot use stays
untouched. Nothing here keeps a connection.
"""

from __future__ import annotations

import os
import pwd
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError, StoreForeign, StoreMissing
from . import locks, upgrade
from .dialect import first_line, meaning

#: Files up to this size get a whole quick_check at each opening (about 0.1 s for 64 MiB); above it the
#: header is compared with the file's length, and `verify` does the rest.
CHECKED_WHOLE = 64 * 2**20

_MAGIC = b"SQLite format 3\0"


def check_owner(path: Path) -> None:
    """StoreForeign where a SQLite file belongs to another user than the one who runs this: the locks,
    marks and backups that we lay beside it would be ours, and its owner's daemon could not open them."""
    try:
        owner = path.stat().st_uid
    except OSError:  # none there, or none that we may see: said by who reads it
        return
    if owner != os.geteuid():
        name = _user(owner)
        raise StoreForeign(
            f"the database {path} belongs to {name or f'user {owner}'}, and you are"
            f" {_user(os.geteuid()) or f'user {os.geteuid()}'}",
            owner=name or f"#{owner}",
        )


def _user(number: int) -> str:
    """A user's name; "" where there is none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""


def sqlite_revision(path: Path) -> str | None:
    """The revision of a SQLite file; None where it is missing or empty.

    StoreError where it is damaged, another program's, or cannot be read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as f:
            start = f.read(100)
    except FileNotFoundError:
        return None
    except OSError as e:
        raise StoreError(f"the database {path} cannot be read: {e.strerror}") from e
    if not size:
        return None
    if not start.startswith(_MAGIC):
        raise StoreError(f"the database {path} is not a database (SQLite: file is not a database)")
    try:
        with closing(_read_only(path)) as conn:
            return _sound_revision(conn, path, size)
    except sqlite3.Error as e:
        if os.statvfs(path).f_flag & os.ST_RDONLY:
            raise StoreError(
                f"the database {path} cannot be used: its disk is mounted read-only"
            ) from e
        raise meaning(e, str(path)) from e


def _read_only(path: Path) -> sqlite3.Connection:
    # A rollback journal left by a kill (amid the change to WAL of a file just put there) has to be played
    # back before the file can be read at all: that alone is done, and takes a connection that may write.
    mode = "rw" if Path(f"{path}-journal").exists() else "ro"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)


def _sound_revision(conn: sqlite3.Connection, path: Path, size: int) -> str | None:
    names = {n for (n,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if size <= CHECKED_WHOLE:
        fault = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise StoreError(f"the database {path} is damaged: {str(fault).splitlines()[-1]}")
    elif not Path(f"{path}-wal").exists():
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        if size < pages * conn.execute("PRAGMA page_size").fetchone()[0]:
            raise StoreError(f"the database {path} is damaged: its end is missing")
    if "alembic_version" not in names or "events" not in names:
        if names - {"sqlite_sequence", "alembic_version"}:
            raise StoreError(f"the database {path} belongs to another program")
        return None
    row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise StoreError(f"the database {path} does not say which schema it has")
    return str(row[0])


def postgresql_revision(engine: Engine, name: str) -> str | None:
    """The revision of a PostgreSQL database; None where it has no tables of ours."""
    try:
        with engine.connect() as conn:
            found = upgrade.current(conn)
            if found is None and inspect(conn).has_table("events"):
                raise StoreError(f"the database {name} belongs to another program")
            return found
    except SQLAlchemyError as e:
        raise meaning(e, name) from e


def missing(name: str, *, file: bool) -> StoreMissing:
    """What a command that only reads says where there is no database."""
    there = f"there is no database {name}" if file else f"the database {name} has no tables yet"
    return StoreMissing(f"{there}: `postwatch init` makes one")


def refuse_newer(revision: str, name: str) -> None:
    """StoreError where the database was written by a newer program."""
    if revision not in upgrade.revisions():
        raise StoreError(
            f"the database {name} was written by a newer postwatch (schema {revision}, this one knows"
            f" {upgrade.head()}): install that one"
        )


def check_unused(path: Path) -> None:
    """StoreError where a database is not there and was a moment ago: a process uses it, or its WAL is left.
    A new one in its place would be taken for it, and would destroy what the WAL still holds."""
    if path.exists() and path.stat().st_size:
        return
    if locks.held(path):
        by = locks.checker(path) or "another process"
        raise StoreError(
            f"the database {path} is gone, and {by} uses it: none was made in its place"
        )
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        raise StoreError(
            f"there is no database {path}, but there is {wal}: it was moved or deleted without that. Put it"
            " back; none was made in its place"
        )


def check_folder(path: Path) -> None:
    """StoreError where a SQLite file could not be made or written there."""
    parent = path.parent
    if not parent.is_dir():
        raise StoreError(f"the database {path} cannot be made: there is no folder {parent}")
    if path.exists() and not _allowed(path, os.W_OK):
        raise StoreError(f"the database {path} cannot be written: permission denied")
    if not _allowed(parent, os.W_OK | os.X_OK):
        raise StoreError(
            f"the database {path} cannot be used: its folder {parent} is not ours to write"
        )


def _allowed(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def create(engine: Engine, name: str, path: Path | None) -> bool:
    """Makes the tables; False where another process made them first."""
    try:
        with locks.turn(path), engine.connect() as conn, conn.begin():
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": upgrade.SCHEMA_LOCK})
            if upgrade.current(conn) is not None:
                return False
            upgrade.create(conn)
            return True
    except SQLAlchemyError as e:
        raise meaning(e, name) from e


def migrate(engine: Engine, name: str, path: Path | None) -> None:
    """Migrates to the newest schema; StoreError in one line where it fails, and nothing has changed."""
    try:
        with locks.turn(path):
            upgrade.upgrade(engine)
    except StoreError:
        raise
    except SQLAlchemyError as e:
        raise meaning(e, name) from e
    except Exception as e:
        raise StoreError(f"the database {name} could not be upgraded: {first_line(e)}") from e


def back_up(path: Path) -> Path:
    """A checked copy beside a SQLite file, made by the online backup: FILE.before-REV.bak.

    An earlier copy of that name is never overwritten; the new one gets a number.
    """
    wanted = Path(f"{path}.before-{upgrade.head()}.bak")
    target, n = wanted, 1
    while target.exists():
        n += 1
        target = wanted.with_name(f"{wanted.name[:-4]}.{n}.bak")
    part = Path(f"{target}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(_read_only(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            if copy.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreError(f"the copy of {path} is damaged: {part}")
        with part.open("rb") as f:
            os.fsync(f.fileno())
        part.chmod(path.stat().st_mode & 0o777)
        part.rename(target)
    except (sqlite3.Error, OSError) as e:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"no backup of {path} could be made, nothing was changed: {first_line(e)}"
        ) from e
    return target
