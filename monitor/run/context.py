"""What every part of a pass is handed: config, store, fetcher, parser, clock and chance."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct, field

from ..config import Config
from ..fetch import Fetcher
from ..fetch.large import turns
from ..notify import Channel
from ..read.robots import Robots
from ..store import Store
from .parse import Parser


class Context(Struct, frozen=True):
    """The tools of one process. `sleep` takes seconds; tests hand in a clock that jumps."""

    config: Config
    store: Store
    fetcher: Fetcher
    parser: Parser
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random
    channels: Mapping[str, Channel]  #: by name, each of the config's
    large: asyncio.Semaphore = field(default_factory=turns)  #: turns of large answers
    #: Every page is read in full, whatever its status and bytes say: for the tests that hold both ways
    #: against each other (tests/run/test_both_ways.py).
    in_full: bool = False

    def may_look(self, robots: Robots, url: str) -> bool:
        """Whether robots.txt lets us look at a URL, or the config has us look all the same."""
        fetch = self.config.fetch
        return not fetch.respect_robots or robots.allows(url, fetch.user_agent)
