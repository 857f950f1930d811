"""Killed at any moment of a pass: no event without its alert, no alert without its event, no mail lost.

Mails may come twice (the kill fell between a mail and its mark); each double bears the same Message-ID.
`POSTWATCH_TEST_KILLS=50` kills as often.
"""

from __future__ import annotations

import email
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from monitor.demo.blog import Blog
from monitor.store import Store, verify
from tests.cli.test_commands import _Kept
from tests.support.command import postwatch
from tests.support.prose import many
from tests.support.watching import Clock

KILLS = int(os.environ.get("POSTWATCH_TEST_KILLS", "8"))
ROOT = Path(__file__).parents[2]

#: Imports once and forks for each pass: a pass is killed at its work, not at its imports.
ZYGOTE = """
import os, sys
import monitor.cli.check, monitor.run.check, monitor.run.deliver, monitor.run.opening
import monitor.store.queue, monitor.notify.email, monitor.fetch.http, monitor.show.several
from monitor.cli.main import main
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        main(["check", "--all"])
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@contextmanager
def passes(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", ZYGOTE],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def one_pass(zygote: subprocess.Popen[str], kill_after: float | None) -> float:
    """Makes a pass, killed after so many seconds if it still runs; how long it took."""
    assert zygote.stdin is not None and zygote.stdout is not None
    began = time.monotonic()
    zygote.stdin.write("go\n")
    zygote.stdin.flush()
    child = int(zygote.stdout.readline())
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):  # it had ended
            os.kill(child, signal.SIGKILL)
    assert zygote.stdout.readline() == "ended\n"
    return time.monotonic() - began


def sound(folder: Path) -> tuple[int, int]:
    """(events, alerts) of a database in which each event has its alerts and each alert its event."""
    with sqlite3.connect(folder / "postwatch.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        keys = db.execute("SELECT event_id, recipient FROM alerts WHERE notice = ''").fetchall()
        told = [i for (i,) in db.execute("SELECT id FROM events")]
    assert sorted(keys) == sorted((i, to) for i in told for to in ("a@x.example", "b@x.example"))
    return len(told), len(keys)


def something_happens(blog: Blog, chance: random.Random) -> None:
    """A post is edited, one goes, one that had gone comes back."""
    post = chance.choice(blog.posts)
    if post.status == 404:
        post.status, post.listed = 200, True
    elif sum(p.status == 404 for p in blog.posts) < 2 and chance.random() < 0.5:
        post.status, post.listed = 404, False
    else:
        post.paragraphs[0] += f" It rained {chance.randint(2, 999)} times."


@pytest.mark.parametrize("seed", [int.from_bytes(os.urandom(4))], ids=["any"])
def test_a_kill_at_any_moment_parts_no_event_from_its_alert(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(_Kept(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        with Blog(many(8)) as blog, passes(tmp_path) as zygote:
            (tmp_path / "postwatch.toml").write_text(
                f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
per_host_concurrency = 4
[removal]
confirmations = 1
min_missing = "0s"
[edits]
confirm_after = "0s"
[[site]]
name = "corvane"
url = "{blog.url}"
alert_on = ["published", "edited", "removed", "reinstated", "moved", "delisted", "relisted"]
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@x.example"
to = ["a@x.example", "b@x.example"]
now = ["published", "edited", "removed", "reinstated", "moved", "delisted", "relisted"]
max_per_hour = 0
"""
            )
            one_pass(zygote, None)
            something_happens(blog, chance)
            took = one_pass(zygote, None)
            for _ in range(KILLS):
                something_happens(blog, chance)
                one_pass(zygote, chance.uniform(0.02, took))
                sound(tmp_path)
            one_pass(zygote, None)
            for _ in range(3):  # a lease of a killed pass is given back by the next
                assert postwatch(tmp_path, "check").code == 0
        told, alerts = sound(tmp_path)
        assert told
        with Store.open(f"sqlite:///{tmp_path}/postwatch.db", clock=Clock()) as store:
            with store.read() as conn:
                assert verify.verify(conn) == []
        with sqlite3.connect(tmp_path / "postwatch.db") as db:
            states = Counter(s for (s,) in db.execute("SELECT state FROM alerts WHERE notice = ''"))
            ids = {i for (i,) in db.execute("SELECT message_id FROM alerts WHERE notice = ''")}
        assert states == {"sent": alerts}
        came = Counter(
            str(email.message_from_bytes(m)["Message-ID"]).strip("<>") for m in server.handler.mails
        )
        assert ids <= set(came)
        assert sum(came.values()) - len(came) <= KILLS  # at most one double a kill
    finally:
        server.stop()
