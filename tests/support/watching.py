"""A blog, a database and a pass, under a clock that only moves when it is told to."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import Config, load
from monitor.demo.blog import Blog, BlogPost, Reply
from monitor.fetch import FETCHERS
from monitor.model import Event
from monitor.notify import open_channels, option_types
from monitor.run.check import PassResult, check
from monitor.run.context import Context
from monitor.store import Store
from tests.support.reading import LentParser

START = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved; sleeping moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Watch:
    """One site under watch."""

    blog: Blog
    ctx: Context
    clock: Clock

    async def look(self, minutes: float = 0, *, everything: bool = False) -> list[Event]:
        """Moves the clock on and makes a pass; the events it came to."""
        return (await self.pass_(minutes, everything=everything)).events

    async def pass_(self, minutes: float = 0, *, everything: bool = False) -> PassResult:
        """Moves the clock on and makes a pass, which must not fail in any part."""
        self.clock.now += timedelta(minutes=minutes)
        result = await check(self.ctx, everything=everything)
        assert not result.failed, result.failed
        return result

    async def looks(self, times: int, minutes: float = 10) -> list[Event]:
        """So many passes, so far apart; all their events."""
        found: list[Event] = []
        for _ in range(times):
            found += await self.look(minutes)
        return found

    def post(self, slug: str) -> BlogPost:
        return self.blog.post(slug)

    def answer(self, path: str, reply: Reply | None) -> None:
        """What one path answers from now on; None: what it is."""
        before = self.blog.override
        self.blog.override = lambda p: reply if p == path else before(p)

    def answer_all(self, reply: Reply | None) -> None:
        """What every path answers from now on."""
        self.blog.override = lambda _: reply


def config(folder: Path, blog: Blog, more: str = "", site: str = "") -> Config:
    """The shipped defaults, but for loopback and pace."""
    path = folder / "postwatch.toml"
    path.write_text(
        f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
per_host_concurrency = 8
{more}
[[site]]
name = "corvane"
url = "{blog.url}"
{site}
""",
        encoding="utf-8",
    )
    return load(path, option_types())


@asynccontextmanager
async def watching(
    folder: Path, posts: list[BlogPost], more: str = "", site: str = "", *, blog: Blog | None = None
) -> AsyncIterator[Watch]:
    """A blog of these posts (or the one given) under watch; nothing has been looked at yet."""
    clock = Clock()
    with blog or Blog(posts) as blog:
        settings = config(folder, blog, more, site)
        store = Store.open(settings.database_url, create=True, upgrade=True, clock=clock)
        fetcher = FETCHERS["http"](settings.fetch, clock)
        parser = LentParser(workers=1)
        channels = open_channels(settings, json_output=True)
        ctx = Context(
            config=settings,
            store=store,
            fetcher=fetcher,
            parser=parser,
            clock=clock,
            sleep=clock.sleep,
            rng=random.Random(7),
            channels=channels,
        )
        try:
            yield Watch(blog, ctx, clock)
        finally:
            await fetcher.aclose()
            await parser.aclose()
            store.close()
