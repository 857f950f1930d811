"""What is known within one transaction, or one savepoint of it, and forgotten with its end.

Of one edit the same bytes, the same headers and the chain's head are asked for several times. What a savepoint
knows is not known outside of it: it may be rolled back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

_KEY = "postwatch.within"
#: What begins or ends a transaction, or a part of one.
_BORDERS = ("begin", "commit", "rollback", "savepoint", "release_savepoint", "rollback_savepoint")


def within(conn: Connection) -> dict[Any, Any]:
    """A dictionary that is there, empty at first, as long as no transaction and no savepoint begins or ends on the
    connection."""
    kept: dict[Any, Any] = conn.info.setdefault(_KEY, {})
    return kept


def forgotten(conn: Connection) -> None:
    """Has what is known forgotten: rows that it may name are taken out."""
    conn.info.pop(_KEY, None)


def _forget(conn: Connection, *_: object) -> None:
    if not conn.invalidated:  # what a lost connection knew is gone with it
        forgotten(conn)


for _border in _BORDERS:
    # Of all engines: one that was left out would know what was rolled back.
    event.listen(Engine, _border, _forget)
