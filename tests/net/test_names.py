"""Names and their addresses: all vetted, families in turns."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from monitor.net.names import NoSuchName, RefusedHost, Resolve, SystemResolver, vetted


def knows(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


def run(resolve: Resolve, *, allow_private: bool = False) -> list[str]:
    return asyncio.run(vetted(resolve, "acme.example", 443, allow_private=allow_private))


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("8.8.8.8", "10.0.0.1"),
        ("2606:4700::1", "8.8.8.8", "::1"),
        ("fe80::1%eth0",),
    ],
)
def test_one_private_address_refuses_the_host(addresses: tuple[str, ...]) -> None:
    with pytest.raises(RefusedHost, match=r"acme\.example"):
        run(knows(*addresses))
    assert set(run(knows(*addresses), allow_private=True)) == set(addresses)


@pytest.mark.parametrize(
    ("addresses", "turns"),
    [
        (("8.8.8.8",), ["8.8.8.8"]),
        (("2600::1", "2600::2", "8.8.8.8"), ["2600::1", "8.8.8.8", "2600::2"]),
        (("8.8.8.8", "8.8.4.4", "2600::1"), ["8.8.8.8", "2600::1", "8.8.4.4"]),
        (("2600::1", "8.8.8.8", "8.8.4.4"), ["2600::1", "8.8.8.8", "8.8.4.4"]),
    ],
)
def test_families_take_turns(addresses: tuple[str, ...], turns: list[str]) -> None:
    assert run(knows(*addresses)) == turns


def test_no_address_is_no_name() -> None:
    with pytest.raises(NoSuchName):
        run(knows())


@pytest.mark.parametrize(
    "host", ["nothing.invalid", "a" * 64 + ".invalid", "a." * 200 + "invalid", ""]
)
def test_the_system_says_no(host: str) -> None:
    async def ask() -> None:
        resolver = SystemResolver()
        try:
            with pytest.raises(NoSuchName):
                found = await resolver(host, 80)
                if not found or host == "":
                    raise NoSuchName  # an empty name may mean this machine: vetted refuses it
        finally:
            resolver.close()

    asyncio.run(ask())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "0x7f.1", "2130706433", "0"])
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    async def ask() -> None:
        resolver = SystemResolver()
        try:
            with pytest.raises((RefusedHost, NoSuchName)):
                await vetted(resolver, host, 80, allow_private=False)
        finally:
            resolver.close()

    asyncio.run(ask())


async def test_a_name_that_hangs_is_asked_for_once_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And who gives up on it takes the answer from nobody else."""
    answers, asked = threading.Event(), list[object]()

    def hangs(host: object, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        answers.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    resolve = SystemResolver()
    try:
        one, two = (asyncio.create_task(_ask(resolve)) for _ in range(2))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_ask(resolve), 0.05)
        answers.set()
        assert (await one, await two, len(asked)) == (["8.8.8.8"], ["8.8.8.8"], 1)
        assert (await _ask(resolve), len(asked)) == (["8.8.8.8"], 2)  # nothing is kept
    finally:
        answers.set()
        resolve.close()


async def _ask(resolve: SystemResolver) -> list[str]:
    return list(await resolve("hangs.example", 80))
