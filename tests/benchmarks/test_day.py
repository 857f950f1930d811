"""The day that day.py plays: its clock skips what nobody works in, its blogs do what they are named for."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from benchmarks.day import judged, table
from benchmarks.day_blogs import KINDS, Blogs
from benchmarks.day_clock import Loop, Skipped, skipping
from monitor.cli.serve import run_to_end

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
BLOGS = Blogs(sites=4, posts=2000, port=1, began=datetime(2026, 11, 28, tzinfo=UTC))


def test_hours_that_are_only_waited_take_no_time_and_work_takes_its_own() -> None:
    class Slow(Skipped):
        def done(self, _: object = None) -> None:
            super().done(_)
            time.sleep(0.05)  # so long until the thread tells anybody else

    shown = SimpleNamespace(value=0.0)
    loop = Loop(Slow(shown))

    async def work() -> float:
        began = loop.time()
        # The deadline is a real one as long as a thread works, whatever else waits.
        other = asyncio.create_task(asyncio.sleep(7200))
        await asyncio.wait_for(asyncio.to_thread(time.sleep, 0.05), 5.0)
        took = loop.time() - began
        await other
        assert loop.time() - began >= 7200
        return took

    began = time.monotonic()
    took = loop.run_until_complete(work())
    loop.close()
    assert 0.05 <= took < 5
    assert time.monotonic() - began < 5
    assert shown.value > time.time() + 7000


def test_the_daemon_runs_on_it() -> None:
    before = [signal.getsignal(s) for s in SIGNALS]
    with skipping(Skipped(SimpleNamespace(value=0.0))):

        async def which() -> None:
            assert isinstance(asyncio.get_running_loop(), Loop)

        run_to_end(which())
    for number, handler in zip(SIGNALS, before, strict=True):  # it lets nobody end it twice
        signal.signal(number, handler)


def _of(kind: str) -> int:
    return next(n for n in range(2000) if BLOGS.kind(0, n) == kind)


def _answer(number: int, hours: float, etag: str = "", nonce: int = 1, site: int = 0) -> Any:
    return BLOGS.answer(site, f"/news/note-{number}/", hours, etag, nonce)


def test_posts_do_what_their_kind_says() -> None:
    assert {BLOGS.kind(0, n) for n in range(2000)} == {"kept", *KINDS}
    kept, same, noisy, edited = (_of(k) for k in ("kept", "same", "noisy", "edited"))
    status, headers, _ = _answer(kept, 0)
    assert (status, _answer(kept, 20, headers["etag"])[0]) == (200, 304)
    assert _answer(same, 0) == _answer(same, 20, nonce=2)
    assert _answer(noisy, 0) != _answer(noisy, 0, nonce=2)
    assert len({_answer(edited, hour)[2] for hour in range(24)}) == 4
    assert [_answer(_of("gone"), hour)[0] for hour in (0, 23)] == [200, 404]
    assert {_answer(_of("away"), hour)[0] for hour in range(24)} == {200, 404}
    assert _answer(_of("away"), 23.9)[0] == 200
    assert _answer(_of("moved"), 23)[1]["location"].startswith("/news/moved-note-")
    assert _answer(_of("hostile"), 0) != _answer(_of("hostile"), 0, nonce=2)


def test_a_blog_is_out_for_an_hour_and_another_one_grows() -> None:
    assert [_answer(1, hour, site=1)[0] for hour in (2, 3, 4)] == [200, 503, 200]
    assert (_answer(2001, 0)[0], _answer(2001, 1)[0]) == (404, 200)
    assert b"note-2001/" in BLOGS.answer(0, "/news/feed.xml", 1, "", 1)[2]


def _sample(hour: float, **of: Any) -> dict[str, Any]:
    usual = {"hour": hour, "requests": 1, "cpu": 1.0, "main": [100.0, 80.0], "all": 150.0}
    usual |= {"objects": 10_000, "descriptors": 40, "threads": 12, "tasks": 8, "rest": True}
    return {**usual, "database": 1.0, "wal": 1.0, "late": 0.0, "kinds": {"dict": 5}, **of}


def test_what_rises_all_through_the_second_half_is_not_flat() -> None:
    flat = [_sample(h, all=150.0 + h % 2) for h in range(25)]
    assert len(judged(flat)) == 1
    rising = [
        _sample(h, main=[0.0, 80.0 + 2 * h], objects=10_000 + 100 * h, threads=h, all=90.0 + 9 * h)
        for h in range(25)
    ]
    found = [x.split()[0] for x in judged(rising)[:-1]]
    assert found == ["memory", "objects:", "threads:", "all"]
    learning = [_sample(h, main=[0.0, 80.0 + max(0, 20 * (8 - h))]) for h in range(25)]
    assert len(judged(learning)) == 1
    assert table(flat).count("\n") == 25
