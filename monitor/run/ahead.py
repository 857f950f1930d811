"""What is begun before it is known whether it is needed: it goes on beside what will tell, and is ended with it.

Asking early concludes nothing. Whoever asks so sees to it that a page is asked for no more often than in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Ahead:
    """What is under way: `async with` ends what is not done by its end, and of that no trouble is heard."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Has something go on; it starts when the caller next waits, so that what that one asks goes first."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.append(task)
        return task

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        left = [task for task in self._tasks if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of these come to, in their order. Raises what the first raises that fails, when the others have been
    ended: nobody would wait for them, and they would go on asking."""
    async with Ahead() as ahead:
        return await asyncio.gather(*[ahead.begin(work) for work in works])
