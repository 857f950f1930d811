"""What does a URL answer over plain HTTP? Conditional GET, redirects followed by hand and kept.

Every hop is a new exchange: vetted, paced, and out of the one deadline. Secrets given for a site go
to that site's domain only and are not repeated in the answer.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import ada_url
from msgspec import Struct, field

from ..config import FetchConfig
from ..model import Answer, Failure, Headers, Hop
from ..net.address import address_of
from ..net.names import Resolve
from ..net.transport import (
    ACCEPT_ENCODING,
    CONDITIONS,
    REDIRECTS,
    Client,
    Exchange,
    ExchangeFailed,
    open_client,
)
from ..read.urls import same_site
from . import Ask, Ready
from .pace import Pace

MAX_HOPS = 10
#: As Firefox sends it for a page: some servers give JSON or 406 to a bare "*/*".
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class _Course(Struct):
    """One fetch under way."""

    url: str  #: next to be asked
    headers: Headers  #: to send with it
    shown: Headers  #: the same with secrets masked
    hops: list[Hop] = field(default_factory=list)
    at: datetime | None = None
    spent: timedelta = timedelta(0)  #: in exchanges; turns waited for are free

    @property
    def conditional(self) -> bool:
        """Whether the next request names a copy, so that it may be answered with "as it was"."""
        return any(name.lower() in CONDITIONS for name, _ in self.headers)

    def answer(
        self,
        ask: Ask,
        now: datetime,
        exchange: Exchange | None,
        failure: Failure | None = None,
        detail: str = "",
        peer: str = "",
    ) -> Answer:
        return Answer(
            url=ask.url,
            at=self.at or now,
            took=self.spent,
            final_url=self.url,
            status=exchange.status if exchange else None,
            headers=exchange.headers if exchange else (),
            body=exchange.body if exchange and failure is None else b"",
            coding=exchange.coding if exchange else "",
            hops=tuple(self.hops),
            request_headers=self.shown,
            peer=exchange.peer if exchange else peer,
            certificate=exchange.certificate if exchange else b"",
            failure=failure,
            detail=detail,
        )


class HttpFetcher:
    """The Fetcher for everything that needs no browser."""

    def __init__(
        self,
        config: FetchConfig,
        clock: Callable[[], datetime],
        *,
        verify: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        ready: Ready | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._ready = ready
        self._pace = Pace(config.per_host_concurrency, config.per_host_delay)
        self._client: Client = open_client(
            user_agent=config.user_agent,
            timeout=config.timeout,
            allow_private=config.allow_private_networks,
            proxy=config.proxy.reveal(),
            verify=verify,
            resolve=resolve,
        )

    async def fetch(self, ask: Ask) -> Answer:
        """The answer after at most MAX_HOPS redirects, or why there is none. A 304 is one only where the
        request named a copy: else it would let a page pass for seen that nobody saw.

        `final_url` is the URL last asked (as given when nothing redirected). With TOO_MANY_HOPS
        the hops and the last redirect's status and headers are kept; so has a 304 that
        was not asked for; every other failure has no status. Values of `ask.headers` stand as "***" in `request_headers`.
        """
        course = _Course(ask.url, *self._headers(ask))
        seen = {address_of(ask.url).url}
        while True:
            try:
                exchange = await self._exchange(course, ask)
            except ExchangeFailed as e:
                return course.answer(ask, self._clock(), None, e.failure, e.detail, e.peer)
            if exchange.status == 304 and not course.conditional:
                detail = "a 304 that was not asked for"
                return course.answer(ask, self._clock(), exchange, Failure.PROTOCOL, detail)
            if exchange.status not in REDIRECTS or not exchange.header("location"):
                return course.answer(ask, self._clock(), exchange)
            target = _target(course.url, exchange.header("location"))
            if len(course.hops) == MAX_HOPS:
                detail = f"more than {MAX_HOPS} redirects"
                return course.answer(ask, self._clock(), exchange, Failure.TOO_MANY_HOPS, detail)
            course.hops.append(Hop(course.url, exchange.status, target))
            if address_of(target).url in seen:
                detail = f"redirects in a circle, to {target}"
                return course.answer(ask, self._clock(), exchange, Failure.TOO_MANY_HOPS, detail)
            seen.add(address_of(target).url)
            self._follow(course, target, ask)

    def slow_down(self, url: str, delay: timedelta) -> None:
        """Keeps requests to this URL's host at least so far apart; 0 where it asks for nothing."""
        self._pace.slow_down(address_of(url).host, delay)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def _exchange(self, course: _Course, ask: Ask) -> Exchange:
        address = address_of(course.url)
        if address.refused:
            raise ExchangeFailed(Failure.REFUSED, address.refused)
        async with self._pace.turn(address.host):
            if self._ready is not None:
                await self._ready()
            course.at = course.at or self._clock()
            start = time.monotonic()
            try:
                return await self._client.exchange(
                    "GET",
                    course.url,
                    course.headers,
                    max_body=self._config.max_body,
                    deadline=self._config.timeout - course.spent,
                    grew=ask.in_hand.grew if ask.in_hand is not None else None,
                )
            finally:
                course.spent += timedelta(seconds=time.monotonic() - start)

    def _headers(self, ask: Ask) -> tuple[Headers, Headers]:
        """What is sent with the first request, and the same to be shown."""
        own = {name.lower() for name, _ in ask.headers}
        known = (
            ("user-agent", self._config.user_agent),
            ("accept", _ACCEPT),
            ("accept-encoding", ACCEPT_ENCODING),
            ("if-none-match", ask.etag),
            ("if-modified-since", ask.last_modified),
        )
        ours = tuple((n, v) for n, v in known if v and n not in own)
        masked = tuple((n.lower(), "***") for n, _ in ask.headers)
        return ours + ask.headers, ours + masked

    def _follow(self, course: _Course, target: str, ask: Ask) -> None:
        """Turns to the next hop, dropping what is not meant for it.

        The validators belong to the URL asked; the site's headers to its domain, and to TLS once
        there was TLS.
        """
        dropped = set(CONDITIONS)
        downgraded = course.url.startswith("https:") and not target.startswith("https:")
        if downgraded or not same_site(course.url, target):
            dropped |= {name.lower() for name, _ in ask.headers}
        course.url = target
        course.headers = tuple((n, v) for n, v in course.headers if n.lower() not in dropped)
        course.shown = tuple((n, v) for n, v in course.shown if n not in dropped)


def _target(url: str, location: str) -> str:
    """Where a Location leads, absolute and without a fragment; as written where that is no URL."""
    try:
        # Headers come as latin-1; a Location with raw UTF-8 in it is common and meant as such.
        location = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    try:
        return ada_url.URL(location, ada_url.URL(url).href).href.partition("#")[0]
    except ValueError:
        return location
