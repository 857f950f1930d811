"""The queue of a cluster: which hosts wait to be looked at, and which worker looks at which now.

procrastinate's tables, in a schema of their own beside ours. They hold nothing that lasts: when a site is to
be looked at next stands in its row. So no backup takes them along, and another version of procrastinate gets
new ones. One that is looked at stands there as `doing`, for one worker; only one may for each lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, text

from ..errors import ClockWasSet, HostTaken
from . import server, upgrade

#: The queue's name, the task's, and what is said of a worker that lives.
QUEUE, TASK = "hosts", "look"
_STAMP = "procrastinate "
#: What a worker is called among those that work with a database.
CALLED = "postwatch worker"


def alive(worker: int) -> str:
    """The lock that a worker holds as long as it lives."""
    return f"worker {worker}"


class Job(Struct, frozen=True):
    """Sites to be looked at together, since they share hosts."""

    id: int
    doing: bool  #: a worker has it
    worker: int | None  #: which; None where it has left the cluster
    hosts: frozenset[str]
    sites: tuple[str, ...]


def schema(conn: Connection) -> str:
    """The name of the queue's schema, beside ours."""
    ours = str(conn.execute(text("SELECT current_schema()")).scalar_one())
    return f"{'postwatch' if ours == 'public' else ours}_queue"


def made(conn: Connection) -> str:
    """Of which version of procrastinate the queue's tables are; "" where there are none."""
    query = "SELECT coalesce(obj_description(oid, 'pg_namespace'), '?') FROM pg_namespace WHERE nspname = :n"
    found: str = conn.execute(text(query), {"n": schema(conn)}).scalar() or ""
    return found.removeprefix(_STAMP)


def at_work(conn: Connection) -> int | None:
    """How many workers share this database now; None where it is no cluster's, or another process has it."""
    if conn.dialect.name != "postgresql" or not made(conn):
        return None
    holders = server.checkers(conn)
    others = [name for name in holders if name != CALLED]
    return None if others else len(holders)


def make(conn: Connection, version: str, statements: str) -> None:
    """Makes the queue's tables, unless they are of this version. For who is alone where there are some: they
    are dropped."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": upgrade.SCHEMA_LOCK})
    if made(conn) == version:
        return
    name = schema(conn)
    quoted = conn.dialect.identifier_preparer.quote(name)
    ours = conn.execute(text("SHOW search_path")).scalar_one()
    conn.execute(text(f"DROP SCHEMA IF EXISTS {quoted} CASCADE"))
    conn.execute(text(f"CREATE SCHEMA {quoted}"))
    conn.execute(text(f"SET LOCAL search_path TO {quoted}"))
    conn.connection.cursor().execute(statements)  # several at once, which SQLAlchemy would not take
    conn.execute(text(f"COMMENT ON SCHEMA {quoted} IS '{_STAMP}{version}'"))
    conn.execute(text("SELECT set_config('search_path', :ours, true)"), {"ours": ours})


def table(conn: Connection) -> str:
    """The queue's table, as statements name it; the other functions want it."""
    return f"{conn.dialect.identifier_preparer.quote(schema(conn))}.procrastinate_jobs"


def jobs(conn: Connection, table: str) -> list[Job]:
    """All jobs of the queue, those that wait too."""
    found = conn.execute(text(f"SELECT id, status, worker_id, args FROM {table}"))
    return [
        Job(i, status == "doing", worker, frozenset(args["hosts"]), tuple(args["sites"]))
        for i, status, worker, args in found
        if status in ("todo", "doing")
    ]


def defer(
    conn: Connection, table: str, waiting: Sequence[tuple[Collection[str], Collection[str]]]
) -> None:
    """Has (hosts, sites) wait to be looked at by whichever worker is free first, unless they wait already."""
    _seeing(conn, table)
    query = text(
        f"INSERT INTO {table} (queue_name, task_name, lock, queueing_lock, args)"
        " VALUES (:queue, :task, :lock, :lock, CAST(:args AS jsonb)) ON CONFLICT DO NOTHING"
    )
    of = {"queue": QUEUE, "task": TASK}
    given = [{**of, "lock": lock_of(h), "args": _args(h, s)} for h, s in waiting]
    if given:
        conn.execute(query, given)


def drop(conn: Connection, table: str, gone: Collection[int]) -> int:
    """Takes jobs, by their numbers, from their workers; how many there still were. From the end of this transaction
    on none of them can write what it saw."""
    _seeing(conn, table)
    query = text(f"DELETE FROM {table} WHERE id = :id AND status = 'doing'")
    return sum(conn.execute(query, {"id": number}).rowcount for number in gone)


def occupy(conn: Connection, table: str, worker: int, hosts: Collection[str]) -> int | None:
    """Has a worker hold hosts for a moment, outside of its jobs, until `drop`; None where they are being
    looked at."""
    _seeing(conn, table)
    query = text(
        f"INSERT INTO {table} (queue_name, task_name, lock, args, status, worker_id)"
        " VALUES (:queue, :task, :lock, CAST(:args AS jsonb), 'doing', :worker)"
        " ON CONFLICT DO NOTHING RETURNING id"
    )
    given = {"queue": QUEUE, "task": TASK, "lock": lock_of(hosts), "worker": worker}
    given["args"] = _args(hosts, ())
    found: int | None = conn.execute(query, given).scalar()
    return found


def _seeing(conn: Connection, table: str) -> None:
    """Has the table's own triggers find what they write to, behind our tables, until the transaction ends."""
    queue = table.rpartition(".")[0]
    path = text(
        "SELECT set_config('search_path', current_setting('search_path') || ', ' || :q, true)"
    )
    conn.execute(path, {"q": queue})


def _args(hosts: Collection[str], sites: Collection[str]) -> str:
    return json.dumps({"hosts": sorted(hosts), "sites": sorted(sites)})


def lock_of(hosts: Collection[str]) -> str:
    """What nobody else may hold while these hosts are asked."""
    return min(hosts)


#: Seconds that a worker's clock may differ from the server's: times are evidence.
CLOCKS_DIFFER = 20.0


def still_ours(
    table: str, job: int, worker: int, clock: Callable[[], datetime]
) -> Callable[[Connection], None]:
    """What is asked before each write of a job: HostTaken once another worker may have its hosts, ClockWasSet
    where this machine's clock is not the server's."""
    query = text(
        f"SELECT extract(epoch FROM clock_timestamp()) FROM {table}"
        " WHERE id = :job AND status = 'doing' AND worker_id = :worker"
    )

    def fence(conn: Connection) -> None:
        server.keep_moving(conn)
        theirs = conn.execute(query, {"job": job, "worker": worker}).scalar()
        if theirs is None:
            raise HostTaken
        if abs(clock().timestamp() - float(theirs)) > CLOCKS_DIFFER:
            raise ClockWasSet

    return fence
