"""Older posts are looked at as often as their host has room for, and no host is asked for more than its budget."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import structs

from monitor.demo.blog import BlogPost, day
from monitor.model import Kind
from monitor.run import paces
from monitor.store import sites
from monitor.values import replace
from tests.support.prose import many, posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


def blog(old: int, young: int = 3) -> list[BlogPost]:
    """Young posts, and others of the last years."""
    ancient = many(old)
    for n, post in enumerate(ancient):
        post.date = day(2025, 1, 1) - timedelta(days=3 * n)
    return [*posts(young), *ancient]


def paced(w: Watch, pace: timedelta) -> None:
    """Has the schedule reckon with a pace that the loopback blog is not really asked at."""
    fetch = structs.replace(w.ctx.config.fetch, per_host_delay=pace)
    w.ctx = replace(w.ctx, config=structs.replace(w.ctx.config, fetch=fetch))


async def follow(w: Watch, hours: float) -> dict[str, list[datetime]]:
    """The daemon's way for so long: when each path was asked for."""
    asked: dict[str, list[datetime]] = defaultdict(list)
    for _ in range(int(hours * 60 / 15)):
        w.blog.asked.clear()
        await w.look(15)
        for path in dict.fromkeys(w.blog.asked):
            asked[path].append(w.clock.now)
    return asked


def gaps(asked: dict[str, list[datetime]], post: BlogPost) -> list[timedelta]:
    return [b - a for a, b in pairwise(asked[post.path])]


async def test_a_host_with_room_has_every_post_looked_at_every_time(tmp_path: Path) -> None:
    async with watching(tmp_path, blog(12)) as w:
        paced(w, timedelta(seconds=1))
        await w.look()
        asked = await follow(w, 3)
        for post in w.blog.posts:
            assert gaps(asked, post) == [15 * MINUTE] * 11, post.slug


async def test_a_host_without_room_is_asked_for_its_budget_and_no_young_post_waits(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, blog(30)) as w:
        paced(w, timedelta(seconds=20))  # 45 requests in a quarter of an hour
        await w.look()
        asked = await follow(w, 9)
        young, old = w.blog.posts[:3], w.blog.posts[3:]
        for post in young:
            assert set(gaps(asked, post)) == {15 * MINUTE}, post.slug
        with w.ctx.store.read() as conn:
            site = w.ctx.config.sites[0]
            host = paces.host_pace(conn, w.ctx.config, site, w.clock.now)
        assert host is not None and timedelta(hours=1) < host.slower < timedelta(hours=3)
        at = Counter[datetime]()
        for post in old:
            assert max(gaps(asked, post)) <= 1.3 * host.slower, post.slug
            at.update(asked[post.path])
        # What the first pass saw at one time is spread over the passes of its interval.
        assert max(at.values()) <= len(old) // 2
        # Once it is: looks of the last hours, beside those that the budget has room for.
        late = [t for t in at.elements() if w.clock.now - t < 6 * timedelta(hours=1)]
        assert len(late) <= 1.4 * len(old) * timedelta(hours=6) / host.slower


async def test_sites_of_one_host_share_its_budget(tmp_path: Path) -> None:
    async with watching(tmp_path, blog(30)) as w:
        twin = structs.replace(w.ctx.config.sites[0], name="twin")
        w.ctx = replace(
            w.ctx, config=structs.replace(w.ctx.config, sites=(*w.ctx.config.sites, twin))
        )
        paced(w, timedelta(seconds=10))
        await w.look()
        await w.look(15)
        with w.ctx.store.read() as conn:
            first, second = (
                paces.host_pace(conn, w.ctx.config, s, w.clock.now) for s in w.ctx.config.sites
            )
            (row, _) = sites.sites(conn)
            alone = paces.noted(conn, row.id)
        assert first is not None and second is not None and alone is not None
        assert first.slower == second.slower
        assert first.slower > paces.HostPace({"corvane": alone}).slower


async def test_a_day_of_ours_is_caught_up_with_while_the_young_have_their_turn(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, blog(60)) as w:
        paced(w, timedelta(seconds=30))
        await w.look()
        await follow(w, 3)
        gone = w.blog.posts[40]
        gone.status = 404  # still listed: only its own look can tell
        w.clock.now += timedelta(hours=30)
        events = []
        for _ in range(10):
            events += await w.look(15)
        assert Kind.REMOVED in [e.kind for e in events]
