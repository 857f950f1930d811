"""All rows from one database into another that has empty tables, of the other kind perhaps.

What is secret stays behind, but for a move. The search's index is made anew there, a little with each check.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Table, delete, func, insert, select, text

from . import meta, search_fill, tables
from .dialect import STREAMED

#: Rows in hand at once: bodies are some 10 kB each, and 10 MB at most.
_AT_ONCE = 200
#: Meta of one install alone: what its pages and links are signed with, and the sessions that ended.
_SECRETS = (meta.WEB_SECRET, meta.UNSUBSCRIBE_SECRET)
_SESSIONS = "ended_session:"

#: Tables whose numbers are given by the database and live on in links, events and mails.
NUMBERED: tuple[Table, ...] = (
    tables.sites,
    tables.sources,
    tables.posts,
    tables.snapshots,
    tables.observations,
)
_ALL_NUMBERED = (*NUMBERED, tables.aliases, tables.alerts, tables.event_marks)


def without_secrets(conn: Connection) -> None:
    """Drops the tokens' hashes, and what pages and links are signed with."""
    conn.execute(delete(tables.tokens))
    key = tables.meta.c.key
    conn.execute(delete(tables.meta).where(key.in_(_SECRETS) | key.startswith(_SESSIONS)))


def copy_rows(
    source: Connection,
    target: Connection,
    step: Callable[[int, int], None] = lambda *_: None,
    *,
    secrets: bool = False,
) -> None:
    """Copies all rows, secret ones only where it is asked for; `step` is told how many of how many there
    are by now."""
    several = tables.metadata.sorted_tables
    total = sum(source.execute(select(func.count()).select_from(t)).scalar_one() for t in several)
    done = 0
    for table in several:
        query = select(table)
        if table is tables.bodies:  # a keyframe before its deltas
            query = query.order_by(table.c.base.is_not(None))
        with source.execute(query, execution_options=STREAMED) as found:
            for rows in found.partitions(_AT_ONCE):
                target.execute(insert(table), [dict(r._mapping) for r in rows])
                done += len(rows)
                step(done, total)
    if not secrets:
        without_secrets(target)
    search_fill.again(target)
    if target.dialect.name == "postgresql":
        for table in _ALL_NUMBERED:
            go_on_after(target, table, target.execute(select(func.max(table.c.id))).scalar() or 0)


def last_number(conn: Connection, table: Table) -> int:
    """The highest number that a table of NUMBERED ever gave; 0 where it gave none."""
    highest: int = conn.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    if conn.dialect.name == "sqlite":
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return max(highest, conn.execute(given, {"name": table.name}).scalar() or 0)
    # A sequence that never gave a number says its first one, and that it was not called.
    sequence = conn.execute(_SEQUENCE, {"name": table.name}).scalar_one()
    last, called = conn.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
    return max(highest, last if called else 0)


_SEQUENCE = text("SELECT pg_get_serial_sequence(:name, 'id')")


def go_on_after(conn: Connection, table: Table, number: int) -> None:
    """Has a table give no number up to this one any more."""
    if not number:
        return
    if conn.dialect.name == "sqlite":
        row = {"name": table.name, "seq": number}
        changed = conn.execute(
            text("UPDATE sqlite_sequence SET seq = :seq WHERE name = :name"), row
        )
        if not changed.rowcount:
            conn.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), row)
        return
    sequence = conn.execute(_SEQUENCE, {"name": table.name}).scalar_one()
    conn.execute(text("SELECT setval(:sequence, :seq)"), {"sequence": sequence, "seq": number})
