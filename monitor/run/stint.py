"""A stint of a worker: procrastinate hands it one group of hosts after another, until it is to end.

The one module that imports procrastinate, which only a cluster needs (the extra `cluster`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, exceptions
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection

from ..store import Store, jobs
from ..store.dialect import CONNECT_TIMEOUT, parsed
from ..store.member import Member

VERSION = version("procrastinate")
#: Seconds until the queue is asked again where no notice came; between two signs of life; after which a worker
#: without one is struck off. Whether one lives is told sooner, by the lock it holds.
POLL, SIGN, STRUCK = 5.0, 10.0, 60.0
#: Seconds that the queue's connections are waited for.
PATIENCE = 5.0

#: Looks at some sites: (number of the job, of the worker, names of the sites).
Look = Callable[[int, int, tuple[str, ...]], Awaitable[None]]


def make_queue(conn: Connection) -> None:
    """Makes the queue's tables, unless they are there; for who is alone where there are other ones."""
    jobs.make(conn, VERSION, SchemaManager.get_schema())


class _Jobs(JobManager):
    """procrastinate's, but that a worker holds a lock as long as it lives, and no race ends it."""

    def __init__(
        self, connector: PsycopgConnector, member: Member, told: Callable[[int], None]
    ) -> None:
        super().__init__(connector)
        self._member, self._told = member, told

    async def register_worker(self) -> int:
        number = await super().register_worker()
        await asyncio.to_thread(partial(self._member.hold, jobs.alive(number), wait=True))
        self._told(number)
        return number

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        try:
            return await super().fetch_job(queues, worker_id)
        except exceptions.UniqueViolation:  # its hosts were occupied for a moment
            return None

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        try:
            await super().finish_job(job, status, delete_job)
        except exceptions.ConnectorException:
            pass  # taken from us meanwhile, or nobody to tell: a stray, which is looked for (cluster.py)


async def work_through(
    store: Store,
    member: Member,
    look: Look,
    *,
    hosts: int,
    grace: float,
    told: Callable[[int | None], None],
    until: Coroutine[Any, Any, object],
) -> None:
    """Looks at what the queue gives, so many `hosts` at once, until `until` is done; what is under way then
    has `grace` seconds. `told` the number of this worker, and None at the end. Raises what ended it before."""
    connector = _connector(store)
    app = App(connector=connector)
    numbers: list[int] = []

    def began(number: int) -> None:
        numbers.append(number)
        told(number)

    app.job_manager = _Jobs(connector, member, began)

    @app.task(name=jobs.TASK, queue=jobs.QUEUE, pass_context=True)
    async def task(context: JobContext, hosts: list[str], sites: list[str]) -> None:
        job = context.job
        if job.id is not None and job.worker_id is not None:
            await look(job.id, job.worker_id, tuple(sites))

    ending = asyncio.ensure_future(until)
    try:
        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(
                    queues=[jobs.QUEUE],
                    concurrency=hosts,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=POLL,
                    update_heartbeat_interval=SIGN,
                    stalled_worker_timeout=STRUCK,
                    shutdown_graceful_timeout=grace,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                )
            )
            await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    finally:
        ending.cancel()
        told(None)
        for number in numbers:
            await asyncio.to_thread(member.let_go, jobs.alive(number))


def _connector(store: Store) -> PsycopgConnector:
    """Connections that see the queue's tables by their bare names."""
    url = parsed(store.url)
    with store.read() as conn:
        path = f"-csearch_path={jobs.schema(conn)}"
    given = url.query.get("options", "")
    before = given if isinstance(given, str) else " ".join(given)
    return PsycopgConnector(
        conninfo=url.set(drivername="postgresql").render_as_string(hide_password=False),
        kwargs={
            "options": f"{before} {path}".strip(),
            "connect_timeout": CONNECT_TIMEOUT,
            "application_name": "postwatch worker queue",
        },
        min_size=1,
        max_size=4,
        timeout=PATIENCE,
        name="postwatch-queue",
    )
