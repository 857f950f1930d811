"""Hostile bytes cost a worker process at most, never the loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from monitor.read.page import read_page
from monitor.run import reading_process
from monitor.run.parse import MANY_TAGS, MOST_WAITING, ParseFailed, Parser
from monitor.run.poison import NOT_AGAIN, SLOW_FOR, TRIES, Poison
from monitor.run.reading_process import Worker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    p = Parser(workers=2, deadline=5, patience=0)
    yield p
    await p.aclose()


def double(x: int) -> int:
    return 2 * x


def fail() -> None:
    raise ValueError("no such thing")


def hang() -> None:
    time.sleep(600)


def hang_on(body: bytes, url: str) -> None:
    time.sleep(600)


def die() -> None:
    os._exit(3)


async def test_many_calls_come_back_in_order(parser: Parser) -> None:
    assert await asyncio.gather(*(parser.call(double, n) for n in range(20))) == [
        2 * n for n in range(20)
    ]


async def test_what_fails_there_is_said_here(parser: Parser) -> None:
    with pytest.raises(ParseFailed, match="ValueError: no such thing"):
        await parser.call(fail)
    assert await parser.call(double, 4) == 8


async def test_a_process_that_dies_is_replaced(parser: Parser) -> None:
    for _ in range(3):
        with pytest.raises(ParseFailed, match="died"):
            await parser.call(die)
    assert await asyncio.gather(*(parser.call(double, n) for n in range(4))) == [0, 2, 4, 6]


async def test_what_runs_too_long_is_killed_and_the_rest_goes_on() -> None:
    parser = Parser(workers=2, deadline=2, patience=0)
    try:
        await asyncio.gather(parser.call(double, 1), parser.call(double, 1))  # both are up
        hung = asyncio.create_task(parser.call(hang))
        assert await parser.call(double, 5) == 10
        with pytest.raises(ParseFailed, match="not read within"):
            await hung
        assert await asyncio.gather(*(parser.call(double, n) for n in range(4))) == [0, 2, 4, 6]
    finally:
        await parser.aclose()


class Reader(Worker):
    """A worker that reads until it is let, and says that it was at work so long whenever it is asked."""

    def __init__(self, pace: float, page: float) -> None:
        self.alive, self.killed = True, False
        self.let, self._pace, self._page, self._asked = threading.Event(), pace, page, 0

    def worked(self) -> float:
        self._asked += 1
        return self._pace * self._asked

    def at_one_page(self) -> float:
        return self._page

    def run(self, *args: Any) -> tuple[bool, Any]:
        self.let.wait(10)
        return True, 0

    def end(self) -> None:
        self.alive = False


class Hiring(Parser):
    """A parser of such workers."""

    def __init__(self, pace: float, page: float) -> None:
        super().__init__(workers=3, patience=0.01)
        self.pace, self.page = pace, page

    def _hire(self) -> Reader:
        return Reader(self.pace, self.page)

    def let_go(self) -> None:
        for reader in self._all:
            assert isinstance(reader, Reader)
            reader.let.set()


@pytest.mark.parametrize(
    ("pace", "page", "hired"),
    [(0.0, 0.0, 1), (0.001, 0.0, 1), (1.0, 0.0, 2), (1.0, 1.0, 3), (0.0, 1.0, 1)],
    ids=["idle", "at work at times", "at work", "stuck", "stuck just now"],
)
async def test_another_process_is_started_where_those_there_are_at_work(
    pace: float, page: float, hired: int
) -> None:
    parser = Hiring(pace, page)
    calls = [asyncio.create_task(parser.call(double, n)) for n in range(5)]
    with anyio.move_on_after(0.2 if hired < 3 else 10):
        while len(parser._all) < 3:
            await asyncio.sleep(0.01)
    assert len(parser._all) == hired
    parser.let_go()
    await asyncio.gather(*calls)
    await parser.aclose()


async def test_no_more_is_asked_for_while_many_pages_wait() -> None:
    parser = Hiring(0.0, 0.0)
    await parser.ready()
    calls = [asyncio.create_task(parser.call(double, n)) for n in range(MOST_WAITING + 1)]
    looks = [asyncio.create_task(parser.ready()) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert [look.done() for look in looks] == [False] * 3
    looks[0].cancel()
    parser.let_go()
    await asyncio.gather(*calls, *looks[1:])
    await parser.aclose()


def hoard(megabytes: int) -> int:
    return sum(len(block) for block in [b"x" * (2**20 + n) for n in range(megabytes)])


def makes_do(megabytes: int) -> int:
    """A reader that takes half where it is refused the whole, as other people's readers may."""
    try:
        return hoard(megabytes)
    except MemoryError:
        return 0


async def test_what_takes_too_much_memory_is_refused_it(parser: Parser) -> None:
    with pytest.raises(ParseFailed, match="more than 130 MiB"):
        await parser.call(hoard, 1000)
    with pytest.raises(ParseFailed, match="more than 130 MiB"):
        await parser.call(makes_do, 1000)
    assert await parser.call(hoard, 4) == 4 * 2**20 + 6


async def test_who_needs_much_memory_has_it_when_its_turn_comes(parser: Parser) -> None:
    """Two at once would take all processes together past 300 MiB."""
    some = 50 * 2**20
    assert await asyncio.gather(*(parser.call(hoard, 50) for _ in range(3))) == [some + 1225] * 3


def when(body: bytes, url: str) -> tuple[float, float]:
    began = time.monotonic()
    time.sleep(0.3)
    return began, time.monotonic()


async def test_large_pages_are_read_one_after_the_other(parser: Parser) -> None:
    await asyncio.gather(parser.call(double, 1), parser.call(double, 1))  # both are up
    large = b"<p>" * (MANY_TAGS + 1)
    first, second, small = await asyncio.gather(
        parser.call(when, large, "https://a.example/"),
        parser.call(when, large, "https://b.example/"),
        parser.call(when, b"<p>", "https://c.example/"),
    )
    assert first[1] <= second[0]
    assert small[0] < first[1]


def poisonous(body: bytes, url: str) -> str:
    if body.startswith(b"poison"):
        os._exit(3)
    return url


async def test_the_same_poison_is_tried_three_times_and_no_more(parser: Parser) -> None:
    for _ in range(3):
        with pytest.raises(ParseFailed, match="died"):
            await parser.call(poisonous, b"poison", "https://bad.example/a")
    with pytest.raises(ParseFailed, match="could not be read 3 times"):
        await parser.call(poisonous, b"poison", "https://bad.example/a")
    assert await parser.call(poisonous, b"bread", "https://bad.example/a")


def slow(body: bytes, url: str) -> str:
    if body.startswith(b"poison"):
        time.sleep(600)
    return url


async def test_an_attempt_that_fails_is_held_against_no_page() -> None:
    parser = Parser(workers=2, deadline=0.2, patience=0)
    for _ in range(TRIES + 1):
        with pytest.raises(ParseFailed, match="not read within"):
            await parser.attempt(hang_on, b"<p>x</p>", "http://a.example/")
    with pytest.raises(ParseFailed, match="not read within"):
        await parser.call(hang_on, b"<p>x</p>", "http://a.example/")
    await parser.aclose()


async def test_a_process_that_dies_before_it_began_is_no_pages_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_process, "_BEGIN", "raise SystemExit(1)  # {module}")
    parser = Parser(workers=2, deadline=5, patience=0)
    for _ in range(TRIES + 1):
        with pytest.raises(ParseFailed, match="the reading process died"):
            await parser.call(hang_on, b"<p>x</p>", "http://a.example/")
    await parser.aclose()


async def test_nothing_is_read_once_it_is_closed(parser: Parser) -> None:
    await parser.aclose()
    with pytest.raises(ParseFailed, match="any more"):
        await parser.call(double, 2)


async def test_a_host_of_poison_leaves_a_process_to_the_others() -> None:
    parser = Parser(workers=2, deadline=3, patience=0)
    try:
        await asyncio.gather(parser.call(double, 1), parser.call(double, 1))  # both are up
        bad = [
            asyncio.create_task(parser.call(slow, b"poison %d" % n, f"https://bad.example/{n}"))
            for n in range(6)
        ]
        while not any(task.done() for task in bad):
            await asyncio.sleep(0.05)
        for n in range(3):
            assert await parser.call(slow, b"bread", f"https://good.example/{n}")
        assert sum(not task.done() for task in bad) >= 3  # they wait for each other
        for task in bad:
            task.cancel()
        await asyncio.gather(*bad, return_exceptions=True)
        assert await parser.call(slow, b"bread", "https://good.example/")
    finally:
        await parser.aclose()


def test_what_is_remembered_of_poison_is_bounded_in_time_and_number() -> None:
    poison = Poison()
    for n in range(3000):
        poison.struck(b"%d" % n, f"https://h{n}.example/", 0.0)
    assert not poison.is_slow("https://h1.example/", 1.0)
    assert poison.is_slow("https://h2999.example/x", 1.0)
    assert not poison.is_slow("https://h2999.example/x", SLOW_FOR)
    for _ in range(TRIES):
        poison.struck(b"same", "", 5.0)
    assert poison.refused(b"same", 6.0)
    assert not poison.refused(b"same", 5.0 + NOT_AGAIN)
    assert not poison.refused(b"other", 6.0)


def modules() -> list[str]:
    """The modules that the reader's process has loaded."""
    return sorted(sys.modules)


async def test_a_process_loads_what_reads_articles_with_the_first_that_it_is_given() -> None:
    parser = Parser(1)
    try:
        assert "trafilatura" not in await parser.call(modules)
        page = await parser.call(
            read_page, b"<html><body><p>One</p></body></html>", "https://a.example/"
        )
        assert page.is_html
        assert "trafilatura" in await parser.call(modules)
        assert "feedparser" not in await parser.call(modules)
    finally:
        await parser.aclose()


async def test_what_reads_them_is_imported_before_a_page_is_counted_against() -> None:
    """Of a machine that is slow to load modules no page is guilty."""
    from tests.support.slow_import import slowly_imported  # here: it is slow

    parser = Parser(1, deadline=0.2)
    try:
        assert await parser.call(slowly_imported) == "read"
    finally:
        await parser.aclose()
