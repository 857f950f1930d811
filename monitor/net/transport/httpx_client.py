"""httpx between our client and our connections: its client, and our transport below it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from .asked import Asked, lines_of
from .connection import Connection, Wire
from .dial import Dialler, Origin
from .failures import Closed
from .pool import Pool

#: Keys of httpx's `extensions` between our client and our transport.
ORIGIN, TARGET, WIRE = "postwatch.origin", "postwatch.target", "postwatch.wire"
OWN = "postwatch.own"
HEADERS = "postwatch.headers"


class _Body(httpx.AsyncByteStream):
    def __init__(self, pool: Pool, origin: Origin, connection: Connection) -> None:
        self._lent = (origin, connection)
        self._pool = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self  # a generator would cost as much again: the loop keeps account of each

    async def __anext__(self) -> bytes:
        if data := await self._lent[1].piece():
            return data
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._pool.give_back(*self._lent)


class Transport(httpx.AsyncBaseTransport):
    """httpx above, our own pool and connections below, exceptions let through as they are."""

    def __init__(self, dialler: Dialler) -> None:
        self._pool = Pool(dialler)
        self._proxy = dialler.proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin: Origin = request.extensions[ORIGIN]
        wire: Wire = request.extensions[WIRE]
        # As a browser writes it; httpx would escape a stray "%" once more.
        target: bytes = request.extensions[TARGET]
        headers = request.headers.raw
        if self._proxy is not None and origin.scheme == "http":
            target = b"http://" + request.headers["host"].encode() + target
            if self._proxy.authorization:
                headers.append((b"Proxy-Authorization", self._proxy.authorization))
        content = await request.aread()
        asked = Asked(
            method=request.method.encode("ascii"),
            target=target,
            lines=lines_of(tuple(headers)),
            content=content,
            own=request.extensions[OWN],
        )
        while True:
            connection = await self._pool.lend(origin, wire)
            try:
                connection.send(asked)
                head = await connection.head()
                break
            except BaseException as e:
                connection.close()
                self._pool.give_back(origin, connection)
                # One that was kept, and had ended before a byte came, was stale: no failure. A fresh one
                # is the last.
                if not isinstance(e, Closed) or connection.fresh or connection.received:
                    raise
        # httpx is shown no headers: it would keep the cookies, and build a request out of any
        # Location even when told not to follow it, raising for `javascript:` and the like.
        return httpx.Response(
            status_code=head.status,
            stream=_Body(self._pool, origin, connection),
            extensions={HEADERS: head.headers},
        )

    async def aclose(self) -> None:
        self._pool.close()


class HttpxClient(httpx.AsyncClient):
    """httpx's client without what we have no use for: no auth flow, no redirects, no cookies are gone through,
    a fifth of an exchange's cost."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport=transport, follow_redirects=False, trust_env=False, timeout=None)
        self._ours = transport

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: object = None,
        follow_redirects: object = None,
    ) -> httpx.Response:
        """The answer's head; whoever asks reads the stream, and closes it."""
        if self.is_closed:
            raise RuntimeError("the client has been closed")
        response = await self._ours.handle_async_request(request)
        response.request = request
        return response
