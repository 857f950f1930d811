"""What is wrong, and how is it mended? One module a place to look; each gives findings, and changes nothing.

Nothing is sent and no site is asked: mail is rehearsed up to the recipients, names are looked up, and of
sites the looks that were made tell. What the other side says is masked before it is shown (checkup.masked).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from ...config import Config
from ...errors import StoreError
from ...show.checkup import Finding, Level
from ...store import Store
from . import backups, database, disk, machine, network, pacing, telling, watching
from .channels import rehearsals

#: Seconds for all that answers over the network, and for all of the database: together they stay below 20.
NETWORK, DATABASE = 10.0, 8.0
#: Seconds until it is said what is waited for.
SILENT = 2.0

_OF_DATABASE = (
    database.findings,
    telling.findings,
    network.clock,
    watching.findings,
    pacing.findings,
    disk.findings,
    backups.findings,
)


def of_database(
    config: Config, store: Store, now: datetime, seconds: Callable[[], float]
) -> list[Finding]:
    """All that the database tells. What it takes too long for is left out, and said."""
    found: list[Finding] = []
    end = seconds() + DATABASE
    with store.read() as conn:
        for look in _OF_DATABASE:
            if seconds() > end:
                found.append(
                    Finding("program", Level.NOTE, "not all was looked at: the database is slow")
                )
                break
            try:
                found += look(conn, config, store, now)
            except (StoreError, SQLAlchemyError):
                raise
            except Exception as e:  # one look that fails must not hide what the others find
                where = look.__module__.rpartition(".")[2]
                what = f"{where} could not be looked at: {type(e).__name__}: {e}"
                found.append(Finding("program", Level.MEND, what, "report this"))
    return found


async def of_network(config: Config, say: Callable[[str], None]) -> list[Finding]:
    """What the channels and name servers answer, within NETWORK seconds."""
    asked: dict[str, asyncio.Task[Sequence[Finding]]] = {
        f"channel {name}": asyncio.create_task(look) for name, look in rehearsals(config).items()
    }
    asked["the sites' names"] = asyncio.create_task(network.names(config))
    asked["[health] ping"] = asyncio.create_task(network.ping(config))
    pending: set[asyncio.Task[Sequence[Finding]]] = set(asked.values())
    waits = (SILENT, NETWORK - SILENT)
    for n, wait in enumerate(waits):
        _, pending = await asyncio.wait(pending, timeout=wait)
        if not pending:
            break
        if n == 0:
            say(f"waiting for {', '.join(k for k, t in asked.items() if t in pending)} …")
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    found: list[Finding] = []
    for name, task in asked.items():
        group = "mail and channels" if name.startswith("channel ") else "network and clock"
        if task.cancelled():
            found.append(Finding(group, Level.MEND, f"{name}: no answer within {NETWORK:g} s"))
        elif (error := task.exception()) is not None:
            found.append(Finding(group, Level.MEND, f"{name}: {type(error).__name__}: {error}"))
        else:
            found += task.result()
    return found


__all__ = ["machine", "of_database", "of_network"]
