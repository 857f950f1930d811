"""Values as JSON text: what threads do to one another."""

from __future__ import annotations

import subprocess
import sys

FIRST_USES = """
import threading, time
from dataclasses import dataclass
from monitor.store.codec import from_json

def slowly():
    time.sleep(0.2)
    return int

@dataclass(frozen=True)
class Number:
    n: "slowly()"

@dataclass(frozen=True)
class Value:
    number: Number

threads = [threading.Thread(target=from_json, args=('{"number": {"n": 1}}', Value)) for _ in range(4)]
for thread in threads:
    thread.start()
    time.sleep(0.02)
for thread in threads:
    thread.join()
assert from_json('{"number": {"n": 2}}', Value) == Value(Number(2))
"""


def test_threads_may_need_a_type_for_the_first_time_at_once() -> None:
    """In a process of its own: what it must not do is to crash."""
    ran = subprocess.run([sys.executable, "-c", FIRST_USES], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
