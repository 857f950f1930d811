"""Diffs of long versions, kept once drawn: what takes seconds is done once, however many ask for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

from ..show.diff import Drawing

#: Characters that all kept drawings hold together, and one of them at the most.
ROOM, ONE = 8_000_000, 2_000_000
#: What a line takes beside its words, in characters.
_LINE = 500


class Drawings:
    """The drawings asked for last, and those that are being made. For one event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Drawing, int]] = OrderedDict()
        self._made: dict[Hashable, asyncio.Task[Drawing]] = {}
        self.weight = 0  #: of all that are kept, in characters

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Drawing]]) -> Drawing:
        """The drawing of this key: as kept, as it comes of the making under way, or made now."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        task = self._made.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make))
            self._made[key] = task
            task.add_done_callback(lambda _: self._made.pop(key, None))
        # One who leaves ends it for nobody else.
        return await asyncio.shield(task)

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Drawing]]) -> Drawing:
        found = await make()
        weight = weight_of(found)
        if weight <= ONE:
            self._kept[key] = (found, weight)
            self.weight += weight
            while self.weight > ROOM:
                _, (_, gone) = self._kept.popitem(last=False)
                self.weight -= gone
        return found


def weight_of(drawing: Drawing) -> int:
    """About how many characters a drawing holds."""
    lines = [line for part in drawing.parts for line in part.lines]
    return sum(_LINE + sum(len(run.text) for run in line.runs) for line in lines)
