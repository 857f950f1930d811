"""Is it our own network? Told by the sites' home pages, as they come in one pass.

A site whose home page answers shows that the network works, and is checked at once: it waits for no
other, however long that one takes to answer. One that could not be connected to waits for all: if none
could, it is us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from ..config import SiteConfig
from ..decide.outage import SITES_FOR_NETWORK, is_our_network, is_unconnected
from ..model import Answer, Event, Reason
from .asking import fetch_page
from .context import Context
from .controls import Controls
from .standstill import resumed, stopped


class Sight:
    """How a process alone finds out whether it can see, and tells it. Of a cluster: shared_sight.py."""

    async def others(
        self, ctx: Context, sites: Sequence[SiteConfig], homes: Sequence[Answer | None]
    ) -> list[Answer] | None:
        """Home pages of some `sites` that are not looked at in this pass, all of whose own `homes` could not be
        connected to; None where that can't be known now, so that nothing is judged."""
        some = sites[:SITES_FOR_NETWORK]
        return list(await asyncio.gather(*(fetch_page(ctx, s, s.url) for s in some)))

    async def lost(self, ctx: Context, since: datetime) -> list[Event]:
        """Notes that it is our network; what is told of it."""
        return await stopped(ctx, Reason.NETWORK, since, since)

    async def regained(self, ctx: Context, now: datetime) -> list[Event]:
        """Notes that we see; what is told of it."""
        return await resumed(ctx, (Reason.NETWORK,), now)


class Network(Struct):
    """What the home pages of one pass say of our network."""

    ctx: Context
    due: Sequence[SiteConfig]  #: whose control pages are looked at in this pass
    started: datetime
    sight: Sight
    events: list[Event] = field(default_factory=list)  #: told of it
    blind: bool | None = None  #: None as long as nobody had to ask
    _homes: list[Answer | None] = field(default_factory=list)  #: None where robots.txt forbids it
    _came: int = 0
    _all: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seeing: bool = False

    async def lets_us_look(self, controls: Controls | None) -> bool:
        """Whether a site can be judged by what its control pages answered (None: it was not looked at);
        to be asked once for each site that is due."""
        if controls is not None:
            self._homes.append(_home(controls))
        self._came += 1
        if self._came == len(self.due):
            self._all.set()
        if controls is None:
            return False
        if _connected(self._homes[-1]):
            await self._sees()
            return True
        await self._all.wait()
        async with self._turn:
            if self.blind is None:
                self.blind = await self._is_us()
        return not self.blind

    async def _is_us(self) -> bool:
        homes = list(self._homes)
        if not any(map(_connected, homes)):
            # Too few sites were due to tell our network from theirs: ask the others' home pages.
            named = {s.name for s in self.due}
            watched = [s for s in self.ctx.config.sites if s.name not in named and not s.paused]
            others = await self.sight.others(self.ctx, watched, homes)
            if others is None:
                return True
            homes += others
        if is_our_network([a for a in homes if a is not None]) and None not in homes:
            self.events += await self.sight.lost(self.ctx, self.started)
            return True
        if any(map(_connected, homes)):
            await self._sees()
        return False

    async def _sees(self) -> None:
        """Tells, before anything is judged, that we can look again, where we could not."""
        async with self._telling:
            if not self._seeing:
                self.events += await self.sight.regained(self.ctx, self.started)
                self._seeing = True


def connected(controls: Controls) -> bool:
    """Whether a site's control pages show that the network works, so that it waits for no other."""
    return _connected(_home(controls))


def _home(controls: Controls) -> Answer | None:
    return controls.home.answer if controls.home is not None else None


def _connected(home: Answer | None) -> bool:
    return home is None or not is_unconnected(home)
