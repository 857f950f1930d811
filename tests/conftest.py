"""No network but loopback, and no skip where every part must be present."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from monitor.demo.sink import MailSink
from monitor.net.loop import new_loop
from monitor.run import opening
from tests.support.reading import LentParser

# How long an example takes is the machine's business: no test is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_connect = socket.socket.connect


def _guarded(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0]
        if not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test reached out to {host}")
    _connect(self, address)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection beyond this machine fails the test."""
    monkeypatch.setattr(socket.socket, "connect", _guarded)


@pytest.fixture(autouse=True)
def parsers_are_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run within the tests' process share their parsing processes, as `watching` does."""
    monkeypatch.setattr(opening, "Parser", LentParser)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Asynchronous tests run on the loop that the program runs on."""
    return "asyncio", {"loop_factory": new_loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With POSTWATCH_TEST_NO_SKIP a skipped test is a failed one: every part must be there."""
    report = yield
    if (
        report.skipped
        and os.environ.get("POSTWATCH_TEST_NO_SKIP")
        and not hasattr(report, "wasxfail")
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped, though every part must be present: {report.longrepr}"
    return report


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[MailSink]:
    """A real SMTP server that keeps what it gets."""
    async with MailSink(tmp_path / "mail") as s:
        yield s
