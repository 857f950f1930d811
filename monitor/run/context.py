"""What every part of a pass is handed: config, store, fetcher, parser, clock and chance."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..config import Config
from ..fetch import Fetcher
from ..notify import Channel
from ..store import Store
from .parse import Parser


@dataclass(frozen=True, slots=True)
class Context:
    """The tools of one process. `sleep` takes seconds; tests hand in a clock that jumps."""

    config: Config
    store: Store
    fetcher: Fetcher
    parser: Parser
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random
    channels: Mapping[str, Channel]  #: by name, each of the config's
