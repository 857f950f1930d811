"""Locks between processes that share one SQLite file: who checks, and who writes at this moment.

They are flocks on files beside the database: a killed process leaves none behind.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StoreError

#: Seconds another process may write before we give up, SQLite's own busy_timeout too: a copy of the
#: database, or a vacuum of some gigabytes, is waited for, and a person who marks an event still waits.
PATIENCE = 30.0
#: Seconds between two tries, few at first.
_STEP, _LONGEST_STEP = 0.005, 0.05


@contextmanager
def checking(path: Path, *, wait: bool, who: str = "") -> Iterator[bool]:
    """Holds FILE.lock, in which it says `who` does; yields False where another process holds it and we do
    not wait."""
    handle = _opened(Path(f"{path}.lock"))
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        with suppress(OSError):  # on a full disk it has no name, and is held all the same
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {who}".encode(), 0)
        yield True
    finally:
        os.close(handle)


def held(path: Path) -> bool:
    """Whether a process holds FILE.lock now."""
    try:
        handle = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def checker(path: Path) -> str:
    """Who holds FILE.lock, or held it last: `postwatch run (process 4711)`; "" where it does not say."""
    try:
        said = Path(f"{path}.lock").read_text(errors="replace")
    except OSError:
        return ""
    found = re.fullmatch(r"(\d+) ([a-z -]*)", said)
    return f"{f'postwatch {found[2]}'.strip()} (process {found[1]})" if found else ""


@contextmanager
def turn(path: Path | None) -> Iterator[None]:
    """One transaction's turn to write, commit and checkpoint; StoreError after PATIENCE.

    Who waits holds a place: nobody else can take the next turn, least of all the one who has just had
    this one. Without it a pass that writes and writes starved a short write beside it for ten seconds.
    SQLite's own waiting is no fairer, and before 3.51.3 two connections that write and reset a WAL at the
    same moment can damage it (sqlite.org/wal.html#walresetbug). Does nothing where the database is no file.
    """
    if path is None:
        yield
        return
    place = _opened(Path(f"{path}.next.write-lock"))
    try:
        until = time.monotonic() + PATIENCE
        _awaited(place, until, path)
        handle = _opened(Path(f"{path}.write-lock"))
        try:
            _awaited(handle, until, path)
        except BaseException:
            os.close(handle)
            raise
    finally:
        os.close(place)
    try:
        yield
    finally:
        os.close(handle)


def _awaited(handle: int, until: float, path: Path) -> None:
    """Takes a lock; StoreError where it is not to be had until then, on the clock that only runs."""
    pause, step = threading.Event(), _STEP
    while not _taken(handle):
        if time.monotonic() >= until:
            raise StoreError(f"the database {path} is locked by another postwatch")
        pause.wait(step)
        step = min(step * 1.2, _LONGEST_STEP)


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
