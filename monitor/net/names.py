"""Which addresses does a host name have, and may all of them be dialled?

Resolves once and hands the vetted addresses on to be dialled: a check followed by a second lookup
is a race that DNS rebinding wins (GHSA-mrvx-jmjw-vggc). One private address among public ones
refuses the host: which one would be dialled is otherwise the attacker's choice.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from .guard import refused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to address literals, most wanted first; raises NoSuchName."""

#: getaddrinfo blocks its thread until the resolver gives up (5 s twice by default, for each name server).
#: asyncio's own pool has 6 threads on two cores: eight hosts with dead name servers would stop everybody.
#: A thread for each site that is checked at once, and some.
_THREADS = 128


class NoSuchName(Exception):
    """The name has no address, or its name server does not say."""


class RefusedHost(Exception):
    """At least one address of the host is not to be fetched."""


class SystemResolver:
    """The machine's own resolver, in threads of its own; a name that hangs holds one of them at most."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="postwatch-dns")
        self._asked: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses in the system's order (RFC 6724), each once; an address has itself, unasked."""
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass

        def look_up() -> list[str]:
            # Bytes go to the resolver as they are; a str would pass Python's idna codec, which
            # raises on names that are merely long.
            found = socket.getaddrinfo(host.encode(), port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(entry[4][0]) for entry in found))

        key = (host, port)
        asked = self._asked.get(key)
        if asked is None:
            asked = asyncio.get_running_loop().run_in_executor(self._threads, look_up)
            self._asked[key] = asked
            asked.add_done_callback(lambda done: self._answered(key, done))
        try:
            return await asyncio.shield(asked)  # whoever gives up leaves it to the others
        except (OSError, UnicodeError, ValueError) as e:
            text = e.strerror if isinstance(e, OSError) else str(e)
            raise NoSuchName(f"{host}: {text}") from e

    def _answered(self, key: tuple[str, int], done: asyncio.Future[list[str]]) -> None:
        self._asked.pop(key, None)
        if not done.cancelled():
            done.exception()  # read, though nobody may wait for it any more

    def close(self) -> None:
        """Lets the threads go; one that hangs in getaddrinfo ends when the system gives up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def vetted(resolve: Resolve, host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses to dial for a host, the families taking turns; never empty.

    Raises NoSuchName, and RefusedHost when any of them is private (unless `allow_private`).
    """
    addresses = list(await resolve(host, port))
    if not addresses:
        raise NoSuchName(f"{host}: no address")
    if not allow_private:
        for address in addresses:
            if why := refused(address):
                shown = host if host == address else f"{host} ({address})"
                raise RefusedHost(f"{shown} is {why}")
    return _in_turns(addresses)


def _in_turns(addresses: list[str]) -> list[str]:
    """The same addresses with families alternating, so that one dead family costs one attempt."""
    first_is_v6 = ":" in addresses[0]
    first = [a for a in addresses if (":" in a) is first_is_v6]
    second = [a for a in addresses if (":" in a) is not first_is_v6]
    mixed = [a for pair in zip(first, second, strict=False) for a in pair]
    shorter = min(len(first), len(second))
    return mixed + first[shorter:] + second[shorter:]
