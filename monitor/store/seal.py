"""What a backup holds, table by table, as hashes in it: a bit that flips where it lies is found, and named.

A seal against decay, not against forgery: whoever writes a backup anew can seal it anew. What proves that
an event was not altered is the chain.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

#: meta: the hash of a table stands under a key that begins so.
_KEY = "backup_seal:"


def seal(file: Path) -> None:
    """Writes into a backup what its tables hold."""
    with closing(sqlite3.connect(file)) as conn, conn:
        _unseal(conn)
        sums = {f"{_KEY}{table}": _sum(conn, table) for table in _tables(conn)}
        conn.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", sums.items())


def broken(file: Path) -> list[str]:
    """One line for each table of a sealed backup that is not as it was; none of one without seals (an older
    release's, or another copy of a database)."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as conn:
        there = set(_tables(conn))
        if "meta" not in there:
            return []
        query = "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ?"
        sums = {k.removeprefix(_KEY): v for k, v in conn.execute(query, (len(_KEY), _KEY))}
        if not sums:
            return []
        altered = [t for t in sorted(there) if _sum(conn, t) != sums.get(t)]
        missing = sorted(sums.keys() - there)
    said = [f"the rows of {t} are not as they were when it was taken" for t in altered]
    return [*said, *(f"the table {t} is missing" for t in missing)]


def unseal(file: Path) -> None:
    """Takes the seals away: what is written from now on is not under them."""
    with closing(sqlite3.connect(file)) as conn, conn:
        _unseal(conn)


def _unseal(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM meta WHERE substr(key, 1, ?) = ?", (len(_KEY), _KEY))


def _tables(conn: sqlite3.Connection) -> list[str]:
    """All that hold rows of their own: a search index's shadows, and not the index itself."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    return [name for (name,) in conn.execute(query)]


def _sum(conn: sqlite3.Connection, table: str) -> str:
    """The SHA-256 of a table's rows, in the order they are stored in."""
    name = '"' + table.replace('"', '""') + '"'
    but = f" WHERE substr(key, 1, {len(_KEY)}) <> '{_KEY}'" if table == "meta" else ""
    total = hashlib.sha256()
    conn.text_factory = bytes
    try:
        for row in conn.execute(f"SELECT * FROM {name} NOT INDEXED{but}"):
            for value in row:
                raw = value if isinstance(value, bytes) else repr(value).encode()
                total.update(b"%s%d:" % (type(value).__name__[0].encode(), len(raw)))
                total.update(raw)
    finally:
        conn.text_factory = str
    return total.hexdigest()
