"""Killed in the middle of its writes, a process leaves a sound file and every write it was told of."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store import Store, events, verify
from tests.store.build import clock, read

ROOT = Path(__file__).parents[2]

WRITES = """
import itertools, sys, threading
from monitor.store import Store, bodies, events, queue
from tests.store.build import an_event, clock, NOW

store = Store.open(sys.argv[1], create=True, clock=clock)
names = itertools.count()
telling = threading.Lock()

def one(conn):
    n = next(names)
    event = events.append(conn, an_event(), uid=f"{sys.argv[2]}-{n}", salt="s")
    bodies.keep_body(conn, (f"{sys.argv[2]} {n} " * 3000).encode())
    queue.add_alerts(conn, event.id, [("mail", "a@x")], NOW)
    return event.id

def go():
    while True:
        done = store.write(one)
        with telling:
            print(done, flush=True)

for _ in range(4):
    threading.Thread(target=go).start()
"""


@pytest.mark.parametrize("told", [1, 40, 150])
def test_a_kill_loses_nothing_that_was_told(url: str, tmp_path: Path, told: int) -> None:
    last = 0
    for turn in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITES, url, str(turn)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        for _ in range(told):
            last = max(last, int(process.stdout.readline()))
        process.kill()
        last = max([last, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
        process.stdout.close()
        process.wait()
        # First as any SQLite would find it, then as we do.
        if url.startswith("sqlite:"):
            conn = sqlite3.connect(tmp_path / "w.db")
            assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            conn.close()
        with Store.open(url, clock=clock) as store:
            assert read(store, verify.verify) == []
            assert read(store, events.head)[0] >= last
            with store.lock(wait=True):
                pass


FILLS = """
import resource, signal, sys
from monitor.errors import StoreError
from monitor.store import Store, bodies, events
from tests.store.build import an_event, clock

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(sys.argv[1], create=True, clock=clock)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

def one(conn):
    event = events.append(conn, an_event(), uid=str(n), salt="s")
    bodies.keep_body(conn, bytes((n * 7 + i * i) % 256 for i in range(20_000)))
    return event.id

told = 0
try:
    for n in range(2000):
        told = store.write(one)
except StoreError as e:
    print(told, e)
"""


def test_a_file_that_may_not_grow_fails_in_one_line_and_stays_sound(sqlite_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILLS, sqlite_url],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    told, _, said = done.stdout.strip().partition(" ")
    assert "disk is full" in said or "disk I/O error" in said
    assert "\n" not in said and not done.stderr
    with Store.open(sqlite_url, clock=clock) as store:
        assert read(store, verify.verify) == []
        assert read(store, events.head)[0] == int(told) > 0


def test_a_killed_checker_leaves_no_lock(url: str) -> None:
    code = (
        "import sys\nfrom monitor.store import Store\nfrom tests.store.build import clock\n"
        "store = Store.open(sys.argv[1], create=True, clock=clock)\n"
        "with store.lock():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin and process.stdout and process.stdout.readline() == b"held\n"
    with Store.open(url, clock=clock) as store:
        with pytest.raises(StoreError, match="another process is checking"), store.lock():
            pytest.fail("two at once")
        process.kill()
        process.communicate()
        with store.lock(wait=True):  # a server finds out in a moment
            pass
