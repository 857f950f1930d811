"""A backup's rows taken into a PostgreSQL database, in one transaction; what is there goes to a schema of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from ..errors import StoreError
from . import backup, tables
from .copying import copy_rows
from .present import Present, full, in_server
from .verify import verify


def take_in(
    conn: Connection,
    there: Connection,
    name: str,
    *,
    aside: bool,
    now: datetime,
    begin: Callable[[Connection, Present], Any],
    step: backup.Step,
) -> str:
    """All of a restore into a server, in one transaction."""
    present = in_server(conn)
    schema = _free_schema(conn, now)
    if present.holds:
        if not aside:
            raise full(name, present, f"the schema {schema}")
        _move_tables(conn, schema)
        tables.metadata.create_all(conn)
    else:
        empty(conn)
    copy_rows(there, conn, step)
    begin(conn, present)
    faults = verify(conn)
    if faults:
        raise StoreError(f"nothing was restored: in the database {name} {faults[0]}")
    return f"the schema {schema}" if present.holds else ""


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


def empty(conn: Connection) -> None:
    """Takes away what an empty database begins with."""
    for table in reversed(tables.metadata.sorted_tables):
        conn.execute(table.delete())
