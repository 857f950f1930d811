"""The least that a check could cost with httpx: `python -m benchmarks.floor DATABASE URLS`.

A GET of each page, conditional where an ETag is known, sixteen at once; SHA-256 of the bytes; one row a page,
all in one transaction. It reads no article, so it can tell no edit from a counter, keeps nothing and confirms nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import sys
from pathlib import Path

import httpx

AT_ONCE = 16


async def main(database: str, urls: list[str]) -> None:
    """One pass."""
    conn = sqlite3.connect(database, isolation_level=None)
    conn.execute("PRAGMA journal_mode=wal")
    conn.execute("CREATE TABLE IF NOT EXISTS seen (url TEXT PRIMARY KEY, digest BLOB, etag TEXT)")
    known = {u: (digest, etag) for u, digest, etag in conn.execute("SELECT * FROM seen")}
    todo, rows, changed = iter(urls), [], 0

    async def look(client: httpx.AsyncClient) -> None:
        nonlocal changed
        for url in todo:
            digest, etag = known.get(url, (None, None))
            answer = await client.get(url, headers={"if-none-match": etag} if etag else None)
            if answer.status_code == 200:
                found = hashlib.sha256(answer.content).digest()
                changed += digest is not None and found != digest
                digest, etag = found, answer.headers.get("etag")
            rows.append((url, digest, etag))

    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(look(client) for _ in range(AT_ONCE)))
    conn.execute("BEGIN")
    conn.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", rows)
    conn.execute("COMMIT")
    print(changed)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_text().split()))
