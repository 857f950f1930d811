"""A day of the daemon: `python -m benchmarks.day FOLDER`. Does its memory stay flat?

Plays `postwatch run`, the command itself, over many blogs (day_blogs.py) for 24 hours, which take as long as
the work in them: where the daemon would only wait, its clock is put ahead (day_clock.py). Deadlines keep their
length, and nothing is looked at more often than the schedule says. Every few minutes of the day a line goes
to FOLDER/samples.jsonl: memory of the daemon and of its reading processes, descriptors, threads, tasks,
Python's objects, size of the database and its WAL, CPU time, how old the last look at each post is.

Flat is: over the second half of the day, in samples taken between passes, the line of best fit through the
daemon's memory rises by less than 1 MiB an hour, that through its objects by less than 5 % of them in all, those
through descriptors and threads by less than 3; and all processes together held no more in the last quarter
than in the one before, 10 % more at most (the reading processes come and go). Exits 1 where it is not.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the reading processes import this module; they are to hold no more than ever
    from benchmarks.day_blogs import Blogs
    from benchmarks.day_clock import Skipped

CONFIG = """\
[database]
url = "sqlite:///postwatch.db"

[fetch]
allow_private_networks = true

[web]
listen = "127.0.0.1:0"

[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{smtp}"
from = "postwatch@example.org"
to = ["desk@example.org"]
"""
SITE = """
[[site]]
name = "yard-{number}"
url = "{origin}/news/"
"""
#: What may grow: MiB an hour, the share of the objects, descriptors and threads, the share of the peak.
STEEPEST, MORE_OBJECTS, MORE_OPEN, HIGHER = 1.0, 0.05, 3.0, 0.1
_MIB = 2**20
#: The oldest last look at a post, by the post's age: which of them are looked at equally often.
_LOOKS = """
SELECT p.published_at, p.next_at, MAX(o.last_at) FROM posts p
JOIN observations o ON o.post_id = p.id WHERE p.watched AND p.status = 'live' AND NOT p.failures
GROUP BY p.id
"""


class Sampler:
    """Lives in the daemon, and looks at it from inside when it is at rest."""

    def __init__(self, folder: Path, skipped: Skipped, hours: float, every: float) -> None:
        self._folder, self._skipped, self._hours, self._every = folder, skipped, hours, every
        self._began, self._real = skipped.now(), skipped.steady() - skipped.seconds
        self._file = folder.joinpath("samples.jsonl").open("w")
        self._waited = 0

    def start(self, loop: Any) -> None:
        """Begins, on the daemon's loop."""
        self._loop = loop
        loop.call_later(self._every * 60, self._due)

    def _due(self) -> None:
        # In the middle of a pass its rows are held: what is compared is what is left between passes.
        if self._works() and self._waited < 600:
            self._waited += 1
            self._loop.call_later(1.0, self._due)
            return
        self._waited = 0
        if self._sample() < self._hours:
            self._loop.call_later(self._every * 60, self._due)
        else:
            import signal

            os.kill(os.getpid(), signal.SIGTERM)

    def _sample(self) -> float:
        import asyncio
        import gc
        import threading
        import time

        from benchmarks.processes import held

        rss, pss = held("self")  # before what is asked next takes its own
        workers = [held(p.pid) for p in multiprocessing.active_children() if p.pid]
        gc.collect()
        rest = not self._works()
        # To ask for them holds them: a tuple that another thread is just making could not be finished.
        objects = gc.get_objects() if rest else []
        now = self._skipped.now()
        hour = (now - self._began).total_seconds() / 3600
        kinds = Counter(type(o).__name__ for o in objects) if self._is_told(hour) else Counter()
        database = self._folder / "postwatch.db"
        said: dict[str, Any] = {
            "hour": round(hour, 3),
            "real_seconds": round(time.monotonic() - self._real),
            "cpu": round(time.process_time(), 1),
            "requests": self._skipped.requests,
            "rest": rest,
            "main": [round(rss, 1), round(pss, 1)],
            "workers": [[round(x, 1) for x in pair] for pair in workers],
            "all": round(pss + sum(pair[1] for pair in workers), 1),
            "descriptors": len(os.listdir("/proc/self/fd")),
            "threads": threading.active_count(),
            "tasks": len(asyncio.all_tasks(self._loop)),
            "objects": len(objects),
            "database": round(database.stat().st_size / _MIB, 1),
            "wal": round(database.with_name("postwatch.db-wal").stat().st_size / _MIB, 1),
            **looks(database, now),
            "kinds": dict(kinds.most_common(60)),
        }
        del objects
        self._file.write(json.dumps(said) + "\n")
        self._file.flush()
        return hour

    def _works(self) -> bool:
        """Whether a pass is under way."""
        return bool(self._skipped.fetches or self._skipped.busy)

    def _is_told(self, hour: float) -> bool:
        """In the hours after the half and at the end the objects are counted by kind."""
        half = self._hours / 2
        return half <= hour < half + 1 or hour >= self._hours - 1


def looks(database: Path, now: datetime) -> dict[str, Any]:
    """How old the last look at each live post is, in minutes, by how often it is to be: (least often,
    median, oldest); and by how much the latest is overdue."""
    conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found = conn.execute(_LOOKS).fetchall()
    conn.close()
    at = now.timestamp()
    ages: dict[str, list[float]] = {"week": [], "month": [], "year": [], "older": []}
    late = [0.0]
    for published, due, last in found:
        days = 0.0
        with suppress(ValueError):
            days = (now - datetime.fromisoformat(published)).total_seconds() / 86400
        kind = (
            "week" if days <= 7 else "month" if days <= 30 else "year" if days <= 365 else "older"
        )
        ages[kind].append((at - last / 1e6) / 60)
        late.append((at - due / 1e6) / 60 if due else 0.0)
    told = {k: [len(x), round(median(x), 1), round(max(x), 1)] for k, x in ages.items() if x}
    return {"last_looks": told, "late": round(max(late), 1)}


def daemon(folder: Path, clock: Any, hours: float, every: float) -> None:
    """A process's life: the daemon, on a clock that skips."""
    from benchmarks.day_clock import Skipped, skipping
    from monitor.cli.main import main as postwatch

    sys.stdout = open(os.devnull, "w")
    with folder.joinpath("log").open("w") as log:
        os.dup2(log.fileno(), 2)
    skipped = Skipped(clock)
    sampler = Sampler(folder, skipped, hours, every)
    skipped.on_loop = sampler.start
    with skipping(skipped):
        postwatch(["--config", str(folder / "postwatch.toml"), "run"])


def play(folder: Path, blogs: Blogs, hours: float, every: float) -> list[dict[str, Any]]:
    """Plays the day; the samples."""
    from benchmarks.day_blogs import serve

    folder.mkdir(parents=True)
    spawn = multiprocessing.get_context("spawn")
    clock = spawn.RawValue("d", blogs.began.timestamp())
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(blogs, clock, theirs, folder / "mails"), daemon=True)
    server.start()
    try:
        config = CONFIG.format(smtp=ours.recv())
        for number in range(blogs.sites):
            config += SITE.format(number=number, origin=blogs.origin(number))
        folder.joinpath("postwatch.toml").write_text(config)
        ran = spawn.Process(target=daemon, args=(folder, clock, hours, every))
        ran.start()
        ran.join()
        if ran.exitcode:
            raise SystemExit(folder.joinpath("log").read_text()[-2000:])
    finally:
        server.kill()
    return [json.loads(line) for line in folder.joinpath("samples.jsonl").open()]


def slope(samples: Sequence[dict[str, Any]], name: str) -> float:
    """By how much a measure rises an hour, on the line of best fit."""
    return linear_regression([s["hour"] for s in samples], [s[name] for s in samples]).slope


def table(samples: Sequence[dict[str, Any]], lines: int = 24) -> str:
    """The day, some lines of it."""
    said = ["  hour requests  cpu s  main    all  objects  fd thr task   db MiB  wal  late min"]
    for s in samples[:: max(1, len(samples) // lines)]:
        said.append(
            f"{s['hour']:6.2f}{s['requests']:9}{s['cpu']:7.0f}{s['main'][1]:6.0f}{s['all']:7.1f}"
            f"{s['objects']:9}{s['descriptors']:4}{s['threads']:4}{s['tasks']:5}"
            f"{s['database']:9.1f}{s['wal']:5.1f}{s['late']:10.1f}"
        )
    return "\n".join(said)


def judged(samples: Sequence[dict[str, Any]]) -> list[str]:
    """What is not flat over the second half, and by how much all of it rises: the last line is no fault."""
    end = samples[-1]["hour"]
    late = [{**s, "own": s["main"][1]} for s in samples if s["hour"] >= end / 2 and s["rest"]]
    rise, more = slope(late, "own"), slope(late, "objects") * end / 2 / late[0]["objects"]
    faults = []
    if rise > STEEPEST:
        faults.append(f"memory rises by {rise:.2f} MiB an hour")
    if more > MORE_OBJECTS:
        faults.append(f"objects: {more:.1%} more")
    for name in ("descriptors", "threads"):
        if slope(late, name) * end / 2 > MORE_OPEN:
            faults.append(f"{name}: more and more")
    third, fourth = (
        max(s["all"] for s in samples if start <= s["hour"] / end <= start + 0.25)
        for start in (0.5, 0.75)
    )
    if fourth > third * (1 + HIGHER):
        faults.append(f"all processes: {fourth:.0f} MiB after {third:.0f}")
    counted = [s["kinds"] for s in late if s["kinds"]]
    grown = Counter(counted[-1])
    grown.subtract(counted[0])
    kinds = ", ".join(f"{kind} {count:+}" for kind, count in grown.most_common(5))
    said = (
        f"second half: memory {rise:+.2f} MiB an hour, objects {more:+.2%}; most grown: {kinds}; "
    )
    said += f"all processes at most {third:.0f} and {fourth:.0f} MiB in its quarters"
    return [*faults, said]


def main(args: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.day",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="a new one")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--posts", type=int, default=10_000, help="of all sites together")
    parser.add_argument(
        "--young", type=float, help="share of posts under 7 days, seen every 15 min"
    )
    parser.add_argument("--every", type=float, default=5, help="minutes between two samples")
    parser.add_argument("--port", type=int, default=8795)
    given = parser.parse_args(args)
    from benchmarks.day_blogs import Blogs

    each = given.posts // given.sites
    blogs = Blogs(given.sites, each, given.port, datetime.now(UTC), given.young)
    samples = play(given.folder, blogs, given.hours, given.every)
    print(table(samples))
    print(f"last looks (posts, median, oldest in minutes): {samples[-1]['last_looks']}")
    found = judged(samples)
    print("\n".join(found))
    raise SystemExit(len(found) > 1)


if __name__ == "__main__":
    main()
