"""Connects: resolves, vets every address, dials a vetted one, speaks TLS over it, through a proxy if need be.

An IP in the URL with `sni_hostname` would not do: a pool is keyed on the URL, and would hand a
connection that was verified for one name to a request for another on the same address.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Callable
from typing import cast

import httpx
from msgspec import Struct

from ...errors import UsageError
from ...model import Failure
from ..address import Address, address_of
from ..exchange import ExchangeFailed
from ..names import Resolve, SystemResolver, vetted
from .asked import Asked, lines_of
from .connection import Connection, Wire
from .failures import FAILURES, NotConnected, TlsFailed, failure_of, os_reason, tls_reason

#: For each address but the last: a dead one must not eat the deadline of those behind it.
_DIAL_SECONDS, _MAX_DIALS = 3.0, 6


class Origin(Struct, frozen=True):
    """Where a request goes: what connections are kept by."""

    scheme: str
    host: str  #: as it is dialled, IPv6 without brackets
    port: int


class Proxy(Struct, frozen=True):
    """The user's way out."""

    origin: Origin
    authorization: bytes  #: the header's value; b"" for none


def proxy_of(url: str) -> Proxy:
    """The proxy at this URL. Raises UsageError for what is no http or https URL."""
    try:
        parts: httpx.Proxy | None = httpx.Proxy(url)
    except (ValueError, httpx.InvalidURL):
        parts = None
    if parts is None or parts.url.scheme not in ("http", "https") or not parts.url.host:
        raise UsageError("the proxy must be an http or https URL")
    said = b""
    if parts.raw_auth is not None:
        said = b"Basic " + base64.b64encode(b":".join(parts.raw_auth))
    port = parts.url.port or (443 if parts.url.scheme == "https" else 80)
    return Proxy(Origin(parts.url.scheme, parts.url.host, port), said)


class Dialler:
    """Opens connections, each to an address that was vetted for it."""

    def __init__(
        self,
        resolve: Resolve,
        tls: Callable[[], ssl.SSLContext],
        *,
        allow_private: bool,
        proxy: Proxy | None,
    ) -> None:
        self._resolve = resolve
        self._tls = tls
        # With a proxy the only host dialled is the proxy, which the config names.
        self._allow_private = allow_private or proxy is not None
        self.proxy = proxy

    async def __call__(self, origin: Origin, wire: Wire) -> Connection:
        """A connection that requests to this origin can be sent over. Raises one of FAILURES."""
        if self.proxy is None:
            return await self._to(origin, wire)
        connection = await self._to(self.proxy.origin, wire)
        if origin.scheme == "http":
            return connection
        try:
            return await self._through(connection, origin, self.proxy)
        except BaseException:
            connection.close()
            raise

    async def _to(self, origin: Origin, wire: Wire) -> Connection:
        tls = self._tls() if origin.scheme == "https" else None
        sock, wire.peer = await self.reach(origin.host, origin.port)
        loop = asyncio.get_running_loop()
        connection = Connection(wire.peer)
        if tls is None:
            try:
                await loop.create_connection(lambda: connection, sock=sock)
            except BaseException:
                sock.close()
                raise
            return connection
        try:
            await loop.create_connection(
                lambda: connection, sock=sock, ssl=tls, server_hostname=origin.host
            )
        except Exception as e:  # ssl's own, a closed connection, a name that ssl cannot take
            sock.close()
            raise TlsFailed(tls_reason(e)) from e
        except BaseException:
            sock.close()
            raise
        return connection

    async def _through(self, connection: Connection, origin: Origin, proxy: Proxy) -> Connection:
        """Has the proxy connect, and speaks TLS with who is there."""
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        target = f"{host}:{origin.port}".encode()
        headers = [(b"Host", target), (b"Accept", b"*/*")]
        if proxy.authorization:
            headers.append((b"Proxy-Authorization", proxy.authorization))
        connection.send(Asked(b"CONNECT", target, lines_of(tuple(headers))))
        answer = await connection.head()
        if not 200 <= answer.status < 300:
            raise NotConnected(f"the proxy says {answer.status} {answer.reason}".strip())
        inner, tls = Connection(connection.peer), self._tls()
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                connection.tunnel(), inner, tls, server_hostname=origin.host
            )
        except Exception as e:
            raise TlsFailed(tls_reason(e)) from e
        inner.over(cast(asyncio.Transport, transport))
        return inner

    async def reach(self, host: str, port: int) -> tuple[socket.socket, str]:
        """A connected socket, and who is at its other end. Raises one of FAILURES."""
        addresses = await vetted(self._resolve, host, port, allow_private=self._allow_private)
        addresses = addresses[:_MAX_DIALS]
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(_DIAL_SECONDS):
                    return await _connected(address, port)
            except (NotConnected, TimeoutError):
                continue
        return await _connected(addresses[-1], port)


async def _connected(address: str, port: int) -> tuple[socket.socket, str]:
    peer = peer_name(address, port)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as e:
        raise NotConnected(f"{peer}: {os_reason(e)}") from e
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
        return sock, peer
    except OSError as e:
        sock.close()
        raise NotConnected(f"{peer}: {os_reason(e)}") from e
    except BaseException:
        sock.close()
        raise


async def dial(url: str, *, allow_private: bool, seconds: float) -> None:
    """Opens a connection to the URL's host and closes it; nothing is asked. Raises ExchangeFailed where that
    fails, or where the host is not to be fetched."""
    address = address_of(url)
    if address.refused:
        raise ExchangeFailed(Failure.REFUSED, address.refused)
    origin = origin_of(address)
    resolver = SystemResolver()
    dialler = Dialler(resolver, ssl.create_default_context, allow_private=allow_private, proxy=None)
    try:
        async with asyncio.timeout(seconds):
            sock, _ = await dialler.reach(origin.host, origin.port)
            sock.close()
    except TimeoutError:
        raise ExchangeFailed(Failure.TIMEOUT, f"no connection within {seconds:g} s") from None
    except FAILURES as e:
        raise ExchangeFailed(failure_of(e, ended=False), str(e) or type(e).__name__) from e
    finally:
        resolver.close()


def origin_of(address: Address) -> Origin:
    """Where a URL is asked."""
    return Origin(address.scheme, address.name, address.port)


def peer_name(address: str, port: int) -> str:
    """ "address:port", IPv6 in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
