"""The right password is let in however many guess, and is not looked at anew each time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.web import guesses
from monitor.web.guesses import FRESH, QUEUE, Guesses
from monitor.web.keys import Keys, keys
from monitor.web.throttle import MOST

from . import build

pytestmark = pytest.mark.anyio
OURS = keys(b"a" * 32, "tulips in spring")


class Clock:
    def __init__(self) -> None:
        self.now = build.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that a guess was spent on."""
    calls: list[str] = []

    def fits(_: Keys, text: str) -> bool:
        calls.append(text)
        return text == "tulips in spring"

    monkeypatch.setattr(guesses, "fits", fits)
    return calls


def made(clock: Clock) -> Guesses:
    async def found() -> Keys:
        return OURS

    return Guesses(found, clock)


async def ask(of: Guesses, place: str, text: str, *, session: bool = False) -> Any:
    return await of.right(place, text, session=session)


async def test_one_right_password_at_once_from_many_requests_is_one_guess(
    looked: list[str],
) -> None:
    clock = Clock()
    of = made(clock)
    right = [ask(of, "192.0.2.1", "tulips in spring") for _ in range(60)]
    assert await asyncio.gather(*right) == [True] * 60
    assert len(looked) == 1
    clock.now += FRESH - timedelta(seconds=1)
    assert await ask(of, "198.51.100.1", "tulips in spring") is True
    assert len(looked) == 1
    clock.now += timedelta(seconds=1)
    assert await ask(of, "192.0.2.1", "tulips in spring") is True
    assert len(looked) == 2
    assert b"tulips" not in repr(vars(of)).encode()


async def test_a_place_that_must_wait_learns_nothing_from_what_is_known(looked: list[str]) -> None:
    of = made(Clock())
    assert await ask(of, "198.51.100.1", "tulips in spring") is True
    for n in range(MOST):
        assert await ask(of, "192.0.2.1", f"wrong {n}") is False
    assert isinstance(await ask(of, "192.0.2.1", "tulips in spring"), timedelta)


async def test_a_flood_of_guesses_shuts_out_neither_a_session_nor_a_place_that_is_known(
    looked: list[str],
) -> None:
    clock = Clock()
    of = made(clock)
    assert await ask(of, "192.0.2.1", "tulips in spring") is True
    clock.now += FRESH
    flood = [ask(of, f"10.{n}.{k}.1", f"wrong {n} {k}") for n in range(20) for k in range(20)]
    asked = [asyncio.create_task(x) for x in flood]
    await asyncio.sleep(0)
    assert await ask(of, "192.0.2.1", "tulips in spring") is True
    clock.now += FRESH
    assert await ask(of, "203.0.113.9", "tulips in spring", session=True) is True
    found = await asyncio.gather(*asked)
    assert sum(isinstance(x, timedelta) for x in found) >= 400 - 100
    assert len(looked) <= 100 + 2


async def test_those_who_cannot_wait_are_not_counted(
    looked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = made(Clock())
    monkeypatch.setattr(guesses, "QUEUE", -1)
    assert isinstance(await ask(of, "192.0.2.1", "tulips in spring"), timedelta)
    monkeypatch.setattr(guesses, "QUEUE", QUEUE)
    assert await ask(of, "192.0.2.1", "tulips in spring") is True
