"""Opens and closes all that a pass needs, for the commands and the daemon alike."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ..config import Config
from ..fetch import FETCHERS, Ready
from ..notify import open_channels
from ..store import Store
from .context import Context
from .memory import give_back
from .parse import Parser


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def opened(
    config: Config, store: Store, *, json_output: bool = False, ready: Ready | None = None
) -> AsyncIterator[Context]:
    """The tools of a pass over this config and database; closed at the end, come what may. `ready` is waited
    for before each request."""
    give_back()
    channels = open_channels(config, json_output=json_output)
    fetcher = FETCHERS["http"](config.fetch, now, ready)
    parser = Parser()
    try:
        yield Context(
            config=config,
            store=store,
            fetcher=fetcher,
            parser=parser,
            clock=now,
            sleep=asyncio.sleep,
            rng=random.SystemRandom(),
            channels=channels,
        )
    finally:
        await fetcher.aclose()
        await parser.aclose()
        for channel in channels.values():
            await channel.aclose()
