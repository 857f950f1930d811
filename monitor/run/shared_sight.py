"""Is it our network? Asked by a worker of a cluster, whose passes are over one host each.

Another machine may see what this one does not. So a worker that can't connect to anything says so to the
others and judges nothing; that the watch stands still is told by who leads, and only where no worker has seen
any site since. To find out, it asks for the home pages of sites that nobody looks at in that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from ..config import SiteConfig
from ..decide.neighbours import Group
from ..decide.outage import SITES_FOR_NETWORK, is_unconnected
from ..model import Answer, Event, Reason
from ..store import Store, jobs, meta
from ..units import parse_rfc3339, rfc3339
from .asking import fetch_page
from .context import Context
from .network import Sight
from .standstill import resumed, stopped

#: meta: since when a worker sees nothing; when any worker last connected to a site.
_BLIND, _SEEN = "blind_worker:", "worker_saw_at"
#: How often it is written down that we see; and how long no worker may have seen before it is told.
NOTED_EVERY, TOLD_AFTER = timedelta(seconds=20), timedelta(seconds=60)
#: Seconds for which having connected to one site says that the network works.
FRESH = 20.0
#: And for which not having connected to one counts beside others.
FAILED_FOR = 60.0


class Place(Protocol):
    """What a worker knows of itself and the others."""

    table: str
    worker: int | None
    in_hand: set[int]

    async def groups(self, ctx: Context) -> Sequence[Group]: ...


class SharedSight(Sight):
    """The sight of one worker. `name` tells it from the others."""

    def __init__(self, name: str, place: Place, store: Store, steady: Callable[[], float]) -> None:
        self._name, self._place, self._store, self._steady = name, place, store, steady
        self._seen: float | None = None
        self._failed: dict[str, tuple[float, Answer]] = {}  #: homes that could not be connected to
        self._noted: datetime | None = None
        self._marked = False

    async def others(
        self, ctx: Context, sites: Sequence[SiteConfig], homes: Sequence[Answer | None]
    ) -> list[Answer] | None:
        if self._seen is not None and self._steady() - self._seen < FRESH:
            return []  # another site answered just now: it is not us
        self._note(a for a in homes if a is not None)
        own = {a.url for a in homes if a is not None}
        urls = {s.name: s for s in sites}
        if len(own | self._failing().keys()) < SITES_FOR_NETWORK:
            several = await self._place.groups(ctx)
            free = [g for g in several if any(name in urls for name in g.sites)]
            ctx.rng.shuffle(free)
            for group in free:
                site = urls[next(n for n in group.sites if n in urls)]
                answer = (
                    None if site.url in self._failing() else await self._asked(ctx, group, site)
                )
                if answer is not None and not is_unconnected(answer):
                    return [answer]
                self._note(filter(None, (answer,)))
                if len(own | self._failing().keys()) >= SITES_FOR_NETWORK:
                    break
            else:
                if len(own | self._failing().keys()) < min(SITES_FOR_NETWORK, len(own) + len(free)):
                    return None
        return [a for url, a in self._failing().items() if url not in own]

    def _note(self, answers: Iterable[Answer]) -> None:
        self._failed |= {a.url: (self._steady(), a) for a in answers}

    def _failing(self) -> dict[str, Answer]:
        """Homes that this worker's passes could not connect to of late, by address."""
        now = self._steady()
        return {url: a for url, (at, a) in self._failed.items() if now - at < FAILED_FOR}

    async def _asked(self, ctx: Context, group: Group, site: SiteConfig) -> Answer | None:
        worker = self._place.worker
        if worker is None:
            return None
        table = self._place.table
        take = partial(jobs.occupy, table=table, worker=worker, hosts=group.hosts)
        # Not as the job that asks: its hosts may be taken from it meanwhile, and these are others.
        held = await self._store.awrite(take)
        if held is None:
            return None
        self._place.in_hand.add(held)
        try:
            return await fetch_page(ctx, site, site.url)
        finally:
            self._place.in_hand.discard(held)
            drop = partial(jobs.drop, table=table, gone=[held])
            await asyncio.shield(self._store.awrite(drop))

    async def lost(self, ctx: Context, since: datetime) -> list[Event]:
        def write(conn: Connection) -> None:
            if not meta.value(conn, _BLIND + self._name):
                meta.put(conn, _BLIND + self._name, rfc3339(since))

        self._marked = True
        await ctx.store.awrite(write)
        return []

    async def regained(self, ctx: Context, now: datetime) -> list[Event]:
        def write(conn: Connection) -> None:
            meta.put(conn, _SEEN, rfc3339(now))
            meta.put(conn, _BLIND + self._name, "")

        self._seen = self._steady()
        self._failed.clear()
        if self._marked or self._noted is None or abs(now - self._noted) >= NOTED_EVERY:
            await ctx.store.awrite(write)
            self._noted, self._marked = now, False
        return await resumed(ctx, (Reason.NETWORK,), now)


async def tell(ctx: Context, now: datetime) -> list[Event]:
    """`watch_stopped`, where a worker sees nothing for a while and no other one does: for who leads."""
    with ctx.store.read() as conn:
        blind = [parse_rfc3339(at) for at in meta.values(conn, _BLIND).values()]
        seen = meta.value(conn, _SEEN)
    since = min((at for at in blind if not seen or parse_rfc3339(seen) <= at), default=None)
    if since is None or now - since < TOLD_AFTER:
        return []
    return await stopped(ctx, Reason.NETWORK, since, now)
