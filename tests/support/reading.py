"""The real parser, its processes kept for the tests that come after: each takes a second to start."""

from __future__ import annotations

from monitor.run.parse import Parser
from monitor.run.reading_process import Worker

_kept: list[Worker] = []


class LentParser(Parser):
    """A `Parser` that takes up workers which wait, and leaves those that are sound and idle behind."""

    def _hire(self) -> Worker:
        return _kept.pop() if _kept else super()._hire()

    async def aclose(self) -> None:
        while self._idle is not None and not self._idle.empty():
            worker = self._idle.get_nowait()
            if worker is not None and worker.alive:
                self._all.discard(worker)
                _kept.append(worker)
        await super().aclose()
