"""The daemon: APScheduler drives a handful of jobs over the due index; never a job per post.

What a service manager is told is service.py's, that the jobs go on clockwork.py's business.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from ..config import Config, stamp_of
from ..errors import ConfigError, PostwatchError, StoreError
from ..store import Store
from ..units import shown_second
from . import retaining, searching, service
from .check import PassResult, UnderWay, check
from .clock_set import settle
from .clockwork import Clockwork, Surprises, WallClock
from .context import Context
from .deliver import Delivered, deliver
from .heartbeat import Heartbeat
from .opening import opened
from .ping import EVERY, ping, was_good
from .retaining import retain
from .room import Cry, is_full, mark, to_spare
from .searching import fill_search
from .share import Share
from .standstill import follow_schedule
from .turns import RETRY

log = logging.getLogger("postwatch.daemon")

#: How often the due index is asked; a look is never later than this for want of asking.
TICK = timedelta(seconds=5)
DELIVER = timedelta(seconds=10)
CONFIG_LOOK = timedelta(seconds=20)
#: Seconds that jobs under way have at the end; the daemon as a whole has ten.
STOP_WITHIN = 6.0
#: For jobs of which no part takes long. A pass and a delivery have a deadline round each of their parts.
SHORT, LONG = timedelta(minutes=5), timedelta(hours=1)
#: Seconds without the end of a tick after which the service manager is told no more that we live.
SILENT = 120.0


async def run(
    config: Config,
    store: Store,
    *,
    reload: Callable[[], Config],
    serve: Callable[[Config, Heartbeat], Coroutine[Any, Any, None]] | None = None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
    on_config: Callable[[Config], None] = lambda _: None,
    on_stop: Callable[[], None] = lambda: None,
    share: Share | None = None,
) -> None:
    """Checks, alerts and (with `serve`) shows pages until SIGTERM or SIGINT; a changed config is
    taken up within a minute, a bad one is refused and the old one kept. `on_stop` is called as soon as
    it is to end. `share`: of a cluster's work, all of which is a daemon's alone."""
    loop = asyncio.get_running_loop()
    beat = Heartbeat(began=store.clock(), ticked=loop.time())
    surprises, wall = Surprises(), WallClock(store.clock())

    def stop() -> None:
        if not beat.stopping.is_set():
            service.tell("STOPPING=1")
            beat.stopping.set()
            on_stop()

    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop)
    pages = asyncio.create_task(serve(config, beat)) if serve is not None else None
    if pages is not None:
        pages.add_done_callback(_pages_ended)
    rounds, ended, stamp = Rounds(), list[asyncio.Task[None]](), config.stamp
    changed = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, changed.set)
    alive = asyncio.create_task(_say_alive(beat))
    last_answers = asyncio.create_task(_end_pages(beat, pages))
    try:
        while not beat.stopping.is_set():
            tools = AsyncExitStack()
            ready = share.ready if share is not None else None
            ctx = await tools.enter_async_context(opened(config, store, ready=ready))
            try:
                await _until(ctx, beat, changed, on_pass, rounds, surprises, wall, stamp, share)
            finally:
                ended.append(asyncio.create_task(_closed(tools, list(rounds.running))))
            if not beat.stopping.is_set():
                changed.clear()  # before it is read: a change that comes now is taken up next
                stamp = stamp_of(config.path)
                service.tell(*service.reloading())
                config = await _reloaded(config, store, reload)
                on_config(config)
    finally:
        if rounds.running:  # they had their time
            log.warning("a message in hand was not finished; it is sent again, under its old id")
        for task in rounds.running:
            task.cancel()
        alive.cancel()
        beat.stopping.set()
        await asyncio.gather(*ended, last_answers, return_exceptions=True)


async def _say_alive(beat: Heartbeat) -> None:
    """Tells the service manager that we live, as long as ticks end: a loop that is stuck does not come
    here, and jobs that are stuck leave `ticked` behind."""
    every = service.alive_every()
    loop = asyncio.get_running_loop()
    while every is not None:
        if loop.time() - beat.ticked < SILENT:
            service.tell("WATCHDOG=1")
        await asyncio.sleep(every)


async def _end_pages(beat: Heartbeat, pages: asyncio.Task[None] | None) -> None:
    """Ends the pages as soon as it is time, beside all else that has to end."""
    await beat.stopping.wait()
    if pages is not None:
        pages.cancel()
        await asyncio.gather(pages, return_exceptions=True)


class Rounds(Struct):
    """The rounds of delivery that run: a message in hand outlives the config it was begun under."""

    busy: set[str] = field(default_factory=set)  #: channels being delivered through
    running: set[asyncio.Task[Delivered]] = field(default_factory=set)


async def _closed(tools: AsyncExitStack, rounds: list[asyncio.Task[Delivered]]) -> None:
    """Lets go of the tools of a config once nothing is sent with them any more."""
    if rounds:
        await asyncio.wait(rounds)
    await tools.aclose()


async def _reloaded(config: Config, store: Store, reload: Callable[[], Config]) -> Config:
    refused, trace = "", None
    try:
        fresh = reload()
        if fresh.database_url != config.database_url:
            raise ConfigError(f"{fresh.path}: [database] url has changed, which wants a restart")
        async with opened(fresh, store):
            pass  # what it names can be opened: channels, proxy
    except PostwatchError as e:
        refused = str(e)
    except Exception as e:  # ours: no config may end the watch
        refused, trace = f"{type(e).__name__}: {e}", e
    if refused:
        text = "the changed config is refused, the old one stays in force: %s"
        log.error(text, refused, exc_info=trace)
        return config
    log.info("config=%s reloaded, %d sites", fresh.path, len(fresh.sites))
    return fresh


async def _until(
    ctx: Context,
    beat: Heartbeat,
    changed: asyncio.Event,
    on_pass: Callable[[PassResult], None],
    rounds: Rounds,
    surprises: Surprises,
    wall: WallClock,
    stamp: tuple[int, int],
    share: Share | None,
) -> None:
    """Runs the jobs under one config, whose file had this `stamp`, until it changes or the daemon stops."""
    under_way = UnderWay()
    halt = asyncio.Event()
    cry = Cry(ctx.store.path)
    settling = asyncio.Lock()

    def ours() -> bool:
        return share is None or share.leads()

    async def look() -> PassResult:
        async with settling:  # nothing is judged by what is not brought to the clock yet
            if moved := wall.was_set(ctx.clock()):
                # In a cluster the server's clock counts: where it was not set, what is remembered is right.
                if share is None or await share.agrees():
                    await settle(ctx, beat, moved)
                wall.settled(moved)
        if not (cry.path and mark(cry.path).exists()):  # else the gap is told as the disk's
            for event in await follow_schedule(ctx, under_way.sites, since=beat.set_at):
                log.warning("event id=%d kind=%s reason=%s", event.id, event.kind, event.reason)
        if share is not None:
            return await share.hand_out(ctx, under_way)
        return await check(ctx, under_way=under_way)

    async def tick() -> None:
        try:
            await one_tick()
        finally:
            beat.ticked = asyncio.get_running_loop().time()

    async def one_tick() -> None:
        beat.started = ctx.clock()
        if not ours():
            wall.settled(wall.was_set(beat.started))  # who leads sees to it
            return
        if beat.rests(beat.started):
            return
        try:
            result = await look()
        except StoreError as e:
            if not is_full(e, cry.path):
                raise
            if not beat.rests(ctx.clock()):  # else a pass that overlapped this one has said it
                log.error("nothing is looked at for %s: %s", RETRY, e)
            beat.resting_until = ctx.clock() + RETRY
            told = await cry.tell(ctx.config, e, ctx.clock(), but=to_spare(ctx.store))
            for name, why in told.items():
                log.warning("channel=%s not delivered: %s", name, why)
            return
        cry.ended()
        beat.ended(result, ctx.clock())
        failed, beat.last_error = beat.last_error, "; ".join(result.troubles)
        # What stays wrong is said once, not every five seconds.
        if result.outcomes or result.events or failed != beat.last_error:
            on_pass(result)
            service.tell(f"STATUS={status(result, ctx.clock())}")
        if _may_ping(beat, ctx.clock()) and was_good(ctx, result):
            beat.pinged_at = ctx.clock()
            if why := await ping(ctx):
                surprises.say("ping", f"could not be fetched: {why}", logging.WARNING)
            else:
                surprises.well("ping")

    async def send() -> None:
        if not ours():
            return
        # Not the job's own: where that is dropped, the message in hand is still sent and marked.
        task = asyncio.create_task(deliver(ctx, busy=rounds.busy, stopping=halt.is_set))
        rounds.running.add(task)
        task.add_done_callback(rounds.running.discard)
        done = await asyncio.shield(task)
        for channel, why in done.failed.items():
            surprises.say(f"channel={channel}", f"not delivered: {why}", logging.WARNING)
        for channel in done.sent.keys() - done.failed.keys():
            surprises.well(f"channel={channel}")

    async def index() -> None:
        if ours() and not beat.rests(ctx.clock()):
            await fill_search(ctx.store)

    async def tidy() -> None:
        if ours() and not beat.rests(ctx.clock()):
            await retain(ctx)

    async def watch_config() -> None:
        if stamp_of(ctx.config.path) != stamp:
            changed.set()

    jobs = Clockwork(surprises, ctx.clock)
    # A slow site, or channel, keeps its own round busy; the rounds after it see to the others.
    jobs.add(tick, TICK, at_once=len(ctx.config.sites) + 2)
    jobs.add(send, DELIVER, at_once=len(ctx.config.channels) + 2)
    jobs.add(index, searching.EVERY, deadline=SHORT)
    jobs.add(tidy, retaining.EVERY, deadline=LONG)
    jobs.add(watch_config, CONFIG_LOOK, deadline=SHORT)
    jobs.start()
    working = asyncio.create_task(share.work(ctx, halt)) if share is not None else None
    service.tell("READY=1")
    try:
        waits = [asyncio.create_task(e.wait()) for e in (beat.stopping, changed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
    finally:
        halt.set()
        await asyncio.gather(jobs.stop(STOP_WITHIN), *filter(None, (working,)))


def status(result: PassResult, now: datetime) -> str:
    """What the service manager shows of the last pass."""
    said = f"last pass at {shown_second(now)}: {len(result.outcomes)} sites, {len(result.events)} events"
    return f"{said}; {'; '.join(result.troubles)}"[:500] if result.troubles else said


def _may_ping(beat: Heartbeat, now: datetime) -> bool:
    return beat.pinged_at is None or abs(now - beat.pinged_at) >= EVERY


def _pages_ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the pages are not served any more: %s", error)
