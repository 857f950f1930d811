"""The daemon: APScheduler drives a handful of jobs over the due index; never a job per post."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from ..config import Config, stamp_of
from ..errors import PostwatchError, StoreError
from ..store import Store
from . import retaining, searching
from .check import RETRY, PassResult, UnderWay, check
from .context import Context
from .deliver import Delivered, deliver
from .opening import opened
from .ping import EVERY, ping, was_good
from .retaining import retain
from .room import Cry, departed, is_full, mark
from .searching import fill_search
from .standstill import follow_schedule

log = logging.getLogger("postwatch.daemon")

#: How often the due index is asked; a look is never later than this for want of asking.
TICK = timedelta(seconds=5)
DELIVER = timedelta(seconds=10)
CONFIG_LOOK = timedelta(seconds=20)
STOP_WITHIN = 8.0


@dataclass(slots=True)
class Heartbeat:
    """When passes last began and ended, for /readyz and the logs."""

    began: datetime | None = None  #: when the daemon did
    started: datetime | None = None
    passes: int = 0
    last_pass_at: datetime | None = None
    last_error: str = ""
    pinged_at: datetime | None = None
    failing_since: datetime | None = None  #: from then on no site's pass has succeeded
    resting_until: datetime | None = None  #: nothing can be written at present
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def ended(self, result: PassResult, now: datetime) -> None:
        """Notes that a pass ended."""
        self.passes += 1
        self.last_pass_at = now
        if result.outcomes:
            self.failing_since = None
        elif result.failed:  # one that found nothing due says nothing
            self.failing_since = self.failing_since or now


async def run(
    config: Config,
    store: Store,
    *,
    reload: Callable[[], Config],
    serve: Callable[[Config, Heartbeat], Coroutine[Any, Any, None]] | None = None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
    on_config: Callable[[Config], None] = lambda _: None,
) -> None:
    """Checks, alerts and (with `serve`) shows pages until SIGTERM or SIGINT; a changed config is
    taken up within a minute, a bad one is refused and the old one kept."""
    beat = Heartbeat(began=store.clock())
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, beat.stopping.set)
    pages = asyncio.create_task(serve(config, beat)) if serve is not None else None
    if pages is not None:
        pages.add_done_callback(_pages_ended)
    rounds, ended = Rounds(), list[asyncio.Task[None]]()
    changed = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, changed.set)
    try:
        while not beat.stopping.is_set():
            changed.clear()
            tools = AsyncExitStack()
            ctx = await tools.enter_async_context(opened(config, store))
            try:
                await _until(ctx, beat, changed, on_pass, rounds)
            finally:
                ended.append(asyncio.create_task(_closed(tools, list(rounds.running))))
            if not beat.stopping.is_set():
                config = await _reloaded(config, store, reload)
                on_config(config)
    finally:
        for task in rounds.running:  # they had their time
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        if pages is not None:
            pages.cancel()
            await asyncio.gather(pages, return_exceptions=True)
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(sig)


@dataclass(slots=True)
class Rounds:
    """The rounds of delivery that run: a message in hand outlives the config it was begun under."""

    busy: set[str] = field(default_factory=set)  #: channels being delivered through
    running: set[asyncio.Task[Delivered]] = field(default_factory=set)


async def _closed(tools: AsyncExitStack, rounds: list[asyncio.Task[Delivered]]) -> None:
    """Lets go of the tools of a config once nothing is sent with them any more."""
    if rounds:
        await asyncio.wait(rounds)
    await tools.aclose()


async def _reloaded(config: Config, store: Store, reload: Callable[[], Config]) -> Config:
    try:
        fresh = reload()
        async with opened(fresh, store):
            pass  # what it names can be opened: channels, proxy
    except PostwatchError as e:
        log.error("the changed config is refused, the old one stays in force: %s", e)
        return config
    log.info("config=%s reloaded, %d sites", fresh.path, len(fresh.sites))
    return fresh


async def _until(
    ctx: Context,
    beat: Heartbeat,
    changed: asyncio.Event,
    on_pass: Callable[[PassResult], None],
    rounds: Rounds,
) -> None:
    """Runs the jobs under one config, until it changes or the daemon stops."""
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "misfire_grace_time": None},
    )
    scheduler.add_listener(_missed, EVENT_JOB_MISSED | EVENT_JOB_ERROR)
    stamp = stamp_of(ctx.config.path)

    under_way = UnderWay()
    halt = asyncio.Event()

    async def look() -> PassResult:
        if not (cry.path and mark(cry.path).exists()):  # else the gap is told as the disk's
            for event in await follow_schedule(ctx, under_way.sites, first=not beat.passes):
                log.warning("event id=%d kind=%s reason=%s", event.id, event.kind, event.reason)
        return await check(ctx, under_way=under_way)

    async def tick() -> None:
        beat.started = ctx.clock()
        if beat.resting_until is not None and beat.started < beat.resting_until:
            return
        try:
            result = await look()
        except StoreError as e:
            if not is_full(e, cry.path):
                raise
            log.error("nothing is looked at for %s: %s", RETRY, e)
            beat.resting_until = ctx.clock() + RETRY
            told = await cry.tell(ctx.config, e, ctx.clock(), but=departed(ctx.store))
            for name, why in told.items():
                log.warning("channel=%s not delivered: %s", name, why)
            return
        cry.told.clear()
        beat.ended(result, ctx.clock())
        failed, beat.last_error = beat.last_error, "; ".join(result.troubles)
        # What stays wrong is said once, not every five seconds.
        if result.outcomes or result.events or failed != beat.last_error:
            on_pass(result)
        if _may_ping(beat, ctx.clock()) and was_good(ctx, result):
            beat.pinged_at = ctx.clock()
            if why := await ping(ctx):
                log.warning("the ping could not be fetched: %s", why)

    async def send() -> None:
        # Not the job's own: where that is dropped, the message in hand is still sent and marked.
        task = asyncio.create_task(deliver(ctx, busy=rounds.busy, stopping=halt.is_set))
        rounds.running.add(task)
        task.add_done_callback(rounds.running.discard)
        done = await asyncio.shield(task)
        for channel, why in done.failed.items():
            log.warning("channel=%s not delivered: %s", channel, why)

    async def index() -> None:
        if beat.resting_until is None or ctx.clock() >= beat.resting_until:
            await fill_search(ctx.store)

    async def tidy() -> None:
        if beat.resting_until is None or ctx.clock() >= beat.resting_until:
            await retain(ctx)

    async def watch_config() -> None:
        if stamp_of(ctx.config.path) != stamp:
            changed.set()

    at_once = ctx.clock()
    cry = Cry(ctx.store.path)
    # A slow site, or channel, keeps its own round busy; the rounds after it see to the others.
    ticks = len(ctx.config.sites) + 2
    for job, every, most in (
        (tick, TICK, ticks),
        (send, DELIVER, len(ctx.config.channels) + 2),
        (index, searching.EVERY, 1),
        (tidy, retaining.EVERY, 1),
        (watch_config, CONFIG_LOOK, 1),
    ):
        scheduler.add_job(
            job,
            "interval",
            seconds=every.total_seconds(),
            next_run_time=at_once,
            id=job.__name__,
            max_instances=most,
        )
    scheduler.start()
    try:
        waits = [asyncio.create_task(e.wait()) for e in (beat.stopping, changed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
    finally:
        scheduler.pause()
        halt.set()
        await _finish(scheduler)


def _may_ping(beat: Heartbeat, now: datetime) -> bool:
    return beat.pinged_at is None or now - beat.pinged_at >= EVERY


async def _finish(scheduler: AsyncIOScheduler) -> None:
    """Lets the jobs that run end by themselves for a while, then drops them."""
    running = list(scheduler._executors["default"]._pending_futures)
    if running:
        await asyncio.wait(running, timeout=STOP_WITHIN)
    scheduler.shutdown(wait=False)


def _pages_ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the pages are not served any more: %s", error)


def _missed(event: JobExecutionEvent) -> None:
    if isinstance(event.exception, asyncio.CancelledError):
        return  # dropped on the way out
    if event.exception:
        log.error("job=%s failed: %s", event.job_id, event.exception)
    else:
        log.warning("job=%s was missed at %s", event.job_id, event.scheduled_run_time)
