"""Retention in whole passes: nothing is told of it, pages say what is not kept, counters stand."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import RetentionConfig
from monitor.model import Kind
from monitor.run.retaining import limits, retain
from monitor.store import bodies, observations, snapshots, tally
from monitor.store.verify import verify
from monitor.values import replace
from tests.support.prose import posts
from tests.support.watching import START, Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"


def keeping(w: Watch, raw: str, looks: str) -> None:
    retention = RetentionConfig(raw=raw, looks=looks)
    w.ctx = replace(w.ctx, config=replace(w.ctx.config, retention=retention))


def test_for_ever_is_no_limit() -> None:
    assert limits(RetentionConfig(), START).raw is None
    assert limits(RetentionConfig(), START).looks == START - timedelta(days=730)
    assert limits(RetentionConfig(looks="forever"), START).looks is None
    assert limits(RetentionConfig(raw="9000y"), START).raw is None


async def test_what_is_old_goes_once_a_day_and_nothing_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with watching(tmp_path, posts(4)) as w:
        assert await w.looks(2, 15) == []
        keeping(w, "30d", "60d")
        w.post(SLUG).paragraphs[0] += " A new sentence."
        [edited] = await w.looks(2, 15)
        w.post(SLUG).status = 503  # looks that read alike no more
        await w.looks(1, 15)
        w.post(SLUG).status = 200
        assert (await retain(w.ctx)).more is False
        w.clock.now += timedelta(days=90)
        await w.looks(3, 60)
        with w.ctx.store.read() as conn:
            before = len(observations.observations(conn, post_id=edited.post))
            counted = tally.looks_by_outcome(conn)
        done = await retain(w.ctx)
        assert done.looks or done.answers
        assert "dropped what [retention] lets go of" in caplog.text
        assert await retain(w.ctx) == type(done)()  # not again before tomorrow
        with w.ctx.store.read() as conn:
            assert verify(conn) == []
            assert len(observations.observations(conn, post_id=edited.post)) <= before
            assert counted["ok"] >= tally.looks_by_outcome(conn)["ok"]
            for version in (edited.snapshot_before, edited.snapshot_after):
                kept = snapshots.snapshot(conn, version or 0)
                assert kept is not None and bodies.is_kept(conn, kept.body_hash)
        assert await w.looks(2, 60) == []
        w.post(SLUG).status, w.post(SLUG).listed = 404, False
        assert [e.kind for e in await w.looks(5, 30)] == [Kind.REMOVED]
