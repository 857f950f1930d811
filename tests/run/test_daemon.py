"""The daemon as a process: it checks, serves, takes up a changed config, and ends when told to."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from monitor.demo.blog import Blog
from tests.support.command import postwatch
from tests.support.prose import posts

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

    def stop(self, sig: int) -> int:
        self.process.send_signal(sig)
        code = self.process.wait(15)
        self._file.close()
        return code


@pytest.fixture
def daemon(tmp_path: Path, blog: Blog) -> Iterator[Daemon]:
    write(tmp_path, blog)
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
    pages = daemon.says(r"pages: (http://\S+)").group(1)
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
    started = time.monotonic()
    assert daemon.stop(sig) == 0
    assert time.monotonic() - started < 12
    assert [e["kind"] for e in postwatch(tmp_path, "events", "--json").lines] == ["edited"]
    assert "Traceback" not in daemon.log.read_text()


def test_a_bad_config_is_refused_and_a_good_one_taken_up(
    daemon: Daemon, tmp_path: Path, blog: Blog
) -> None:
    pages = daemon.says(r"pages: (http://\S+)").group(1)
    daemon.says(r"pass sites=1")
    write(tmp_path, blog, more="evry = '1m'")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says(r"is refused.*evry")
    write(tmp_path, blog, more=f'[[site]]\nname = "second"\nurl = "{blog.origin}/"')
    config = tmp_path / "postwatch.toml"
    config.write_text(config.read_text().replace("[web]", '[web]\npassword = "tulips"'))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says(r"reloaded, 2 sites")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(pages, timeout=10)
    daemon.says(r"pass sites=2|pass sites=1 .*\n.*pass sites=1")
    assert daemon.stop(signal.SIGTERM) == 0
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


def _listen(manager: socket.socket, heard: SimpleQueue[str]) -> None:
    with contextlib.suppress(OSError):  # closed at the end
        while True:
            heard.put(manager.recv(4096).decode())


def test_it_ends_in_time_in_every_phase_and_the_service_manager_hears_of_it(
    tmp_path: Path, blog: Blog
) -> None:
    """At once: a site that never answers, a relay that never greets, a page that is read slowly."""
    relay, site = Silent(), Silent()
    write(
        tmp_path,
        blog,
        f"""[[site]]
name = "dead"
url = "http://127.0.0.1:{site.port}/blog/"
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{relay.port}"
from = "postwatch@a.example"
to = ["desk@a.example"]
[log]
format = "json"
""",
    )
    config = tmp_path / "postwatch.toml"
    config.write_text(config.read_text().replace("[fetch]", '[fetch]\ntimeout = "1s"'))
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(30)
    d = Daemon(
        tmp_path,
        NOTIFY_SOCKET=str(tmp_path / "notify"),
        WATCHDOG_USEC="1000000",
    )
    heard = SimpleQueue[str]()
    # Read at once, as a service manager does: the kernel holds ten messages and drops the next.
    threading.Thread(target=_listen, args=(manager, heard), daemon=True).start()

    def hears(word: str) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if (said := heard.get(timeout=30)).startswith(word):
                return said
        raise AssertionError(f"{word} was not heard")

    try:
        hears("READY=1")
        hears("WATCHDOG=1")
        pages = d.says(r"pages: http://127.0.0.1:(\d+)/").group(1)
        d.says(r"pass sites=2 looked=3")
        assert "2 sites, 0 events" in hears("STATUS=last pass at ")
        blog.posts[0].paragraphs[0] += " It rained."
        d.says("kind=edited")
        # Another address for the pages wants a restart, and says so; all else is taken up.
        config.write_text(config.read_text().replace('"127.0.0.1:0"', '"127.0.0.1:1"'))
        d.process.send_signal(signal.SIGHUP)
        assert "\nMONOTONIC_USEC=" in hears("RELOADING=1")
        hears("READY=1")
        d.says(r"\[web\] has changed: the pages are at 127.0.0.1:1 from the next start on")
        relay.asked()
        site.asked()
        with socket.create_connection(("127.0.0.1", int(pages))) as slow:
            slow.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n")  # and no more
            began = time.monotonic()
            assert d.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 10
        hears("STOPPING=1")
    finally:
        if d.process.poll() is None:
            d.process.kill()
            d.process.wait()
        d._file.close()
        for closed in (relay, site, manager):
            closed.close()
    lines = [json.loads(line) for line in d.log.read_text().splitlines()]
    assert {"at", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    said = [line["message"] for line in lines if line["level"] not in ("info", "debug")]
    assert not [s for s in said if "Cancelled" in s or "Traceback" in s], said
    assert "a message in hand was not finished; it is sent again, under its old id" in said
    with sqlite3.connect(tmp_path / "postwatch.db") as db:
        assert db.execute("SELECT count(*) FROM alerts WHERE state = 'pending'").fetchone() == (1,)
    db.close()
