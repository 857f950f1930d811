"""Every time that is told is that of the very look it is told of, however long the pass took."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import Reply
from monitor.fetch import Ask, Fetcher
from monitor.model import Answer, Event, Kind, Role
from monitor.show.story import interval
from monitor.store import observations, posts, snapshots
from monitor.store.rows import PostRow, SnapshotRow
from monitor.units import rfc3339
from monitor.values import replace
from tests.support.prose import posts as prose
from tests.support.watching import Clock, Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "the-night-shift"
PACE = timedelta(seconds=20)


class SlowFetcher:
    """A fetcher that takes its time, and knows which bytes came when. Each page says when it was made."""

    stamps = True

    def __init__(self, inner: Fetcher, clock: Clock) -> None:
        self.inner, self.clock, self.one = inner, clock, asyncio.Lock()
        self.came: dict[tuple[str, datetime], Answer] = {}

    async def fetch(self, ask: Ask) -> Answer:
        async with self.one:
            self.clock.now += PACE
            answer = await self.inner.fetch(ask)
            if answer.body and self.stamps:
                stamp = f"<!-- {self.clock.now} -->".encode()
                answer = replace(answer, body=answer.body + stamp)
            self.came[ask.url, answer.at] = answer
            return answer

    def slow_down(self, url: str, delay: timedelta) -> None:
        self.inner.slow_down(url, delay)

    async def aclose(self) -> None:
        await self.inner.aclose()


def slowly(w: Watch) -> SlowFetcher:
    fetcher = SlowFetcher(w.ctx.fetcher, w.clock)
    w.ctx = replace(w.ctx, fetcher=fetcher)
    return fetcher


def known(w: Watch, slug: str = SLUG) -> tuple[PostRow, list[SnapshotRow]]:
    with w.ctx.store.read() as conn:
        row = next(p for p in posts.posts(conn, 1) if p.state.url.endswith(f"/{slug}/"))
        return row, snapshots.snapshots(conn, row.state.post_id)


async def test_a_version_bears_the_time_of_the_look_that_brought_its_bytes(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        fetcher = slowly(w)
        await w.look()
        w.post(SLUG).paragraphs[1] = "The answer was a cleaning job that nobody remembered at all."
        changed_at = w.clock.now
        told = await w.look(15)
        assert [e.kind for e in told] == [Kind.EDITED]
        row, (first, second) = known(w)
        for version in (first, second):
            answer = fetcher.came[row.state.url, version.first_read_at]
            assert version.body_hash == hashlib.sha256(answer.body).hexdigest()
            latest = fetcher.came[row.state.url, version.last_read_at]
            assert version.latest_body_hash == hashlib.sha256(latest.body).hexdigest()
        assert row.state.first_seen_at == first.first_read_at
        assert row.state.last_seen_at == second.last_read_at
        # What the event says, the version says: read so twice, first at the upper end of the claim.
        event = told[0]
        assert event.last_seen_at is not None and event.first_missing_at is not None
        assert first.last_read_at == event.last_seen_at < changed_at < event.first_missing_at
        assert second.first_read_at == event.first_missing_at
        looks = [look.at for look in event.looks if look.role is Role.POST]
        assert looks == [second.first_read_at, second.last_read_at]
        assert second.looks == len(looks)


async def test_each_look_of_a_long_pass_is_observed_at_its_own_time(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        fetcher = slowly(w)
        await w.looks(2, 15)
        with w.ctx.store.read() as conn:
            rows = observations.observations(conn)
        assert {r.role for r in rows} >= {Role.POST, Role.HOME, Role.SOURCE}
        for row in rows:
            for at in (row.first_at, row.last_at):
                assert (row.url, at) in fetcher.came, (row.role, row.url, rfc3339(at))
        times = [r.first_at for r in rows if r.role is Role.POST]
        assert len(times) >= 5 and len(set(times)) == len(times)


async def passes(w: Watch, times: int) -> list[Event]:
    found: list[Event] = []
    for _ in range(times):
        found += await w.look(15)
    return found


@pytest.mark.parametrize("unchanged", [False, True])
async def test_delisted_and_relisted_say_when_the_sources_did(
    tmp_path: Path, unchanged: bool
) -> None:
    """Also where the sources stood still, byte for byte, until it left them."""
    async with watching(tmp_path, prose(5)) as w:
        fetcher = slowly(w)
        fetcher.stamps = not unchanged
        assert await passes(w, 4) == []
        for listed, kind in ((False, Kind.DELISTED), (True, Kind.RELISTED)):
            before, w.post(SLUG).listed = w.clock.now, listed
            (event,) = await passes(w, 3)
            assert event.kind is kind
            earliest, latest = interval(event)
            assert earliest is not None and latest is not None
            assert earliest <= before < latest
            asked = [
                at
                for url, at in fetcher.came
                if url.endswith(("feed.xml", "sitemap.xml", "/blog/"))
            ]
            assert earliest in asked
            assert latest - earliest < timedelta(minutes=20)
            if kind is Kind.DELISTED:
                assert latest in asked and latest < event.detected_at
            assert await passes(w, 2) == []


async def test_an_outage_lies_between_looks_that_saw_it(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        fetcher = slowly(w)
        await passes(w, 2)
        up = w.clock.now
        home = w.blog.answer("/blog/")
        # Its home page stays, so that only its posts show that it is down, and late in the pass.
        w.blog.override = lambda p: home if p == "/blog/" else Reply(500, "<h1>Error</h1>")
        (gone,) = await passes(w, 5)
        down = w.clock.now
        w.blog.override = lambda _: None
        (back,) = await passes(w, 2)
        assert (gone.kind, back.kind) == (Kind.SITE_UNREACHABLE, Kind.SITE_RECOVERED)
        looked = {at for (_, at), a in fetcher.came.items()}
        failed = {at for (_, at), a in fetcher.came.items() if a.status == 500}
        earliest, latest = interval(gone)
        assert earliest in looked and latest in failed
        assert earliest is not None and latest is not None and earliest <= up < latest
        earliest, latest = interval(back)
        assert earliest in failed and latest in looked
        assert earliest is not None and latest is not None and earliest <= down < latest
