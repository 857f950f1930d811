"""The connections below httpcore's pool: resolves, vets every address, dials a vetted one, keeps count.

An IP in the URL with `sni_hostname` would not do: the pool is keyed on the URL, and handed a
connection that was verified for one name to a request for another on the same address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

from ..names import NoSuchName, RefusedHost, Resolve, vetted
from .failures import DnsFailed, HostRefused, NotHttp, TlsFailed, os_reason, tls_reason

#: All header bytes of one answer, interim answers included. h11 alone stops at 100 KiB of one
#: answer but lets interim ones (1xx) go on for ever.
MAX_HEADER_BYTES = 64 * 1024
_ONE_READ = 64 * 1024  # what httpcore reads at once; may bring body along with the headers
#: For each address but the last: a dead one must not eat the deadline of those behind it.
_DIAL_SECONDS, _MAX_DIALS = 3.0, 6


@dataclass(slots=True)
class Wire:
    """What happened on the wire during one exchange, below what httpcore tells."""

    dialled: bool = False  #: a connection was opened, not reused
    received: int = 0  #: bytes, after TLS
    answered: bool = False  #: the headers are complete
    ended: bool = False  #: the other side closed
    peer: str = ""


#: httpcore passes no request to its network backend, but calls it in the task that asked.
WIRE: ContextVar[Wire] = ContextVar("WIRE")


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that keeps the books of the exchange it serves."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._head: bytes | None = b""  # its first bytes, until they are known to be HTTP's

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        wire = WIRE.get()
        data = await self._inner.read(max_bytes, timeout)
        wire.ended = wire.ended or not data
        wire.received += len(data)
        if self._head is not None:
            self._head += data[:5]
            if not b"HTTP/".startswith(self._head[:5]):
                raise NotHttp(f"not HTTP: {self._head[:5]!r}…")  # at once: a banner may be all
            if len(self._head) >= 5:
                self._head = None
        if not wire.answered and wire.received > MAX_HEADER_BYTES + _ONE_READ:
            raise NotHttp("the headers are too large")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        wire = WIRE.get()
        if not wire.peer:
            address = self.get_extra_info("server_addr")
            wire.peer = peer_name(str(address[0]), int(address[1])) if address else ""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout))
        except httpcore.TimeoutException:
            raise
        except Exception as e:  # ssl's own, a closed connection, a name that ssl cannot take
            raise TlsFailed(tls_reason(e)) from e

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Network(httpcore.AsyncNetworkBackend):
    """Resolves, vets every address, dials a vetted one."""

    def __init__(self, resolve: Resolve, *, allow_private: bool, behind_proxy: bool) -> None:
        self._resolve = resolve
        # With a proxy the only host dialled is the proxy, which the config names.
        self._allow_private = allow_private or behind_proxy
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        wire = WIRE.get()
        wire.dialled = True
        try:
            addresses = await vetted(self._resolve, host, port, allow_private=self._allow_private)
        except NoSuchName as e:
            raise DnsFailed(str(e)) from e
        except RefusedHost as e:
            raise HostRefused(str(e)) from e
        addresses = addresses[:_MAX_DIALS]
        for address in addresses[:-1]:
            try:
                return _Stream(await self._dial(wire, address, port, _DIAL_SECONDS))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Stream(await self._dial(wire, addresses[-1], port, timeout))

    async def _dial(
        self, wire: Wire, address: str, port: int, timeout: float | None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._inner.connect_tcp(address, port, timeout)
        except httpcore.ConnectError as e:
            raise httpcore.ConnectError(f"{peer_name(address, port)}: {os_reason(e)}") from e
        wire.peer = peer_name(address, port)
        return stream

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def peer_name(address: str, port: int) -> str:
    """ "address:port", IPv6 in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
