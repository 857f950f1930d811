"""What is due, handed out: each group of sites that share hosts waits in the queue for whoever is free.

For the worker that leads. When a site is to be looked at stands in its row, so the queue may be lost at any
time: what is due and waits nowhere is handed out again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from ..config import Config, SiteConfig
from ..decide.neighbours import Group, groups
from ..model import SiteView
from ..read.urls import domain_of
from ..store import jobs, sources
from ..store.columns import micros
from ..store.due import turns
from .check import PassResult, UnderWay
from .context import Context
from .shared_sight import tell
from .site_check import SiteOutcome
from .standstill import let_go
from .sweeping import sweep_daily
from .turns import sync

log = logging.getLogger("postwatch.worker")

#: How often the database is brought to the config, and the sites grouped anew.
SYNC = timedelta(minutes=1)


def hosts_of(site: SiteConfig, found: Collection[str]) -> set[str]:
    """The hosts that a site's pass asks, as far as they are known: those of its home and sources, given or
    `found`, and of its hand-picked posts."""
    given = (site.feeds, site.sitemaps, site.listings, site.posts)
    urls = (site.url, *found, *(url for urls in given for url in urls or ()))
    return {host for url in urls if (host := domain_of(url))}


def grouped(ctx: Context) -> Sequence[Group]:
    """The sites of the config by the hosts they share."""
    with ctx.store.read() as conn:
        found = sources.urls(conn)
    hosts = {s.name: hosts_of(s, found.get(s.name, ())) for s in ctx.config.sites if not s.paused}
    return groups({name: several for name, several in hosts.items() if several})


class Handing:
    """The hands of who leads."""

    def __init__(self) -> None:
        self._groups: Sequence[Group] = ()  #: of the latest look at config and database
        self._config: Config | None = None
        self._synced: datetime | None = None
        self._looked: datetime | None = None

    async def hand_out(
        self, ctx: Context, under_way: UnderWay, table: str, lives: Callable[[int], bool]
    ) -> PassResult:
        """Has all that is due wait in the queue, and takes their jobs from workers that do not live. What
        others have looked at since the last time stands in `outcomes`, without what it came to."""
        result = PassResult(ctx.clock())
        now = result.started
        if self._config is not ctx.config or self._synced is None or now - self._synced >= SYNC:
            await ctx.store.awrite(lambda conn: sync(conn, ctx))
            await sweep_daily(ctx, now)
            self._groups = await asyncio.to_thread(grouped, ctx)
            self._config, self._synced = ctx.config, now
        waiting = await asyncio.to_thread(partial(self._waiting, ctx, table))
        waiting = await self._taken_over(ctx, table, waiting, lives)
        under_way.sites.clear()
        under_way.sites.update(name for job in waiting if job.doing for name in job.sites)
        due = await asyncio.to_thread(partial(self._due, ctx, now, result))
        busy = {host for job in waiting for host in job.hosts}
        ready = [
            (g.hosts, [s for s in g.sites if s in due]) for g in self._groups if not g.hosts & busy
        ]
        fresh = [(hosts, names) for hosts, names in ready if names]
        if fresh:
            await ctx.store.awrite(partial(jobs.defer, table=table, waiting=fresh))
        elif not waiting:
            await let_go(ctx, now)  # all that was due when we saw again has been looked at
        result.events += await tell(ctx, now)
        result.ended = ctx.clock()
        return result

    def _waiting(self, ctx: Context, table: str) -> list[jobs.Job]:
        with ctx.store.read() as conn:
            return jobs.jobs(conn, table)

    async def _taken_over(
        self,
        ctx: Context,
        table: str,
        waiting: Sequence[jobs.Job],
        lives: Callable[[int], bool],
    ) -> list[jobs.Job]:
        """The jobs that are left after those of workers that do not live were taken from them."""
        workers = {job.worker for job in waiting if job.doing}
        dead = await asyncio.to_thread(lambda: {w for w in workers if w is None or not lives(w)})
        lost = [job for job in waiting if job.doing and job.worker in dead]
        if not lost:
            return list(waiting)
        gone = [job.id for job in lost]
        many = await ctx.store.awrite(partial(jobs.drop, table=table, gone=gone))
        if many:
            log.warning("%d hosts are taken over from a worker that is gone", many)
        return [job for job in waiting if job not in lost]

    def _due(self, ctx: Context, now: datetime, result: PassResult) -> set[str]:
        with ctx.store.read() as conn:
            watched = [t for t in turns(conn) if t.watched]
        if self._looked is not None:
            since = micros(self._looked)
            result.outcomes = [
                SiteOutcome(t.name, (), 0, 0, 0, 0, SiteView(), False)
                for t in watched
                if t.last_check is not None and t.last_check > since
            ]
        self._looked = now
        return {t.name for t in watched if t.is_due(now)}
