"""Locks between processes that share one SQLite file: who checks, and who writes at this moment.

They are flocks on files beside the database: a killed process leaves none behind.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError

#: Seconds another process may write before we give up; as SQLite's own busy_timeout.
PATIENCE = 5.0
_STEP = 0.005

#: SQLite before this can damage a WAL that two connections write and reset at the same moment
#: (sqlite.org/wal.html#walresetbug).
_SAFE_SQLITE = (3, 51, 3)


@contextmanager
def checking(path: Path, *, wait: bool) -> Iterator[bool]:
    """Holds FILE.lock; yields False where another process holds it and we do not wait."""
    handle = _opened(Path(f"{path}.lock"))
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


@contextmanager
def turn(path: Path | None) -> Iterator[None]:
    """One transaction's turn to write, commit and checkpoint; StoreError after PATIENCE.

    Does nothing where the database is no file or its SQLite needs no such care.
    """
    if path is None or sqlite3.sqlite_version_info >= _SAFE_SQLITE:
        yield
        return
    handle = _opened(Path(f"{path}.write-lock"))
    try:
        pause, waited = threading.Event(), 0.0
        while not _taken(handle):
            if waited >= PATIENCE:
                raise StoreError(f"the database {path} is locked by another postwatch")
            pause.wait(_STEP)
            waited += _STEP
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as e:
        raise StoreError(f"the lock {path} cannot be opened: {e.strerror}") from e
