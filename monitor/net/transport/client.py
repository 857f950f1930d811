"""One request, one answer: httpx over our own pool, with one deadline and caps on everything."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import lru_cache

import httpx

from ...model import Failure, Headers
from ..address import Address, address_of
from ..decode import Decoder, TooBig
from ..exchange import Exchange, ExchangeFailed
from ..names import NoSuchName, Resolve, SystemResolver, vetted
from .asked import CONDITIONS
from .connection import Wire
from .dial import Dialler, origin_of, proxy_of
from .failures import FAILURES, failure_of
from .httpx_client import HEADERS, ORIGIN, OWN, TARGET, WIRE, HttpxClient, Transport
from .trust import trusted

#: Statuses whose Location is followed (WHATWG Fetch, "redirect status").
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: What `decode` undoes.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
#: Bytes of a decoded body from which on it is called large.
LARGE = 2**19


class Client:
    """One hop at a time over a shared pool of connections; made by `open_client`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        resolve: Resolve,
        *,
        user_agent: str,
        timeout: timedelta,
        vet_names: bool,
    ) -> None:
        self._client = client
        self._resolve = resolve
        self._user_agent = user_agent
        self._timeout = timeout
        self._vet_names = vet_names

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[str, str]] = (),
        *,
        content: bytes = b"",
        max_body: int | None,
        deadline: timedelta | None = None,
        grew: Callable[[], Awaitable[None]] | None = None,
    ) -> Exchange:
        """The answer to one request; the body of a redirect is not read. `grew` is awaited as soon as
        the body is large, and the time that takes is not the answer's.

        `max_body` caps the body's bytes both raw and decoded; None: no body is read. `deadline` (the client's timeout by
        default) is for DNS, connect, TLS, headers and body together. Raises ExchangeFailed.
        """
        address = address_of(url)
        if address.refused:
            raise ExchangeFailed(
                Failure.REFUSED, address.refused
            )  # not the URL: it may hold a password
        seconds = (self._timeout if deadline is None else deadline).total_seconds()
        seconds = max(seconds, 0.0)
        wire = Wire()

        async def waiting() -> None:
            if grew is not None:
                loop, until = asyncio.get_running_loop(), limit.when()
                since = loop.time()
                limit.reschedule(None)
                await grew()
                limit.reschedule(None if until is None else until + loop.time() - since)

        try:
            async with asyncio.timeout(seconds) as limit:
                await self._vet(address)
                return await self._once(method, address, headers, content, max_body, wire, waiting)
        except TimeoutError:
            reached = "no whole answer" if wire.peer else "no connection"
            text = f"{reached} within {seconds:g} s"
            raise ExchangeFailed(Failure.TIMEOUT, text, peer=wire.peer) from None
        except FAILURES as e:
            detail = str(e) or type(e).__name__
            failure = failure_of(e, ended=wire.ended)
            raise ExchangeFailed(failure, detail, peer=wire.peer) from e

    async def _vet(self, address: Address) -> None:
        """Behind a proxy the pool never sees the host: it is vetted here, unpinned.

        A name that only the proxy can resolve is left to the proxy.
        """
        if not self._vet_names:
            return
        try:
            await vetted(self._resolve, address.name, 0, allow_private=False)
        except NoSuchName:
            return

    async def _once(
        self,
        method: str,
        address: Address,
        headers: Sequence[tuple[str, str]],
        content: bytes,
        max_body: int | None,
        wire: Wire,
        grew: Callable[[], Awaitable[None]],
    ) -> Exchange:
        place = f"{address.scheme}://{address.host}/"
        # Others with each page: a request is not made anew for them.
        own = tuple([_raw(h) for h in headers if h[0] in CONDITIONS])
        alike = tuple([h for h in headers if h[0] not in CONDITIONS]) if own else tuple(headers)
        if content:
            request = _request(method, place, self._user_agent, alike, content)
        else:
            request = _like(_asked_alike(method, place, self._user_agent, alike))
        request.extensions = {
            ORIGIN: origin_of(address),
            TARGET: address.target,
            OWN: own,
            WIRE: wire,
        }
        response = await self._client.send(request, stream=True)
        try:
            return await _read(response, max_body, wire, grew)
        finally:
            await response.stream.aclose()  # type: ignore[union-attr]  # ours: httpx has nothing to do

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()
        if isinstance(self._resolve, SystemResolver):
            self._resolve.close()


def open_client(
    *,
    user_agent: str,
    timeout: timedelta,
    allow_private: bool,
    proxy: str = "",
    verify: ssl.SSLContext | None = None,
    resolve: Resolve | None = None,
) -> Client:
    """A Client; nothing is opened before its first exchange, nothing is taken from proxy variables.

    `verify` None trusts SSL_CERT_FILE where set, else certifi's list. `resolve` None asks the
    system. Raises UsageError for a proxy that is no http or https URL.
    """
    resolver = SystemResolver() if resolve is None else resolve
    dialler = Dialler(
        resolver,
        trusted(verify),
        allow_private=allow_private,
        proxy=proxy_of(proxy) if proxy else None,
    )
    return Client(
        HttpxClient(Transport(dialler)),
        resolver,
        user_agent=user_agent,
        timeout=timeout,
        vet_names=bool(proxy) and not allow_private,
    )


async def _read(
    response: httpx.Response,
    max_body: int | None,
    wire: Wire,
    grew: Callable[[], Awaitable[None]],
) -> Exchange:
    headers: Headers = response.extensions[HEADERS]
    coding = ", ".join(value for name, value in headers if name == "content-encoding")
    size, got, pieces, large = 0, 0, list[bytes](), False
    redirect = response.status_code in REDIRECTS and any(n == "location" for n, _ in headers)
    if max_body is not None and not redirect:
        said = next((value for name, value in headers if name == "content-length"), "")
        bodiless = response.status_code == 304 or response.request.method == "HEAD"
        if not bodiless and said.isdecimal() and int(said[:20]) > max_body:
            raise TooBig(f"{said[:20]} bytes, more than {max_body}")
        decoder = Decoder(coding, max_body)
        async for chunk in response.stream:  # type: ignore[union-attr]  # ours, which is asynchronous
            size += len(chunk)
            if size > max_body:
                raise TooBig(f"more than {max_body} bytes")
            for piece in decoder.feed(chunk):
                pieces.append(piece)
                got += len(piece)
                if not large and got > LARGE:
                    large = True
                    await grew()
        decoder.finish()
    return Exchange(
        status=response.status_code,
        headers=headers,
        body=b"".join(pieces),
        raw_size=size,
        coding=coding,
        peer=wire.peer,
        certificate=wire.connection.certificate if wire.connection is not None else b"",
    )


def _request(
    method: str, place: str, user_agent: str, headers: Headers, content: bytes = b""
) -> httpx.Request:
    given = {name.lower() for name, _ in headers}
    ours = (
        ("user-agent", user_agent),
        ("accept", "*/*"),
        ("accept-encoding", ACCEPT_ENCODING),
    )
    merged = [(n, v) for n, v in ours if n not in given] + list(headers)
    raw = [_raw(header) for header in merged]
    return httpx.Request(method, place, headers=raw, content=content or None)


#: Most pages of a host are asked for alike, but for the target; to make a request costs as much as to send it.
_asked_alike = lru_cache(256)(_request)


def _raw(header: tuple[str, str]) -> tuple[bytes, bytes]:
    return _header_bytes(header[0]), _header_bytes(header[1])


def _like(request: httpx.Request) -> httpx.Request:
    """Another of the kind, for extensions of its own; `copy` goes through each of its attributes."""
    other = httpx.Request.__new__(httpx.Request)
    other.__dict__.update(request.__dict__)
    return other


def _header_bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
