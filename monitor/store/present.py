"""What stands in the place that a backup is to take: how much, which numbers it gave out, what it erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, func, select

from ..errors import StoreError, UsageError
from . import meta, opening, tables
from .copying import NUMBERED, last_number
from .forget import MARK, forgotten
from .left_copies import PREFIX


class Occupied(UsageError):
    """There is something in the database that is to be restored."""


class Present(Struct, frozen=True):
    """The database in whose place the backup comes."""

    holds: str = ""  #: what is in it, for people; "" where it is empty or there is none
    #: The hashes of all its events, by id; None where it cannot be read.
    hashes: Mapping[int, str] | None = None
    numbers: Mapping[str, int] | None = None  #: the highest number each table gave
    #: Of its meta: the copies that left it (left_copies.py).
    copies: Mapping[str, str] | None = None
    erased: tuple[str, ...] = ()  #: canonical keys of posts that were forgotten


def full(name: str, present: Present, place: str) -> Occupied:
    """What is said where it would be moved aside."""
    return Occupied(f"{name} holds {present.holds}; it would be moved to {place}, whole")


def in_file(path: Path) -> Present:
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
            gone = conn.execute(
                "SELECT posts.key FROM posts JOIN meta ON meta.key = ? || posts.id", (MARK,)
            ).fetchall()
            looks = conn.execute("SELECT coalesce(max(id), 0) FROM observations").fetchone()[0]
    except (StoreError, sqlite3.Error):
        return Present(holds="what cannot be read")
    numbers["observations"] = max(looks, numbers.get("observations", 0))
    return Present(
        holds=_many(counts),
        hashes=hashes,
        numbers=numbers,
        copies=copies,
        erased=tuple(k for (k,) in gone),
    )


def in_server(conn: Connection) -> Present:
    """What is in a server's database."""
    counted = (tables.sites, tables.posts, tables.events, tables.tokens)
    counts = {
        t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in counted
    }
    erased = select(tables.posts.c.key).where(tables.posts.c.id.in_(forgotten(conn)))
    rows = conn.execute(select(tables.events.c.id, tables.events.c.hash))
    return Present(
        holds=_many(counts),
        hashes={i: h for i, h in rows},
        numbers={t.name: last_number(conn, t) for t in NUMBERED},
        copies=meta.values(conn, PREFIX),
        erased=tuple(conn.execute(erased).scalars()),
    )


def _many(counts: Mapping[str, int]) -> str:
    held = [
        f"{n} {table.removesuffix('s') if n == 1 else table}" for table, n in counts.items() if n
    ]
    return ", ".join(held)
