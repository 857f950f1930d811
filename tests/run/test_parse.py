"""Hostile bytes cost a worker process at most, never the loop."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest

from monitor.run.parse import ParseFailed, Parser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    p = Parser(workers=2, deadline=5)
    yield p
    await p.aclose()


def double(x: int) -> int:
    return 2 * x


def fail() -> None:
    raise ValueError("no such thing")


def hang() -> None:
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
    parser = Parser(workers=2, deadline=2)
    try:
        await asyncio.gather(parser.call(double, 1), parser.call(double, 1))  # both are up
        hung = asyncio.create_task(parser.call(hang))
        assert await parser.call(double, 5) == 10
        with pytest.raises(ParseFailed, match="not read within"):
            await hung
        assert await asyncio.gather(*(parser.call(double, n) for n in range(4))) == [0, 2, 4, 6]
    finally:
        await parser.aclose()
