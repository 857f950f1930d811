"""Can a URL's host be connected to? By the same guard as a fetch, and nothing is asked."""

from __future__ import annotations

import asyncio

import ada_url

from ...model import Failure
from ..exchange import ExchangeFailed
from ..guard import refused_url
from ..names import SystemResolver
from .failures import FAILURES, failure_of
from .wire import WIRE, Network, Wire


async def dial(url: str, *, allow_private: bool, seconds: float) -> None:
    """Opens a connection to the URL's host and closes it. Raises ExchangeFailed where that fails, or where
    the host is not to be fetched."""
    if why := refused_url(url):
        raise ExchangeFailed(Failure.REFUSED, why)
    parts = ada_url.URL(url)
    port = int(parts.port or (443 if parts.protocol == "https:" else 80))
    resolver = SystemResolver()
    network = Network(resolver, allow_private=allow_private, behind_proxy=False)
    token = WIRE.set(Wire())
    try:
        async with asyncio.timeout(seconds):
            stream = await network.connect_tcp(parts.hostname.strip("[]"), port)
            await stream.aclose()
    except TimeoutError:
        raise ExchangeFailed(Failure.TIMEOUT, f"no connection within {seconds:g} s") from None
    except FAILURES as e:
        raise ExchangeFailed(failure_of(e, ended=False), str(e) or type(e).__name__) from e
    finally:
        WIRE.reset(token)
        resolver.close()
