"""No deleted byte left in the files of a database: written anew, and its WAL emptied.

SQLite leaves what was deleted in free pages, and what was written last in the WAL, until they are needed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError
from . import Store, locks, tables
from .dialect import lasting_engine, meaning, parsed, prepare


def scrub(store: Store) -> None:
    """Writes a database anew. Takes as long as copying it, and as much room meanwhile.

    StoreError where somebody reads it for too long: what was deleted may then still stand in its WAL.
    """
    if store.path is None:
        _scrub_server(store)
        return
    try:
        with (
            locks.turn(store.path),
            closing(sqlite3.connect(store.path, isolation_level=None)) as conn,
        ):
            prepare(conn)
            conn.execute("PRAGMA secure_delete=ON")
            conn.execute("VACUUM")
            busy = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as e:
        raise StoreError(f"{meaning(e, store.name)}: what was deleted may still be in it") from e
    if busy:
        raise StoreError(
            f"{store.name}-wal may still hold what was deleted, since another program reads the database:"
            " stop it (`postwatch serve`?), and run this again"
        )


def _scrub_server(store: Store) -> None:
    engine = lasting_engine(parsed(store.url))
    names = [t.name for t in tables.metadata.sorted_tables] + ["event_words", "post_words"]
    try:
        with engine.connect() as conn:
            for name in names:
                conn.execute(text(f"VACUUM (FULL) {name}"))
    except SQLAlchemyError as e:
        raise StoreError(f"{meaning(e, store.name)}: what was deleted may still be in it") from e
    finally:
        engine.dispose()
