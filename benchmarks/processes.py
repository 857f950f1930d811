"""What a command costs, seen from outside: CPU and memory of a whole tree of processes.

Light, since processes that are measured themselves import it.
"""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

#: Seconds between two looks at what a tree holds.
SAMPLE = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to. `peak`: MiB that its tree held at most, looked at every SAMPLE seconds."""

    wall: float
    cpu: float  #: user and system, of itself and of all it waited for
    peak: float
    code: int
    out: str
    err: str


def held(pid: int | str) -> tuple[float, float]:
    """MiB that a process holds: all, and its share of what several do."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0, 0.0
    rss, pss = (re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE) for name in ("Rss", "Pss"))
    return (int(rss[1]) / 1024, int(pss[1]) / 1024) if rss and pss else (0.0, 0.0)


def tree(pid: int) -> list[int]:
    """A process and all below it, as they are now."""
    found, todo = [], [pid]
    while todo:
        found.append(one := todo.pop())
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                below = Path(f"/proc/{one}/task/{thread}/children").read_text()
                todo += map(int, below.split())
    return found


def resident(pid: int) -> float:
    """MiB that a process and all below it hold; what several hold counts for each."""
    pages = 0
    for one in tree(pid):
        with suppress(OSError, IndexError):
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return pages * _PAGE / 2**20


def measured(
    line: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, seconds: float = 900
) -> Ran:
    """What a command line comes to, run in a folder to its end; killed after so many seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    process = subprocess.Popen(
        [str(word) for word in line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE):
            peak[0] = max(peak[0], resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    finally:
        done.set()
        watcher.join()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(wall, cpu, peak[0], process.returncode, out, err)


def size(folder: Path) -> int:
    """Bytes of all files below a folder; of SQLite's those that are in use."""
    return sum(_used(f) for f in folder.rglob("*") if f.is_file())


def _used(file: Path) -> int:
    if file.suffix != ".db":
        return 0 if file.name.endswith((".db-wal", ".db-shm")) else file.stat().st_size
    with closing(sqlite3.connect(file)) as conn:
        pages, free, each = (
            conn.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * each)
