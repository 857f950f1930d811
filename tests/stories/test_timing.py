"""When looks are made and what interval is claimed, with the shipped defaults under a simulated clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import Reply
from monitor.model import Event, Kind, Role, Seen
from monitor.store import observations
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "the-night-shift"
MINUTE = timedelta(minutes=1)


async def tick(w: Watch, minutes: int) -> tuple[list[Event], dict[datetime, list[str]]]:
    """The daemon's way: asked every minute, it looks at what is due. Events, and paths asked by time."""
    events: list[Event] = []
    asked: dict[datetime, list[str]] = {}
    for _ in range(minutes):
        w.blog.asked.clear()
        events += await w.look(1)
        if w.blog.asked:
            asked[w.clock.now] = list(w.blog.asked)
    return events, asked


async def test_a_suspected_post_is_looked_at_every_ten_minutes_beside_its_controls(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, posts()) as w:
        await w.look()
        path = w.post(SLUG).path
        await tick(w, 20)
        w.post(SLUG).status = 404  # it stays listed: only its own look can tell
        gone = w.clock.now
        events, asked = await tick(w, 26 * 60)
        assert [e.kind for e in events] == [Kind.REMOVED]
        event = events[0]
        assert event.last_seen_at is not None and event.first_missing_at is not None
        assert event.last_seen_at <= gone <= event.first_missing_at
        times = [t for t, paths in asked.items() if path in paths and t >= event.first_missing_at]
        # found, confirmed after ten minutes, told after twenty
        assert [t - times[0] for t in times[:3]] == [0 * MINUTE, 10 * MINUTE, 20 * MINUTE]
        assert event.detected_at == times[2]
        for at in times[:3]:
            beside = {p.rsplit("/", 2)[0] for p in asked[at]}
            assert "/blog/" in asked[at] and len(asked[at]) >= 5, beside
        roles = {(look.role, look.status) for look in event.looks}
        assert {(Role.HOME, 200), (Role.SIBLING, 200), (Role.MADE_UP, 404)} <= roles
        assert sum(look.role is Role.POST for look in event.looks) == 3


async def test_what_leaves_a_source_is_looked_at_in_the_same_pass(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        await w.look()
        await tick(w, 60)
        w.post(SLUG).status, w.post(SLUG).listed = 410, False  # an old post, else looked at daily
        gone = w.clock.now
        events, _ = await tick(w, 60)
        assert [e.kind for e in events] == [Kind.REMOVED]
        assert events[0].first_missing_at is not None
        assert events[0].first_missing_at - gone <= 15 * MINUTE
        assert events[0].detected_at - gone <= 36 * MINUTE


async def test_a_cached_look_was_true_that_much_earlier(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        post = w.post(SLUG)
        cached = w.blog.answer(post.path)
        cached.headers["Age"] = "240"
        w.answer(post.path, cached)
        await w.look()
        seen = w.clock.now - timedelta(seconds=240)
        post.listed = False
        w.answer(post.path, Reply(404, "<h1>Not found</h1>", headers={"Age": "60"}))
        events, _ = await tick(w, 60)
        assert [e.kind for e in events] == [Kind.REMOVED]
        assert events[0].last_seen_at == seen
        first = next(look.at for look in events[0].looks if look.role is Role.POST)
        assert events[0].first_missing_at == first - timedelta(seconds=60)


async def test_time_in_which_nobody_looked_is_no_time_in_which_it_was_seen(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        await w.look()
        await tick(w, 3 * 60)
        until = w.clock.now
        w.clock.now += timedelta(days=4)  # switched off
        await tick(w, 3 * 60)
        with w.ctx.store.read() as conn:
            rows = observations.observations(conn, role=Role.POST, limit=100)
        seen = [r for r in rows if r.seen in (Seen.PRESENT, Seen.SAME)]
        assert len({r.post_id for r in seen}) == len(w.blog.posts)
        for row in seen:
            assert not (row.first_at <= until and row.last_at > until + timedelta(days=2)), row
