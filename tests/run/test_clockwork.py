"""The jobs go on whatever happens to the clock, and whatever one of them does."""

from __future__ import annotations

import asyncio
import datetime as real
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import Reply
from monitor.errors import StoreError
from monitor.fetch import Ask, Fetcher
from monitor.model import Answer, Event, Kind
from monitor.read.robots import read_robots
from monitor.run import clockwork
from monitor.run.check import UnderWay, check, longest
from monitor.run.clock_set import settle
from monitor.run.clockwork import Clockwork, Interval, Surprises, WallClock
from monitor.run.controls import Controls
from monitor.run.heartbeat import Heartbeat
from monitor.run.known import load
from monitor.run.standstill import follow_schedule
from monitor.store import posts as post_store
from monitor.store import queue, sites
from monitor.values import replace
from tests.support.prose import posts
from tests.support.watching import watching

TICK = timedelta(milliseconds=20)


class Shifted:
    """This machine's clock, set by whoever likes to."""

    by = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + Shifted.by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shifted]:
    class Moved(real.datetime):
        @classmethod
        def now(cls, tz: real.tzinfo | None = None) -> Moved:
            at = real.datetime.now(tz) + Shifted.by
            return cls.fromtimestamp(at.timestamp(), tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Moved)
    monkeypatch.setattr(clockwork, "GUARD", 0.05)
    Shifted.by = timedelta(0)
    yield Shifted()
    Shifted.by = timedelta(0)


async def test_a_clock_that_is_set_stops_nothing_and_makes_nothing_spin(clock: Shifted) -> None:
    runs = 0

    async def count() -> None:
        nonlocal runs
        runs += 1

    jobs = Clockwork(Surprises(), clock)
    jobs.add(count, TICK)
    jobs.start()
    try:
        for by in (
            timedelta(0),
            timedelta(days=-1),
            timedelta(days=3650),
            timedelta(hours=-5),
            timedelta(days=31),
        ):
            Shifted.by = by
            before = runs
            async with asyncio.timeout(10):
                while runs < before + 3:
                    await asyncio.sleep(0.01)
            before = runs
            await asyncio.sleep(0.1)
            assert runs - before <= 6, by
    finally:
        await jobs.stop(1)


async def test_what_goes_wrong_is_said_once_and_the_job_runs_on(
    clock: Shifted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    runs = 0

    async def tick() -> None:
        nonlocal runs
        runs += 1
        if runs < 4:
            raise StoreError("the database is locked")
        if runs == 4:
            raise KeyError("ours")

    async def hangs() -> None:
        await asyncio.sleep(3600)

    jobs = Clockwork(Surprises(), clock)
    jobs.add(tick, TICK)
    jobs.add(hangs, TICK, deadline=timedelta(milliseconds=50))
    jobs.start()
    while runs < 6:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await jobs.stop(0)
    said = [r.getMessage() for r in caplog.records]
    assert said.count("job=tick failed: the database is locked") == 1
    assert said.count("job=tick failed: KeyError: 'ours'") == 1
    assert said.count("job=tick is well again") == 1
    assert sum(s.startswith("job=hangs was dropped: not done within") for s in said) == 1
    assert not jobs.running


async def test_a_job_that_is_not_done_in_time_for_the_next_is_told_once(
    clock: Shifted, caplog: pytest.LogCaptureFixture
) -> None:
    begun = 0

    async def endless() -> None:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()

    jobs = Clockwork(Surprises(), clock)
    jobs.add(endless, TICK, at_once=2)
    jobs.start()
    while not caplog.records or begun < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await jobs.stop(0)
    assert begun == 2
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("postwatch")]
    assert ours == ["job=endless (one more) is left out, since the runs before it are not done"]


async def test_jobs_end_by_themselves_or_are_dropped_without_a_word(
    clock: Shifted, caplog: pytest.LogCaptureFixture
) -> None:
    ended, begun = [], asyncio.Event()

    async def short() -> None:
        await asyncio.sleep(0.05)
        ended.append("short")

    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    jobs = Clockwork(Surprises(), clock)
    jobs.add(short, timedelta(hours=1))
    jobs.add(endless, timedelta(hours=1))
    jobs.start()
    await begun.wait()
    loop = asyncio.get_running_loop()
    before = loop.time()
    await jobs.stop(0.3)
    assert loop.time() - before < 1
    assert ended == ["short"]
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_a_long_pause_is_one_run() -> None:
    every = Interval(timedelta(seconds=5))
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert every.get_next_fire_time(None, now) == now
    assert every.get_next_fire_time(now, now) == now + timedelta(seconds=5)
    late = now + timedelta(days=3650)
    assert every.get_next_fire_time(now, late) == late + timedelta(seconds=5)


def test_a_clock_is_set_where_it_moved_against_one_that_only_runs() -> None:
    steady = 100.0
    now = datetime(2026, 6, 1, tzinfo=UTC)
    wall = WallClock(now, lambda: steady)
    steady, now = steady + 30, now + timedelta(seconds=31)
    assert wall.was_set(now) == timedelta(0)
    steady, now = steady + 7200, now + timedelta(hours=2)  # it slept
    assert wall.was_set(now) == timedelta(0)
    steady, now = steady + 5, now - timedelta(days=1)
    back = timedelta(days=-1, seconds=-5)
    assert wall.was_set(now) == back
    steady, now = steady + 30, now + timedelta(seconds=30)
    assert wall.was_set(now) == back  # it could not be settled: it still is
    wall.settled(back)
    assert wall.was_set(now) == timedelta(0)
    steady, now = steady + 5, now + timedelta(days=400, seconds=5)
    assert wall.was_set(now) == timedelta(days=400)
    wall.settled(timedelta(days=400))
    assert wall.was_set(now) == timedelta(0)


class Stuck:
    """A fetcher of which one answer never comes, whatever deadline it was given."""

    def __init__(self, inner: Fetcher, path: str) -> None:
        self.inner, self.path = inner, path

    async def fetch(self, ask: Ask) -> Answer:
        if ask.url.endswith(self.path):
            await asyncio.Event().wait()
        return await self.inner.fetch(ask)

    def slow_down(self, url: str, delay: timedelta) -> None: ...

    async def aclose(self) -> None: ...


async def test_a_pass_over_a_site_that_is_stuck_is_dropped_and_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(tmp_path, posts(3)) as w:
        await w.look()
        plain = w.ctx
        w.ctx = replace(plain, fetcher=Stuck(plain.fetcher, w.blog.posts[1].path))
        monkeypatch.setattr("monitor.run.check.longest", lambda *_: timedelta(seconds=0.3))
        under_way = UnderWay()
        w.clock.now += timedelta(hours=2)
        result = await check(w.ctx, under_way=under_way)
        assert result.failed == ["corvane: TimeoutError: not done in the time it may take"]
        assert under_way.sites == set()
        monkeypatch.undo()
        w.ctx = plain
        assert [o.looked for o in (await w.pass_(6)).outcomes] == [3]


async def test_a_pass_may_take_as_long_as_the_pace_of_its_host_wants(tmp_path: Path) -> None:
    robots = read_robots(b"User-agent: *\nCrawl-delay: 30\n", 200)
    async with watching(tmp_path, posts(3)) as w:
        await w.look()
        with w.ctx.store.read() as conn:
            known = load(conn, sites.sites(conn)[0])
        quick = longest(w.ctx, known, Controls(read_robots(None, 404), None, None, None))
        slow = longest(w.ctx, known, Controls(robots, None, None, None))
    assert timedelta(hours=1) < quick < slow
    assert slow - quick == 3 * 1003 * timedelta(seconds=30)


@pytest.mark.parametrize(
    "by", [timedelta(days=-1), timedelta(hours=-3), timedelta(hours=3), timedelta(days=400)]
)
async def test_a_clock_that_is_set_amid_a_suspicion_tells_nothing_false(
    tmp_path: Path, by: timedelta
) -> None:
    async with watching(tmp_path, posts(3)) as w:
        beat = Heartbeat(began=w.clock.now)
        assert await w.look() == []
        assert await w.look(15) == []
        assert await follow_schedule(w.ctx, ()) == ()
        seen = w.clock.now
        w.blog.posts[1].status = 404
        assert await w.looks(2) == []  # suspected
        w.clock.now += by
        await settle(w.ctx, beat, by)
        assert await follow_schedule(w.ctx, (), since=beat.set_at) == ()
        set_at = w.clock.now
        first = await w.pass_()
        second = await w.pass_(11)
        assert "corvane" in [o.name for o in first.outcomes + second.outcomes]
        events = first.events + second.events + await w.looks(4)
        assert [e.kind for e in events] == ["removed"]
        assert await w.looks(3, 20) == []
        (event,) = events
        assert event.first_missing_at is not None and event.last_seen_at is not None
        # Looks dated by two clocks are no wait that could be measured.
        assert set_at <= event.first_missing_at <= event.detected_at - timedelta(minutes=20)
        assert all(x.at >= set_at for x in event.looks if x.role == "post")
        # Seen when it was, by the new clock; where the old one may have been right before, by that.
        assert event.last_seen_at == (seen + by if by < timedelta(0) else seen)
        w.blog.posts[1].status = 200
        (back,) = await w.looks(2, 16)
        assert back.absent_for is not None and back.absent_for[0] < 7200


@pytest.mark.parametrize("by", [timedelta(days=-2), timedelta(days=30)])
async def test_a_clock_that_is_set_while_a_site_is_looked_at_makes_nothing_old(
    tmp_path: Path, by: timedelta
) -> None:
    """What the pass in hand had read was dated by the clock before: it does not come back over the rest."""
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        beat = Heartbeat(began=w.clock.now - timedelta(hours=1))
        w.blog.posts[1].status = 404
        assert await w.look(5, everything=True) == []
        w.clock.now += timedelta(minutes=1)
        fetch, leapt = w.ctx.fetcher.fetch, False

        async def leaps(ask: Ask) -> Answer:
            nonlocal leapt
            if w.blog.posts[1].path in ask.url and not leapt:
                leapt = True
                w.clock.now += by
                await settle(w.ctx, beat, by)
            return await fetch(ask)

        w.ctx.fetcher.fetch = leaps  # type: ignore[method-assign]
        result = await check(w.ctx, everything=True)
        assert leapt and (result.outcomes, result.events, result.failed) == ([], [], [])
        set_at = w.clock.now
        events: list[Event] = []
        while not events:
            events = await w.look(1, everything=True)
        (event,) = events
        assert event.kind is Kind.REMOVED
        assert event.detected_at - set_at >= timedelta(minutes=20)
        assert all(x.at >= set_at for x in event.looks if x.role == "post")


async def test_a_post_that_was_gone_was_gone_no_longer_by_a_clock_set_ahead(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as w:
        beat = Heartbeat(began=w.clock.now)
        await w.looks(2)
        w.blog.posts[1].status = 404
        assert [e.kind for e in await w.looks(4)] == ["removed"]
        w.clock.now += timedelta(days=30)
        await settle(w.ctx, beat, timedelta(days=30))
        w.blog.posts[1].status = 200
        (back,) = await w.looks(2, 16)
        assert back.absent_for is not None
        assert back.absent_for[0] < 3600 and back.absent_for[1] > 30 * 86400


async def test_a_site_that_is_down_was_down_no_longer_by_a_clock_that_is_set(
    tmp_path: Path,
) -> None:
    """Neither is an outage told for a leap of the clock, nor kept back until it is as late again."""
    for folder, by in (("ahead", timedelta(days=30)), ("back", timedelta(days=-365))):
        (tmp_path / folder).mkdir()
        async with watching(tmp_path / folder, posts(3)) as w:
            beat = Heartbeat(began=w.clock.now)
            await w.looks(2)
            w.answer_all(Reply(503, "<h1>down</h1>"))
            assert await w.looks(2) == []
            w.clock.now += by
            await settle(w.ctx, beat, by)
            assert await w.looks(1) == []
            (told,) = await w.looks(3)
            assert told.kind == "site_unreachable"
            assert told.first_missing_at is not None
            assert told.detected_at - told.first_missing_at <= timedelta(minutes=40)
            w.answer_all(None)
            (back,) = await w.looks(3)
            assert back.absent_for is not None and back.absent_for[0] <= 3600


async def test_what_an_earlier_process_wrote_by_a_clock_that_was_ahead(tmp_path: Path) -> None:
    """Nobody saw it set: what lies in the future is brought back when it is found there."""
    async with watching(tmp_path, posts(3)) as w:
        await w.looks(2)
        w.blog.posts[1].status = 404
        w.answer(w.blog.posts[2].path, Reply(500, "<h1>down</h1>"))
        await w.looks(2)
        w.clock.now -= timedelta(days=365)
        now = w.clock.now
        events = await w.look() + await w.looks(6)
        assert [e.kind for e in events] == ["removed"]
        with w.ctx.store.read() as conn:
            rows = post_store.posts(conn, 1)
        latest = [r.state.last_seen_at for r in rows if r.state.last_seen_at]
        assert max(latest) <= w.clock.now
        assert events[0].last_seen_at is not None and events[0].last_seen_at <= now


async def test_alerts_wait_no_longer_for_a_clock_that_was_ahead(tmp_path: Path) -> None:
    more = """[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:9"
from = "a@b.example"
to = ["c@d.example"]
"""
    async with watching(tmp_path, posts(3), more) as w:
        beat = Heartbeat(began=w.clock.now)
        await w.looks(2)
        w.blog.posts[1].status = 404
        (told,) = await w.looks(4)
        by = timedelta(days=-365)
        w.clock.now += by
        await settle(w.ctx, beat, by)
        with w.ctx.store.read() as conn:
            alerts = queue.alerts(conn, event_id=told.id)
        found = told.detected_at + by
        assert {a.notice: a.due_at for a in alerts} == {
            "": w.clock.now,
            "remind:86400": found + timedelta(days=1),
            "remind:604800": found + timedelta(days=7),
        }


async def test_a_machine_that_slept_is_told_as_that(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as w:
        await w.look()
        assert await follow_schedule(w.ctx, ()) == ()
        slept = w.clock.now
        w.clock.now += timedelta(hours=5)
        (told,) = await follow_schedule(w.ctx, ())
        assert (told.kind, told.reason) == ("watch_stopped", "stopped")
        assert (told.first_missing_at, told.last_missing_at) == (slept, w.clock.now)


async def test_a_scheduler_that_fell_asleep_is_woken(
    clock: Shifted, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = 0

    async def count() -> None:
        nonlocal runs
        runs += 1

    jobs = Clockwork(Surprises(), clock)
    jobs.add(count, TICK)
    jobs.start()
    try:
        while runs < 2:
            await asyncio.sleep(0.01)
        jobs.scheduler._stop_timer()  # as a fault within it would leave it
        before = runs
        async with asyncio.timeout(5):
            while runs < before + 3:
                await asyncio.sleep(0.01)
    finally:
        await jobs.stop(1)
