"""Is the file that we hold open still the one that stands there?

A database that is deleted or replaced under us lives on in what we hold open: what is written to it then is
lost, and what is read is of the past. The same is true of its WAL, which holds the latest commits.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import StoreError

_File = tuple[int, int]


class Standing:
    """The very file that was opened, and its WAL once something was written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal_path = Path(f"{path}-wal")
        self._file = _now(path)
        self._wal: _File | None = None

    def check(self) -> None:
        """StoreError where another file stands there now, or none."""
        found = _now(self._path)
        if found is None:
            raise StoreError(
                f"the database {self._path} is gone: it was deleted or moved while in use. Stop postwatch,"
                " put it back or restore a backup, and start again"
            )
        if found != self._file:
            raise StoreError(
                f"the database {self._path} is another file now: it was replaced while in use. Start"
                " postwatch again"
            )
        if self._wal is not None and _now(self._wal_path) != self._wal:
            raise StoreError(
                f"{self._wal_path} was deleted or replaced while in use, and the latest changes stood in it."
                " Stop postwatch, which writes them back if it can; then: postwatch verify"
            )

    def written(self) -> None:
        """Notes the WAL, after the first transaction of a connection that is held from then on."""
        if self._wal is None:
            self._wal = _now(self._wal_path)


def _now(path: Path) -> _File | None:
    try:
        st = os.stat(path)  # asked at each transaction: half of the path's own takes
    except FileNotFoundError:
        return None
    except OSError as e:
        raise StoreError(f"{path} cannot be read: {e.strerror}") from e
    return st.st_dev, st.st_ino
