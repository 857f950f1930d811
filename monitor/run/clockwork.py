"""The jobs of the daemon: APScheduler runs them, and no clock that is set stops them.

APScheduler asks this machine's wall clock, which may jump: back by a day, and its interval would wait for
that day to pass; ahead by a year, and it would count six million missed runs. So the trigger is our own,
what was missed is one run, and a guard on the loop's clock, which only runs, wakes what waits too long.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from msgspec import Struct, field

from ..errors import PostwatchError

log = logging.getLogger("postwatch.daemon")

#: How often the guard looks, on the loop's clock.
GUARD = 2.0
#: Runs in a row that did not come before that is a surprise.
MISSED = 3
#: The clock was set where it moved by more than that against one that only runs.
SET = timedelta(seconds=60)


class Interval(BaseTrigger):  # type: ignore[misc]
    """Every so long; whatever was missed is one run."""

    def __init__(self, every: timedelta) -> None:
        self.every = every

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """When it is to run next."""
        if previous is None:
            return now
        due = previous + self.every
        return due if due > now else now + self.every


class WallClock:
    """Notices that this machine's clock was set: a suspended machine's was not, it only slept."""

    def __init__(self, now: datetime, steady: Callable[[], float] | None = None) -> None:
        self._steady = steady or _since_boot
        self._began, self._at = now, self._steady()

    def was_set(self, now: datetime) -> timedelta:
        """By how many seconds it was set and not yet `settled`; 0 where it only ran (or was set by little)."""
        steady = self._steady()
        moved = (now - self._began) - timedelta(seconds=steady - self._at)
        moved = timedelta(seconds=round(moved.total_seconds()))
        if abs(moved) > SET:
            return moved
        self._began, self._at = now, steady
        return timedelta(0)

    def settled(self, moved: timedelta) -> None:
        """What is remembered has been brought to a clock that was set by so much."""
        self._began += moved


def _since_boot() -> float:
    # Linux alone has a clock that counts suspended time and is never set.
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()


class Surprises(Struct):
    """What went wrong with a job or a channel, said once for as long as it stays the same."""

    said: dict[str, str] = field(default_factory=dict)

    def say(self, what: str, text: str, level: int = logging.ERROR, *, why: Any = None) -> None:
        """Logs it, unless it was said last of what it names (`job=tick`, `channel=mail`)."""
        if self.said.get(what) != text:
            self.said[what] = text
            log.log(level, "%s %s", what, text, exc_info=why)

    def well(self, what: str) -> None:
        """It is well again: whatever goes wrong next is said."""
        if self.said.pop(what, None) is not None:
            log.info("%s is well again", what)


class Clockwork(Struct):
    """A scheduler and its guard. `surprises` outlive it: a new config is no news of an old fault."""

    surprises: Surprises
    clock: Callable[[], datetime]
    scheduler: AsyncIOScheduler = field(
        default_factory=lambda: AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None}
        )
    )
    running: set[asyncio.Task[None]] = field(default_factory=set)
    _guard: asyncio.Task[None] | None = None
    _began: dict[str, float] = field(
        default_factory=dict
    )  #: of each job's last run, on the loop's clock
    _ended: bool = False

    def __post_init__(self) -> None:
        self.scheduler.add_listener(self._missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def add(
        self,
        job: Callable[[], Awaitable[None]],
        every: timedelta,
        *,
        at_once: int = 1,
        deadline: timedelta | None = None,
    ) -> None:
        """Has a job run at once and then every so long, at most so many of it at a time. `deadline` None
        is for a job each of whose parts has its own."""
        name = getattr(job, "__name__", "job")
        what = f"job={name}"

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self.running.add(task)
            self._late(name, every)
            try:
                async with asyncio.timeout(deadline.total_seconds() if deadline else None):
                    await job()
            except asyncio.CancelledError:
                if not self._ended:
                    raise
                # Dropped on the way out: nothing that anybody should read of.
            except TimeoutError as e:
                self.surprises.say(what, f"was dropped: not done within {deadline}", why=e)
            except PostwatchError as e:
                self.surprises.say(what, f"failed: {e}")
            except Exception as e:  # ours; the next run may fare better
                self.surprises.say(what, f"failed: {type(e).__name__}: {e}", why=e)
            else:
                self.surprises.well(what)
            finally:
                self.running.discard(task)

        self.scheduler.add_job(
            run,
            Interval(every),
            next_run_time=self.clock(),
            id=name,
            max_instances=at_once,
        )

    def start(self) -> None:
        """Starts the jobs, and what watches over them."""
        self.scheduler.start()
        self._guard = asyncio.create_task(self._keep_time())

    async def stop(self, within: float) -> None:
        """Begins no job any more, lets those that run end by themselves for some seconds, then drops
        them."""
        self.scheduler.pause()
        if self._guard is not None:
            self._guard.cancel()
        if self.running:
            await asyncio.wait(set(self.running), timeout=within)
        self._ended = True
        left = set(self.running)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1.0)
        self.scheduler.shutdown(wait=False)

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(GUARD)
            now = self.clock()
            for job in self.scheduler.get_jobs():
                due: datetime | None = job.next_run_time
                if due is not None and abs(due - now) > 2 * job.trigger.every:
                    job.modify(
                        next_run_time=now
                    )  # which wakes the scheduler, should it sleep for ever

    def _late(self, name: str, every: timedelta) -> None:
        now = asyncio.get_running_loop().time()
        before = self._began.get(name)
        self._began[name] = now
        if before is None:
            return
        missed = int((now - before) / every.total_seconds()) - 1
        if missed >= MISSED:
            log.warning("job=%s came %.0f s late: %d runs were missed", name, now - before, missed)

    def _missed(self, event: JobEvent) -> None:
        # As many as may run at once do: each has its deadline, so it is a matter of time.
        text = "is left out, since the runs before it are not done"
        self.surprises.say(f"job={event.job_id} (one more)", text, logging.WARNING)
