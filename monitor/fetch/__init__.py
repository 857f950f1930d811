"""What does a URL answer now? `Ask` in, `Answer` out; how is each fetcher's own affair.

A page that does not answer is a value (`Answer.failure`), never an exception. Another way to fetch
is one file here and one line in FETCHERS.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from ..config import FetchConfig
from ..model import Answer, Headers
from .large import InHand


class Ask(Struct, frozen=True):
    """One URL to be fetched, and what is known of it."""

    url: str
    etag: str = ""  #: ETag of the copy we hold, as sent; "" for none
    last_modified: str = ""  #: Last-Modified of the copy we hold, as sent; "" for none
    headers: Headers = ()  #: the site's own, possibly secret: they never leave its domain
    in_hand: InHand | None = None  #: whose turn it is, if it is large


class Fetcher(Protocol):
    """Fetches one URL at a time; many calls may run at once."""

    async def fetch(self, ask: Ask) -> Answer:
        """The answer, or why there is none. Never raises for what the other side does."""
        ...

    def slow_down(self, url: str, delay: timedelta) -> None:
        """Keeps requests to this URL's host at least so far apart (its Crawl-delay); 0: as the config
        says."""
        ...

    async def aclose(self) -> None:
        """Closes what is open; the fetcher is of no use after that."""
        ...


#: Waited for before each request leaves; raises where none may leave any more.
Ready = Callable[[], Awaitable[None]]


class FetcherFactory(Protocol):
    """Makes a fetcher."""

    def __call__(
        self, config: FetchConfig, clock: Callable[[], datetime], ready: Ready | None = None
    ) -> Fetcher: ...


def _http(
    config: FetchConfig, clock: Callable[[], datetime], ready: Ready | None = None
) -> Fetcher:
    from .http import HttpFetcher  # late: httpx takes 0.3 s to import

    return HttpFetcher(config, clock, ready=ready)


FETCHERS: Mapping[str, FetcherFactory] = {"http": _http}
"""Name to factory."""
