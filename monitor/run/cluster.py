"""A worker of a cluster: it looks at the hosts it is handed, and may come to be the one that hands them out.

All workers are alike. One of them leads, whichever holds the lock `lead`; it is a daemon in all but its looks
(daemon.py), in whose place it has each group of sites that is due wait in a queue. procrastinate gives each
group to one worker at a time. A worker whose place is lost (member.py) may send no request, and what it still
writes is refused: whoever leads takes its jobs away, and its sites, which are still due, are handed out again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from ..decide.neighbours import Group
from ..errors import HostTaken, PostwatchError
from ..store import Store, jobs, queue
from ..store.jobs import CLOCKS_DIFFER
from ..store.member import Member, since_boot
from ..values import replace
from .check import PassResult, UnderWay, check
from .clockwork import Surprises
from .context import Context
from .handing import Handing, grouped
from .shared_sight import SharedSight

log = logging.getLogger("postwatch.worker")

LEAD = "lead"
#: Seconds between two looks at one's own place; and from being chosen until one acts, so that who led before
#: has noticed.
EVERY, SETTLE = 1.0, 3.0
#: Seconds between two looks for jobs that nobody works on.
STRAYS = 15.0
#: Hosts at once, of a worker; and of one that has not connected to any site since it could not.
HOSTS, CAUTIOUS = 96, 1
#: Seconds that passes under way have when the worker is to end.
GRACE = 6.0


class Cluster:
    """This process's share. `on_pass` is told what each of its passes came to."""

    def __init__(self, store: Store, on_pass: Callable[[PassResult], None]) -> None:
        self._store, self._on_pass = store, on_pass
        self._member: Member | None = None
        self._lead_since: float | None = None
        self._right_clock = True
        self._surprises = Surprises()
        self._under_way = UnderWay()
        self._looks: set[asyncio.Task[object]] = set()
        self._over = asyncio.Event()  #: this stint of work
        self._handing = Handing()
        self._seeing = True
        self._sight = SharedSight(secrets.token_hex(4), self, store, since_boot)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.worker: int | None = None  #: its number in the queue
        self.table = ""
        self.in_hand: set[int] = set()  #: numbers of its jobs
        self._strays: set[int] = set()
        self._strays_at = 0.0

    def join(self) -> None:
        """Takes a place; StoreBusy where a process that must be alone works with the database."""
        self._member = Member(self._store, self._lost)
        self._member.join()
        with self._store.read() as conn:
            self.table = jobs.table(conn)

    def leave(self) -> None:
        """Gives the place back."""
        if self._member is not None:
            self._member.leave()

    async def groups(self, ctx: Context) -> Sequence[Group]:
        """The sites by the hosts they share, as who leads has them."""
        return await asyncio.to_thread(grouped, ctx)

    # What a daemon asks of its share.

    def leads(self) -> bool:
        since = self._lead_since
        return since is not None and self._sure() and since_boot() - since >= SETTLE

    async def agrees(self) -> bool:
        member = self._member
        if member is None:
            return False
        ahead = await asyncio.to_thread(lambda: member.ahead(self._store.clock().timestamp()))
        return abs(ahead) <= CLOCKS_DIFFER

    async def ready(self) -> None:
        while not self._sure():
            if self._member is None or self._member.lost:
                raise HostTaken
            await asyncio.sleep(0.1)

    async def hand_out(self, ctx: Context, under_way: UnderWay) -> PassResult:
        member = self._member
        if member is None:
            return PassResult(ctx.clock())
        return await self._handing.hand_out(ctx, under_way, self.table, self._lives(member))

    async def work(self, ctx: Context, halt: asyncio.Event) -> None:
        """Keeps a place, and works whenever there is one, until told to halt."""
        self._under_way, self._loop = UnderWay(), asyncio.get_running_loop()
        keeping = asyncio.create_task(self._keep_place(ctx))
        try:
            while not halt.is_set():
                if self._sure() and self._right_clock and not self._rests():
                    try:
                        await self._stint(ctx, halt)
                        self._surprises.well("queue")
                    except Exception as e:  # the server's: the next stint may fare better
                        why = e.__cause__ or e  # what procrastinate wraps says more than it
                        self._surprises.say("queue", f"failed: {type(why).__name__}: {why}")
                with suppress(TimeoutError):
                    await asyncio.wait_for(halt.wait(), EVERY)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def _sure(self) -> bool:
        return self._member is not None and self._member.sure()

    def _rests(self) -> bool:
        return asyncio.get_running_loop().time() < self._under_way.blind_until

    def _lives(self, member: Member) -> Callable[[int], bool]:
        return lambda worker: worker == self.worker or member.is_held(jobs.alive(worker))

    async def _keep_place(self, ctx: Context) -> None:
        """Joins again where the place was lost, leads where nobody does, and minds the clock."""
        while True:
            try:
                if self._member is None or self._member.lost:
                    await self._join_again()
                self._right_clock = await self.agrees()
                if not self._right_clock:
                    await self._lead_no_more()
                    text = f"differs from the database server's by more than {CLOCKS_DIFFER:.0f} s: nothing is looked at"
                    self._surprises.say("clock", text)
                else:
                    self._surprises.well("clock")
                    await self._elect(ctx)
                await self._drop_strays()
                self._surprises.well("place")
            except PostwatchError as e:
                self._surprises.say("place", f"lost: {e}")
            except Exception as e:
                self._surprises.say("place", f"failed: {type(e).__name__}: {e}", why=e)
            await asyncio.sleep(EVERY)

    async def _join_again(self) -> None:
        old, self._lead_since = self._member, None
        if old is not None:
            await asyncio.to_thread(old.leave)
        fresh = Member(self._store, self._lost)
        await asyncio.to_thread(fresh.join)
        self._member = fresh
        log.info("has a place in the cluster again")

    async def _elect(self, ctx: Context) -> None:
        member = self._member
        if member is None or self._lead_since is not None:
            return
        if await asyncio.to_thread(member.hold, LEAD):
            await ctx.store.awrite(queue.release_all)
            self._handing = Handing()
            self._lead_since = since_boot()
            log.info("this worker leads: it hands out the hosts and sends the alerts")

    async def _lead_no_more(self) -> None:
        if self._lead_since is not None and self._member is not None:
            self._lead_since = None
            await asyncio.to_thread(self._member.let_go, LEAD)

    async def _drop_strays(self) -> None:
        """Lets go of jobs of ours that ended without the queue's being told: the server did not answer then."""

        def found() -> set[int]:
            with self._store.read() as conn:
                mine = [
                    j for j in jobs.jobs(conn, self.table) if j.doing and j.worker == self.worker
                ]
            return {job.id for job in mine} - self.in_hand

        now = asyncio.get_running_loop().time()
        if self.worker is None or now < self._strays_at:
            return
        self._strays_at = now + STRAYS
        strays = await asyncio.to_thread(found)
        gone = strays & self._strays  # not one that begins or ends in this moment
        if gone:
            await self._store.awrite(partial(jobs.drop, table=self.table, gone=gone))
        self._strays = strays - gone

    def _lost(self) -> None:
        """Told by the thread that asks."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._abandon)

    def _abandon(self) -> None:
        """The place is lost, and with it all that is looked at: it is handed out to others."""
        if self._looks:
            log.warning("%d hosts under way are left to other workers", len(self._looks))
        for task in self._looks:
            task.cancel()
        self._over.set()

    async def _stint(self, ctx: Context, halt: asyncio.Event) -> None:
        """Works through the queue until told to halt, or the place, the clock or the sight is lost."""
        from .stint import work_through

        member = self._member
        if member is None:
            return
        self._over.clear()
        await work_through(
            self._store,
            member,
            partial(self._look, ctx),
            hosts=HOSTS if self._seeing else CAUTIOUS,
            grace=GRACE,
            told=self._registered,
            until=_first(halt, self._over),
        )

    def _registered(self, worker: int | None) -> None:
        self.worker = worker

    async def _look(self, ctx: Context, job: int, worker: int, names: tuple[str, ...]) -> None:
        """One job: a pass over sites that share hosts, as a daemon makes it."""
        task = asyncio.current_task()
        assert task is not None
        self._looks.add(task)
        self.in_hand.add(job)
        try:
            fence = jobs.still_ours(self.table, job, worker, ctx.clock)
            own = replace(ctx, store=ctx.store.behind(fence))
            ours = {s.name for s in ctx.config.sites}
            known = [name for name in names if name in ours]  # else the config is not read yet
            if known:
                result = await check(
                    own, only=known, handed=True, under_way=self._under_way, sight=self._sight
                )
                self._passed(result)
                # The next to ask these hosts may be another worker, and asks no sooner than we would.
                await ctx.sleep(ctx.config.fetch.per_host_delay.total_seconds())
            self._surprises.well("pass")
        except HostTaken:
            log.warning("sites=%s: left to the worker that took their hosts over", ",".join(names))
        except Exception as e:  # ours, or the database's; what is due is handed out again
            self._surprises.say("pass", f"failed: {type(e).__name__}: {e}")
        finally:
            self._looks.discard(task)
            self.in_hand.discard(job)

    def _passed(self, result: PassResult) -> None:
        if result.outcomes or result.events or result.failed:
            self._on_pass(result)
        if result.blind:
            self._surprises.say("network", "seems to be our own: no site can be reached from here")
            self._seeing = False
            self._over.set()
        elif result.outcomes and not self._seeing:
            self._surprises.well("network")
            self._seeing = True
            self._over.set()  # and on with all hosts at once


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(e.wait()) for e in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
