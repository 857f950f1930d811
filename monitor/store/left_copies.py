"""Copies that left the database: backups, exports, and databases that a restore moved aside.

Remembered so that `forget` can name what may still hold a text, and `doctor` the age of the last backup.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from ..units import parse_rfc3339, rfc3339
from . import meta

#: meta: every copy stands under a key that begins so.
PREFIX = "copy:"
#: So many are remembered, the latest: two years of a backup a day.
MOST = 800


class CopyKind(StrEnum):
    """What a copy is."""

    BACKUP = "backup"
    EXPORT = "export"
    ASIDE = "aside"  #: a database that a restore replaced


class LeftCopy(Struct, frozen=True):
    """A copy, where it was put, and when it was last written."""

    kind: CopyKind
    path: str  #: absolute
    at: datetime


def remember(conn: Connection, kind: CopyKind, place: Path | str, now: datetime) -> None:
    """Notes that a copy was written there: a file or folder, or what else names the place."""
    path = place.absolute() if isinstance(place, Path) else place
    meta.put(conn, f"{PREFIX}{kind.value}:{path}", rfc3339(now))
    for old in left_copies(conn)[MOST:]:
        meta.put(conn, f"{PREFIX}{old.kind.value}:{old.path}", "")


def left_copies(conn: Connection) -> list[LeftCopy]:
    """All copies that are remembered, the latest first."""
    found = []
    for key, at in meta.values(conn, PREFIX).items():
        kind, _, path = key.removeprefix(PREFIX).partition(":")
        found.append(LeftCopy(CopyKind(kind), path, parse_rfc3339(at)))
    return sorted(found, key=lambda c: (c.at, c.path), reverse=True)


def last_backup(conn: Connection) -> LeftCopy | None:
    """The latest backup; None where none was ever made."""
    return next((c for c in left_copies(conn) if c.kind is CopyKind.BACKUP), None)
