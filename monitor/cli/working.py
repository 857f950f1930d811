"""`worker`: one of several processes that look together, on as many machines as there are."""

from __future__ import annotations

import os
import signal
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from ..config import Config
from ..errors import StoreBusy, UsageError
from . import common
from .ending import Ending
from .serve import hold_what_is_there, log_pass, run_to_end

if TYPE_CHECKING:
    from ..store import Store


@click.command(epilog="Example: postwatch worker   (on each machine; the pages: postwatch serve)")
@common.config_option
def worker(config: str | None) -> int:
    """Check as one of several workers that share a PostgreSQL database, on one machine or many.

    Each host is looked at by one worker at a time. One of the workers, whichever, hands the hosts out and
    sends the alerts; where it ends, another one does. Stop one with Ctrl-C or SIGTERM; the others go on.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # nothing is in hand yet
    settings = common.load_config(config)
    _check(settings)
    from ..run import daemon
    from ..run.cluster import Cluster

    store = common.open_store(settings, write=True)
    ending = Ending()
    cluster = Cluster(store, log_pass)
    try:
        _make_queue(store)
        cluster.join()
        common.warn_of_readers(settings)
        hold_what_is_there()
        common.progress("works; to see the pages, run beside it: postwatch serve")
        run_to_end(
            daemon.run(
                settings,
                store,
                reload=partial(common.load_config, str(settings.path)),
                on_stop=ending.begin,
                share=cluster,
            )
        )
    finally:
        cluster.leave()
        store.close()
    ending.leave()
    return 0


def _check(settings: Config) -> None:
    if settings.database_url.startswith("sqlite:"):
        raise UsageError(
            f"a worker needs PostgreSQL, and [database] url of {settings.path} names a SQLite file:"
            " `postwatch run` watches with that, and `postwatch db move URL` takes it to PostgreSQL"
        )
    if missing := [name for name in ("procrastinate", "psycopg") if find_spec(name) is None]:
        raise UsageError(
            f"a worker needs {' and '.join(missing)}: pip install 'postwatch[cluster]'"
        )


def _make_queue(store: Store) -> None:
    from ..run.stint import VERSION, make_queue
    from ..store import jobs

    with store.read() as conn:
        there = jobs.made(conn)
    if there in ("", VERSION):
        store.write(make_queue)
        return
    try:
        with store.lock("worker"):  # another version's tables may be in use
            store.write(make_queue)
    except StoreBusy as e:
        raise StoreBusy(
            f"{e}. The queue is that of procrastinate {there}, and this is {VERSION}: workers of one version"
            " must all end before those of another begin"
        ) from None
