"""The loop that all fetching runs on."""

from __future__ import annotations

import asyncio

import pytest

from monitor.net import loop


def test_it_is_uvloops(monkeypatch: pytest.MonkeyPatch) -> None:
    with asyncio.Runner(loop_factory=loop.new_loop) as runner:
        assert type(runner.get_loop()).__module__.startswith("uvloop")
    monkeypatch.setattr(loop, "_UVLOOP", None)
    with asyncio.Runner(loop_factory=loop.new_loop) as runner:
        assert type(runner.get_loop()).__module__.startswith("asyncio")
