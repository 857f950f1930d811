"""The clock was ahead and has been set back: times that lie in the future are brought to where they belong.

Else nothing would be due until that future comes. What looks saw, and when, stays as it was written.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, bindparam, func, select, update

from . import tables

_S, _P, _R = tables.sites, tables.posts, tables.sources
#: A look of another process on another machine may lie so far ahead of our clock.
LEAST = timedelta(minutes=1)


def bring_back(conn: Connection, now: datetime) -> timedelta:
    """Moves what is planned, and what was last done, from the future; by how much the clock was ahead,
    0 where it was not."""
    latest = conn.execute(select(func.max(_S.c.last_check_at))).scalar_one()
    if latest is None or latest - now <= LEAST:
        return timedelta(0)
    ahead: timedelta = latest - now
    for table, column in ((_S, "next_check_at"), (_P, "next_at"), (_R, "next_at")):
        # Not one statement with an expression: times are stored as numbers, and only a value is turned.
        planned = select(table.c.id, table.c[column]).where(table.c[column] > now)
        moved = [{"of": i, "at": max(now, at - ahead)} for i, at in conn.execute(planned)]
        if moved:
            _write(conn, table, column, moved)
    for table, column in (
        (_S, "last_check_at"),
        (_S, "robots_at"),
        (_S, "discovered_at"),
        (_R, "deep_at"),
    ):
        there = table.c[column] > now
        conn.execute(update(table).where(there).values({column: now}))
    return ahead


def _write(conn: Connection, table: Table, column: str, moved: list[dict[str, object]]) -> None:
    one = update(table).where(table.c.id == bindparam("of"))
    conn.execute(one.values({column: bindparam("at")}), moved)
