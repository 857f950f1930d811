"""Bytes nothing names any more: those of middle looks, whose stretch keeps its first and its last."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Select, Table, delete, except_, select

from . import header_sets, tables
from .within import forgotten

_O, _S, _B = tables.observations, tables.snapshots, tables.bodies

#: Every column that names stored bytes, header sets or certificates; `verify` follows them as well. What names
#: a header set may hold more than its key (header_sets.py).
NAMED_BY: dict[Table, tuple[Column[str], ...]] = {
    _B: (
        _O.c.first_body,
        _O.c.last_body,
        _S.c.body_hash,
        _S.c.latest_body_hash,
        tables.sites.c.robots_body,
    ),
    tables.header_sets: (
        _O.c.request_headers,
        _O.c.first_headers,
        _O.c.last_headers,
        _S.c.headers,
        _S.c.latest_headers,
        _S.c.request_headers,
    ),
    tables.certificates: (_O.c.certificate, _S.c.certificate),
}


def sweep(conn: Connection) -> int:
    """How many stored bodies, header sets and certificates were dropped since nothing names them.

    For the process that holds `Store.lock`, as a function of its own: bytes that another one keeps at
    this moment and has not yet named would be lost.
    """
    forgotten(conn)
    dropped = 0
    for table in (tables.header_sets, tables.certificates):
        unnamed = table.c.hash.in_(_unnamed(table))
        dropped += conn.execute(delete(table).where(unnamed)).rowcount
    # First deltas, then keyframes none of whose deltas are left.
    unnamed = _B.c.hash.in_(_unnamed(_B))
    dropped += conn.execute(delete(_B).where(_B.c.base.is_not(None), unnamed)).rowcount
    other = _B.alias()
    bases = select(other.c.base).where(other.c.base.is_not(None))
    keyframes = _B.c.hash.in_(_unnamed(_B, bases))
    return dropped + conn.execute(delete(_B).where(keyframes)).rowcount


def _unnamed(table: Table, *also: Select[tuple[str]]) -> Select[tuple[str]]:
    # EXCEPT sorts once on both databases; NOT IN and NOT EXISTS each are quadratic on one of them.
    by_key = table is tables.header_sets
    named = (select(header_sets.key_in(c) if by_key else c) for c in NAMED_BY[table])
    rest = except_(select(table.alias().c.hash), *named, *also).subquery()
    return select(rest.c.hash)
