"""The daemon as a process: it checks, serves, takes up a changed config, and ends when told to."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import monitor.run.daemon as daemon_module
from monitor.config import load
from monitor.demo.blog import Blog
from monitor.notify import option_types
from monitor.run.check import PassResult
from monitor.run.daemon import run
from monitor.store import Store
from tests.support.command import postwatch
from tests.support.prose import posts

#: What is said on a machine that is too busy.
LATE = "runs were missed"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def blog() -> Iterator[Blog]:
    young = posts(3)
    for post in young:
        post.date = datetime.now(UTC)
    with Blog(young) as b:
        yield b


def write(folder: Path, blog: Blog, more: str = "") -> None:
    (folder / "postwatch.toml").write_text(
        f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
[schedule]
every = "2s"
[edits]
confirm_after = "0s"
[web]
listen = "127.0.0.1:0"
[[site]]
name = "corvane"
url = "{blog.url}"
{more}
"""
    )


class Daemon:
    """A running `postwatch run`; what it says is collected in a file."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.log = folder / "log"
        self._file = self.log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdout=self._file,
            stderr=self._file,
        )

    def says(self, pattern: str, within: float = 60) -> re.Match[str]:
        end = time.monotonic() + within
        while time.monotonic() < end:
            found = re.search(pattern, self.log.read_text())
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"never said {pattern}:\n{self.log.read_text()}")

    def stop(self, sig: int, again: int | None = None) -> int:
        """The exit code; `again` is sent once more and more, until the process has ended."""
        self.process.send_signal(sig)
        end = time.monotonic() + 15
        while again is not None and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
            self.process.send_signal(again)
        code = self.process.wait(15)
        self._file.close()
        return code


@pytest.fixture
def daemon(tmp_path: Path, blog: Blog) -> Iterator[Daemon]:
    write(tmp_path, blog, '[log]\nformat = "json"')
    d = Daemon(tmp_path)
    yield d
    if d.process.poll() is None:
        d.process.kill()
        d.process.wait()
    d._file.close()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_it_checks_serves_and_ends_when_told(
    daemon: Daemon, tmp_path: Path, blog: Blog, sig: int
) -> None:
    pages = daemon.says(r"pages: (http://[\d.:]+/)").group(1)
    daemon.says(r"pass sites=1 looked=3")
    with urllib.request.urlopen(pages, timeout=10) as answer:
        assert b"corvane" in answer.read()
    with urllib.request.urlopen(f"{pages}metrics", timeout=10) as answer:
        assert re.search(rb"\npostwatch_passes_total [1-9]", answer.read())
    with urllib.request.urlopen(f"{pages}readyz", timeout=10) as answer:
        assert answer.status == 200
    blog.posts[0].paragraphs[0] += " It rained."
    daemon.says(r"event id=1 kind=edited")
    assert "another process" in postwatch(tmp_path, "check").err
    port = int(pages.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n")  # and no more
        started = time.monotonic()
        assert daemon.stop(sig, again=sig) == 0
        assert time.monotonic() - started < 10
    assert [e["kind"] for e in postwatch(tmp_path, "events", "--json").lines] == ["edited"]
    lines = [json.loads(line) for line in daemon.log.read_text().splitlines()]
    assert {"at", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    assert not [x for x in lines if x["level"] != "info" and LATE not in x["message"]]


def test_a_bad_config_is_refused_and_a_good_one_taken_up(
    daemon: Daemon, tmp_path: Path, blog: Blog
) -> None:
    pages = daemon.says(r"pages: (http://[\d.:]+/)").group(1)
    daemon.says(r"pass sites=1")
    write(tmp_path, blog, more="evry = '1m'")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says(r"is refused.*evry")
    write(tmp_path, blog, more='[database]\nurl = "sqlite:///other.db"')
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says(r"is refused.*\[database\] url has changed, which wants a restart")
    (tmp_path / "postwatch.toml").rename(tmp_path / "config.toml")  # another that would be found
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says(r"is refused.*postwatch\.toml: no such file")
    write(tmp_path, blog, more=f'[[site]]\nname = "second"\nurl = "{blog.origin}/"')
    config = tmp_path / "postwatch.toml"
    better = config.read_text().replace("[web]", '[web]\npassword = "tulips"')
    config.write_text(better.replace('"127.0.0.1:0"', '"127.0.0.1:1"'))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says(r"reloaded, 2 sites")
    daemon.says(r"\[web\] has changed: the pages are at 127.0.0.1:1 from the next start on")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(pages, timeout=10)
    daemon.says(r"pass sites=2|pass sites=1 .*\n.*pass sites=1")
    assert daemon.stop(signal.SIGTERM, again=signal.SIGHUP) == 0
    assert "Traceback" not in daemon.log.read_text()
    assert {s["name"] for s in postwatch(tmp_path, "sites", "--json").lines} == {
        "corvane",
        "second",
    }


class Silent:
    """Servers that take a connection and say nothing: a site, a mail relay."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []

    def asked(self, within: float = 30) -> None:
        """Waits until somebody has connected."""
        self._socket.settimeout(within)
        self._open.append(self._socket.accept()[0])

    def close(self) -> None:
        for sock in (self._socket, *self._open):
            sock.close()


async def test_it_ends_in_time_whatever_it_waits_for_and_the_service_manager_hears_of_it(
    tmp_path: Path, blog: Blog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At once: a site that never answers, and a relay that never greets."""
    monkeypatch.setattr(daemon_module, "STOP_WITHIN", 0.2)
    monkeypatch.setattr(daemon_module, "TICK", timedelta(seconds=0.2))
    monkeypatch.setattr(daemon_module, "CONFIG_LOOK", timedelta(seconds=0.2))
    relay, site = Silent(), Silent()
    write(
        tmp_path,
        blog,
        f"""[[site]]
name = "dead"
url = "http://127.0.0.1:{site.port}/blog/"
every = "1h"
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{relay.port}"
from = "postwatch@a.example"
to = ["desk@a.example"]
""",
    )
    path = tmp_path / "postwatch.toml"
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    loop = asyncio.get_running_loop()

    async def hears(*words: str) -> str:
        async with asyncio.timeout(60):
            while True:
                said = (await loop.sock_recv(manager, 4096)).decode()
                if all(w in said for w in words):
                    return said

    config = load(path, option_types())
    store = Store.open(config.database_url, create=True, clock=lambda: datetime.now(UTC))
    seen, edited = asyncio.Event(), asyncio.Event()

    def on_pass(result: PassResult) -> None:
        if any(o.looked for o in result.outcomes):
            seen.set()
        if result.events:
            edited.set()

    running = asyncio.create_task(
        run(config, store, reload=lambda: load(path, option_types()), on_pass=on_pass)
    )
    try:
        await hears("READY=1")
        await hears("WATCHDOG=1")
        await hears("STATUS=last pass at ", " sites, 0 events")
        await asyncio.wait_for(seen.wait(), 60)
        blog.posts[0].paragraphs[0] += " It rained."
        await asyncio.wait_for(edited.wait(), 60)
        path.write_text(path.read_text() + "# changed\n")  # noticed by itself
        assert "\nMONOTONIC_USEC=" in await hears("RELOADING=1")
        await hears("READY=1")
        await asyncio.to_thread(relay.asked)
        await asyncio.to_thread(site.asked)
        began = loop.time()
        os.kill(os.getpid(), signal.SIGTERM)
        await hears("STOPPING=1")
        await running
        assert loop.time() - began < 4
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for closed in (relay, site, manager, store):
            closed.close()
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(sig)
    said = [r.getMessage() for r in caplog.records if r.levelno > logging.INFO]
    assert [s for s in said if LATE not in s] == [
        "a message in hand was not finished; it is sent again, under its old id"
    ]
    with sqlite3.connect(tmp_path / "postwatch.db") as db:
        assert db.execute(
            "SELECT count(*) FROM alerts WHERE state = 'pending' AND notice = ''"
        ).fetchone() == (1,)
    db.close()
