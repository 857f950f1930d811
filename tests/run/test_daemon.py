"""The daemon as a process: it checks, serves, takes up a changed config, and ends when told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

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

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self._file = self.log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
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
