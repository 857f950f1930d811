"""What a daemon asks of its share in the work of a cluster. One that is alone has none, and does it all."""

from __future__ import annotations

import asyncio
from typing import Protocol

from .check import PassResult, UnderWay
from .context import Context


class Share(Protocol):
    """A process's share in the work of a cluster (cluster.py)."""

    def leads(self) -> bool:
        """Whether this process does what only one may do: all but the looks."""
        ...

    async def agrees(self) -> bool:
        """Whether this machine's clock is that of the others."""
        ...

    async def ready(self) -> None:
        """Waited for before each request; raises where this process may send none any more."""
        ...

    async def hand_out(self, ctx: Context, under_way: UnderWay) -> PassResult:
        """In place of a pass: has what is due looked at by whoever is free."""
        ...

    async def work(self, ctx: Context, halt: asyncio.Event) -> None:
        """Looks at what is handed out, until told to `halt`."""
        ...
