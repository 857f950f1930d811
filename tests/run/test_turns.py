"""Whose turn it is: the longest due first, and a tick that finds nobody's writes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from monitor.run.standstill import follow_schedule
from monitor.run.turns import whose_turn
from monitor.store import Store, posts, sites
from monitor.values import replace
from tests.support.prose import posts as prose
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


async def test_a_tick_that_finds_nothing_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(tmp_path, prose(2)) as w:
        await w.look()
        await follow_schedule(w.ctx, ())

        async def no(*given: Any) -> None:
            raise AssertionError("it wrote")

        w.blog.asked.clear()
        monkeypatch.setattr(Store, "awrite", no)
        await w.look(0.5)
        await follow_schedule(w.ctx, ())
        assert w.blog.asked == []


async def test_who_has_waited_longest_begins(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(2)) as w:
        await w.look()
        twins = [structs.replace(w.ctx.config.sites[0], name=f"twin-{n}") for n in range(3)]
        w.ctx = replace(w.ctx, config=structs.replace(w.ctx.config, sites=tuple(twins)))
        await w.look()
        for n, hours in ((0, 2), (1, 3), (2, 1)):
            overdue(w, f"twin-{n}", timedelta(hours=hours))
        now = w.clock.now
        turn, rows, _ = await whose_turn(w.ctx, twins, now)
        assert [s.name for s in turn] == ["twin-1", "twin-0", "twin-2"]
        assert set(rows) == {"twin-0", "twin-1", "twin-2"}
        turn, _, _ = await whose_turn(w.ctx, twins[:1], now)
        assert [s.name for s in turn] == ["twin-0"]
        turn, _, _ = await whose_turn(w.ctx, twins, now - timedelta(days=1))
        assert turn == []
        turn, _, _ = await whose_turn(w.ctx, twins, now - timedelta(days=1), all_of_them=True)
        assert len(turn) == 3


def overdue(w: Watch, name: str, since: timedelta) -> None:
    """Has a site and its posts be due since then."""
    at = w.clock.now - since

    def write(conn: Any) -> None:
        row = sites.site_by_name(conn, name)
        assert row is not None
        sites.save_site(conn, replace(row, next_check_at=at))
        for post in posts.posts(conn, row.id):
            posts.save_post(conn, replace(post, next_at=at))

    w.ctx.store.write(write)
