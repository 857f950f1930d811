"""Time that is skipped while the daemon has nothing to do (day.py).

The daemon's event loop, its scheduler and its wall clock tell the real time plus what was skipped. While
anything is under way (a thread, a write, a request, a mail) time goes at its real pace, so no deadline
shrinks; where everything waits for a timer, the clock is put to that timer. The daemon cannot tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as real
import selectors
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar
from unittest.mock import patch

from monitor.fetch.http import HttpFetcher
from monitor.net import loop as loop_module
from monitor.net.transport import Client
from monitor.notify.email import EmailChannel
from monitor.store.writer import Writer

T = TypeVar("T")


class Skipped:
    """How much time was skipped, and how much of the daemon's work is under way."""

    def __init__(self, shown: Any) -> None:
        self.seconds = 0.0
        self.busy = 0  #: what must not be skipped over; changed by the loop's thread alone
        self.fetches = 0  #: that run or wait for their turn
        self.requests = 0  #: so far
        self.loop: Loop | None = None
        self.on_loop: Callable[[Loop], None] = lambda loop: None
        self._shown = shown
        self._real = time.time() - time.monotonic()

    def steady(self) -> float:
        """Seconds, on a clock that only runs."""
        return time.monotonic() + self.seconds

    def now(self, zone: Any = real.UTC) -> real.datetime:
        """The time of day."""
        return real.datetime.now(zone) + real.timedelta(seconds=self.seconds)

    def ahead(self, seconds: float) -> None:
        """Puts the clock ahead; other processes read it in `shown.value`."""
        self.seconds += seconds
        self._shown.value = self._real + self.steady()

    def count(self, future: Future[Any]) -> None:
        """Takes what a future stands for as under way until who waits for it has been told, and knows."""
        self.busy += 1
        if self.loop is not None and self.loop.is_running():
            # Behind whatever is called once it is done: the loop may come round between two such calls.
            self.loop.call_soon(future.add_done_callback, self.done)
        else:
            future.add_done_callback(self.done)

    def done(self, _: object = None) -> None:
        """Something that was under way in another thread ended."""
        if self.loop is not None and not self.loop.is_closed():
            # In the loop's own order: who waits for it is woken by the same means.
            self.loop.call_soon_threadsafe(self._less)
        else:
            self._less()

    def _less(self) -> None:
        self.busy -= 1


class _Selector(selectors.DefaultSelector):
    def __init__(self, skipped: Skipped) -> None:
        super().__init__()
        self._skipped = skipped

    def select(self, timeout: float | None = None) -> Any:
        """What is ready; where only a timer is waited for, the clock is put ahead to it."""
        found = super().select(0)
        if found or timeout is None or timeout <= 0 or self._skipped.busy:
            return found or super().select(timeout)
        self._skipped.ahead(timeout)
        return []


class _Threads(ThreadPoolExecutor):
    def __init__(self, skipped: Skipped) -> None:
        super().__init__()
        self._skipped = skipped

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As usual, and counted, but for what serves the pages for as long as the daemon lives."""
        future = super().submit(fn, *args, **kwargs)
        if asyncio.run not in getattr(fn, "args", ()):
            self._skipped.count(future)
        return future


class Loop(asyncio.SelectorEventLoop):
    """An event loop on that clock."""

    def __init__(self, skipped: Skipped) -> None:
        self._skipped = skipped
        super().__init__(_Selector(skipped))
        self.set_default_executor(_Threads(skipped))
        skipped.loop = self
        skipped.on_loop(self)

    def time(self) -> float:
        """Seconds, on a clock that only runs."""
        return self._skipped.steady()


@contextlib.contextmanager
def skipping(skipped: Skipped) -> Iterator[None]:
    """Has everything in this process tell that time; other processes see it only in what they are asked."""

    class Now(real.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return skipped.now(tz)

    plain = loop_module.new_loop

    def new_loop() -> asyncio.AbstractEventLoop:
        ours = threading.current_thread() is threading.main_thread()
        return Loop(skipped) if ours else plain()

    submit = Writer.submit

    def written(self: Writer, fn: Callable[[Any], T]) -> Future[T]:
        future = submit(self, fn)
        if threading.current_thread() is threading.main_thread():
            skipped.count(future)
        return future

    with contextlib.ExitStack() as stack:
        for where, what in (
            ("monitor.net.loop.new_loop", new_loop),
            ("apscheduler.schedulers.base.datetime", Now),
            ("monitor.run.opening.now", skipped.now),
            ("monitor.cli.common.now", skipped.now),
            ("monitor.run.clockwork._since_boot", skipped.steady),
        ):
            stack.enter_context(patch(where, what))
        stack.enter_context(patch.object(Writer, "submit", written))
        stack.enter_context(_counted(Client, "exchange", skipped, "busy"))
        stack.enter_context(_counted(EmailChannel, "send", skipped, "busy"))
        stack.enter_context(_counted(HttpFetcher, "fetch", skipped, "fetches"))
        yield


def _counted(cls: type, name: str, skipped: Skipped, count: str) -> Any:
    method: Callable[..., Awaitable[Any]] = getattr(cls, name)

    async def counted(*args: Any, **kwargs: Any) -> Any:
        setattr(skipped, count, getattr(skipped, count) + 1)
        skipped.requests += count == "busy"
        try:
            return await method(*args, **kwargs)
        finally:
            setattr(skipped, count, getattr(skipped, count) - 1)

    return patch.object(cls, name, counted)
