"""How much do 1, 2 and 4 workers of a cluster look at in a second, and what does a look cost them and the server?

`python -m benchmarks.cluster FOLDER --postgres URL` makes a database on that server for each number of workers,
starts them, and drops it at the end. They are `postwatch worker`, the command itself, over blogs that are always
due and ask for no pace: the workers, PostgreSQL and the blogs share this machine's cores, so what counts is the
CPU time of each. With `--kill` a worker is killed every so many seconds, and another started in its place.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.cluster_blogs import Counted, origin, serve
from benchmarks.processes import held, tree

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that processes have taken, and those of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / _TICKS


@dataclass(slots=True)
class Server:
    """The PostgreSQL server, and the database of one run."""

    url: str
    name: str

    @contextmanager
    def database(self) -> Iterator[tuple[str, Engine]]:
        """A new database: its URL, and an engine for it. It is dropped at the end."""
        admin = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as conn:
            conn.execute(text(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)"))
            conn.execute(text(f"CREATE DATABASE {self.name}"))
        there = make_url(self.url).set(database=self.name)
        engine = create_engine(there, isolation_level="AUTOCOMMIT")
        try:
            yield there.render_as_string(hide_password=False), engine
        finally:
            engine.dispose()
            with admin.connect() as conn:
                conn.execute(text(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)"))
            admin.dispose()

    def pid(self, engine: Engine) -> int | None:
        """The server's first process, where it runs on this machine and lets itself be asked."""
        try:
            with engine.connect() as conn:
                said = conn.execute(text("SELECT pg_read_file('postmaster.pid')")).scalar_one()
            pid = int(str(said).split()[0])
            return pid if Path(f"/proc/{pid}").exists() else None
        except (SQLAlchemyError, ValueError):
            return None


class Workers:
    """The workers of one run, each with a config of its own, so that the blogs can tell them apart."""

    def __init__(self, folder: Path, url: str, sites: int, port: int) -> None:
        self._folder, self._url, self._sites, self._port = folder, url, sites, port
        self._started = 0
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._started += 1
        named = "".join(
            f'[[site]]\nname = "b{n}"\nurl = "{origin(n, self._port)}/blog/"\nfeeds = []\nsitemaps = []\n'
            for n in range(self._sites)
        )
        config = self._folder / f"worker-{self._started}.toml"
        config.write_text(
            f'[database]\nurl = "{self._url}"\n[fetch]\nuser_agent = "worker-{self._started}"\n'
            'allow_private_networks = true\nper_host_delay = "0s"\n[schedule]\nevery = "1s"\n'
            + named
        )
        log = (self._folder / f"worker-{self._started}.log").open("wb")
        command = [sys.executable, "-m", "monitor", "--config", str(config), "worker"]
        self.running.append(subprocess.Popen(command, stdout=log, stderr=log))

    def pids(self) -> list[int]:
        return [pid for w in self.running for pid in tree(w.pid)]

    def alive(self) -> bool:
        return all(one.poll() is None for one in self.running)

    def kill(self) -> None:
        one = self.running.pop(random.randrange(len(self.running)))
        one.send_signal(signal.SIGKILL)
        one.wait()
        self.start()

    def end(self) -> None:
        for one in self.running:
            one.terminate()
        for one in self.running:
            one.wait()


def asked(pipe: Connection) -> Counted:
    """What the blogs were asked since this was last called."""
    pipe.send("?")
    found: Counted = pipe.recv()
    return found


def first_pass_done(engine: Engine, posts: int) -> bool:
    try:
        with engine.connect() as conn:
            query = "SELECT count(*) FROM posts WHERE snapshot IS NOT NULL"
            return int(conn.execute(text(query)).scalar_one()) >= posts
    except SQLAlchemyError:  # its tables are not there yet
        return False


def measured(args: argparse.Namespace, many: int, pipe: Connection) -> dict[str, object]:
    """The figures of one run with so many workers."""
    server = Server(args.postgres, f"postwatch_bench_{os.getpid()}")
    folder: Path = args.folder / f"{many}"
    folder.mkdir(parents=True, exist_ok=True)
    with server.database() as (url, engine):
        workers = Workers(folder, url, args.hosts, args.port)
        postgres = server.pid(engine)
        theirs = tree(postgres) if postgres else []
        asked(pipe)
        began, spent = time.monotonic(), cpu(theirs)
        for _ in range(many):
            workers.start()
        try:
            while not first_pass_done(engine, args.hosts * args.posts):
                if not workers.alive():
                    raise SystemExit(f"a worker has ended: see {folder}/worker-*.log")
                time.sleep(0.5)
            first, took = asked(pipe), time.monotonic() - began
            ours = cpu(workers.pids())
            theirs_first = cpu(tree(postgres)) - spent if postgres else 0.0
            at, ours_at = time.monotonic(), ours
            theirs_at = cpu(tree(postgres)) if postgres else 0.0
            killed, next_kill = 0, at + args.kill if args.kill else float("inf")
            peak = 0.0
            while (now := time.monotonic()) < at + args.seconds:
                if now > next_kill:
                    workers.kill()
                    killed, next_kill = killed + 1, now + args.kill
                peak = max(peak, sum(held(pid)[1] for pid in workers.pids()) / many)
                time.sleep(1)
            counted, span = asked(pipe), time.monotonic() - at
            ours = cpu(workers.pids()) - ours_at
            theirs_then = (cpu(tree(postgres)) - theirs_at) if postgres else 0.0
        finally:
            workers.end()
        with engine.connect() as conn:
            size = conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            told = conn.execute(text("SELECT count(*) FROM events")).scalar_one()
    return {
        "workers": many,
        "first_looks_a_second": round(first.pages / took, 1),
        "first_cpu_ms_a_look": round(1000 * ours_at / first.pages, 2),
        "first_postgres_ms_a_look": round(1000 * theirs_first / first.pages, 2),
        "looks": counted.pages,
        "unchanged": counted.unchanged,
        "looks_a_second": round(counted.pages / span, 1),
        "cpu_ms_a_look": round(1000 * ours / counted.pages, 2) if not killed else None,
        "postgres_ms_a_look": round(1000 * theirs_then / counted.pages, 2),
        "mib_a_worker": round(peak, 1),
        "bytes_a_post": int(size / (args.hosts * args.posts)),
        "asked_by_two_at_once": counted.together + first.together,
        "shares": sorted(counted.agents.values(), reverse=True),
        "killed": killed,
        "false_events": told,
    }


def main() -> int:
    """Measures, and prints one JSON object a run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("folder", type=Path, help="for configs and logs")
    parser.add_argument("--postgres", required=True, metavar="URL", help="a server of your own")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--posts", type=int, default=20, help="of each host")
    parser.add_argument("--seconds", type=float, default=40.0, help="of passes that find nothing")
    parser.add_argument("--kill", type=float, default=0.0, help="a worker every so many seconds")
    parser.add_argument("--port", type=int, default=8090)
    args = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    given = (args.hosts, args.posts, args.port, theirs)
    blogs = multiprocessing.get_context("fork").Process(target=serve, args=given, daemon=True)
    blogs.start()
    assert ours.recv() == "ready"
    wrong = 0
    for many in args.workers:
        found = measured(args, many, ours)
        print(json.dumps(found), flush=True)
        wrong += int(str(found["asked_by_two_at_once"])) + int(str(found["false_events"]))
    blogs.terminate()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
