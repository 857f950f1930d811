"""All of a database into another one, which is empty: the same numbers, seals, secrets and alerts that wait.

It is the same install at another place, so nothing begins anew. The source is only read, and nobody writes
to it meanwhile. The target gets all of it in one transaction, or none: it can be tried again.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError, UsageError
from . import Store, backup, events, left_copies, locks, search_fill, tables
from .copying import NUMBERED, copy_rows, go_on_after, last_number
from .dialect import STREAMED, meaning, parsed, writing_engine
from .present import in_server
from .restore_server import empty
from .verify import verify

#: Of meta, what the search's index writes when it is made anew: the one thing that differs afterwards.
_NOT_MOVED = (search_fill.EVENTS_LEFT, search_fill.POSTS_LEFT)
#: How long a server's tables are waited for.
_PATIENCE = "30s"

Moved = dict[str, int]


def move(
    source: Store,
    url: str,
    *,
    now: datetime,
    say: backup.Say,
    step: backup.Step = lambda *_: None,
) -> Moved:
    """How many rows each table of the database at `url` has now, all of them compared and verified.

    UsageError where it is the source itself, or not empty; StoreBusy where a process checks with either;
    StoreError where it could not be done: then the target is as empty as before.
    """
    halted = threading.Event()

    def stepped(done: int, total: int) -> None:
        if halted.is_set():  # Ctrl-C: whoever waited for us has gone
            raise StoreError("nothing was moved: stopped")
        step(done, total)

    if parsed(url) == parsed(source.url):
        raise UsageError(f"{source.name} is the database itself")
    with source.lock("db move"), Store.open(url, create=True, clock=lambda: now) as target:
        with target.lock("db move"), _held_still(source) as there:

            def take(conn: Connection) -> Moved:
                made = _taken(there, conn, source.name, target.name, now, say, stepped)
                stepped(1, 1)
                return made

            try:
                return target.write(take)
            except BaseException:
                halted.set()
                raise


def _taken(
    there: Connection,
    here: Connection,
    source: str,
    target: str,
    now: datetime,
    say: backup.Say,
    step: backup.Step,
) -> Moved:
    if holds := in_server(here).holds:
        raise UsageError(f"{target} holds {holds}: a database is moved into an empty one")
    empty(here)
    copy_rows(there, here, step, secrets=True)
    for table in NUMBERED:
        go_on_after(here, table, last_number(there, table))
    say("checking it …")
    before, after = _sums(there), _sums(here)
    for name, sum_of in before.items():
        if after[name] != sum_of:
            raise StoreError(f"nothing was moved: {name} did not arrive as it was")
    if faults := verify(here):
        more = f" (and {len(faults) - 1} more: postwatch verify)" if len(faults) > 1 else ""
        raise StoreError(f"nothing was moved, since {source} does not verify: {faults[0]}{more}")
    if events.head(here) != events.head(there):
        raise StoreError("nothing was moved: the head of the chain did not arrive")
    # Where the same texts still are, for whoever is asked to forget one.
    left_copies.remember(here, left_copies.CopyKind.ASIDE, f"the database {source}", now)
    return {name: many for name, (many, _) in before.items()}


@contextmanager
def _held_still(store: Store) -> Iterator[Connection]:
    """A connection that reads one moment of a database, while nobody can write to it."""
    if store.path is not None:
        with locks.turn(store.path), store.read() as conn:
            yield conn
        return
    engine = writing_engine(parsed(store.url))
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn:
            names = ", ".join(t.name for t in tables.metadata.sorted_tables)
            conn.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
            conn.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
            yield conn
            conn.rollback()
    except SQLAlchemyError as e:
        raise meaning(e, store.name) from e
    finally:
        engine.dispose()


def _sums(conn: Connection) -> dict[str, tuple[int, int]]:
    """Of each table how many rows there are, and a sum over their SHA-256, whatever their order: two
    databases sort texts in two ways."""
    found = {}
    for table in tables.metadata.sorted_tables:
        query = select(table)
        if table is tables.meta:
            query = query.where(table.c.key.not_in(_NOT_MOVED))
        many, total = 0, 0
        with conn.execute(query, execution_options=STREAMED) as rows:
            for row in rows:
                many, total = many + 1, total + _digest(tuple(row))
        found[table.name] = many, total
    return found


def _digest(row: tuple[Any, ...]) -> int:
    plain = tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
    return int.from_bytes(hashlib.sha256(repr(plain).encode("utf-8", "surrogatepass")).digest())


#: What a move is told of, each with how one of it is called.
TOLD = {"sites": "site", "posts": "post", "snapshots": "version", "events": "event"}


def said(moved: Moved, many: Callable[[int], str] = str) -> str:
    """`3 sites, 41 posts, 60 versions, 7 events`."""
    parts = ((moved.get(table, 0), one) for table, one in TOLD.items())
    return ", ".join(f"{many(n)} {one}{'' if n == 1 else 's'}" for n, one in parts)
