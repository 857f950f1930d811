"""How fast are the pages while a pass runs? `python -m benchmarks.pages FOLDER` (made by make_db).

Starts the daemon, which serves the pages and looks at posts in one process, and a server that stands for
the watched sites. Then so many clients ask for one page of each kind after another. `/healthz`, which
reads nothing, is the yardstick: times of a busy machine mean little, ratios to it mean more.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import httpx

from benchmarks.make_db import make, newest, world_of
from benchmarks.report import Section, plain
from benchmarks.world import LOST, SITES, Size, World
from monitor.cli.common import now
from monitor.config import load
from monitor.demo.blog import Blog, Reply
from monitor.notify import option_types
from monitor.store import Store
from monitor.web.app import create_app

YARDSTICK = "healthz"
#: When the histories end that are made for it here.
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
#: The issue's bounds: seconds at the 95th percentile of 4 clients, at the most of 50, and bytes.
FEW, MANY, LARGEST = 0.1, 1.0, 200_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and its answer."""

    kind: str
    path: str
    status: int
    seconds: float
    size: int


def addresses(file: Path) -> list[tuple[str, str]]:
    """(kind of page, address) of every kind, several addresses each where pages differ."""
    rng = random.Random(1)
    conn = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    versions = conn.execute("SELECT id, post_id, number FROM snapshots WHERE number > 1").fetchall()
    gone = conn.execute("SELECT id FROM posts WHERE status = 'removed' LIMIT 40").fetchall()
    most = conn.execute("SELECT post_id, MAX(number) FROM snapshots").fetchone()
    last = conn.execute("SELECT MAX(id) FROM events").fetchone()[0]
    conn.close()
    found = [
        ("home", "/"),
        ("site", "/sites/harbour"),
        ("site, gone", "/sites/harbour?status=removed"),
        ("site, small", "/sites/weir"),
        ("post, most versions", f"/posts/{most[0]}"),
        ("diff, most versions", f"/posts/{most[0]}/diff?from=1&to={most[1]}"),
        ("events", "/events"),
        ("events, older", f"/events?before={last // 2}"),
        ("events, kind and site", "/events?kind=removed&site=harbour"),
        ("events, words", "/events?q=windmill+rope"),
        ("events, rare words", "/events?q=nowhere+to+be+found"),
        ("events, no note", "/events?silent=1&since=2026-01-01"),
        ("feed", "/feed.atom"),
        ("feed of a site", "/sites/harbour/feed.atom"),
        ("events, phrase", "/events?q=%22windmill%22&site=harbour&kind=edited"),
        ("events as JSON", "/events.json?kind=removed"),
        ("api, events", "/api/v1/events?limit=100"),
        ("api, posts", "/api/v1/posts?site=harbour&limit=100"),
        ("metrics", "/metrics"),
        ("readyz", "/readyz"),
        ("style", "/static/style.css"),
        (YARDSTICK, "/healthz"),
    ]
    for version, post, number in rng.sample(versions, 8):
        pair = f"/posts/{post}/diff?from={number - 1}&to={number}"
        found += [
            ("post", f"/posts/{post}"),
            ("diff", pair),
            ("diff, side by side", f"{pair}&view=side"),
            ("snapshot", f"/snapshots/{version}"),
            ("raw", f"/snapshots/{version}/raw"),
            ("text of a copy", f"/snapshots/{version}/raw?as=text"),
            ("event", f"/events/{rng.randrange(1, last)}"),
        ]
    found += [("post, gone", f"/posts/{i}") for (i,) in rng.sample(gone, min(4, len(gone)))]
    return found


async def ask(where: tuple[str, int], todo: Sequence[tuple[str, str]], until: float) -> list[Asked]:
    """What one client got, one request after another over one connection, until a time."""
    reader, writer = await asyncio.open_connection(*where)
    done = []
    for kind, path in _again(todo):
        began = time.monotonic()
        if began > until:
            break
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{where[1]}\r\nAccept: text/html\r\n\r\n"
        writer.write(head.encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"^content-length: (\d+)", answer, re.MULTILINE | re.IGNORECASE)
        assert length is not None, answer
        await reader.readexactly(int(length[1]))
        took = time.monotonic() - began
        done.append(Asked(kind, path, int(answer.split()[1]), took, int(length[1])))
    writer.close()
    return done


def _again(todo: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    while True:
        yield from todo


async def ask_all(
    where: tuple[str, int], pages: Sequence[tuple[str, str]], clients: int, seconds: float
) -> list[Asked]:
    """What so many clients got, each beginning at another page."""
    until = time.monotonic() + seconds
    rng = random.Random(clients)
    orders = [rng.sample(pages, len(pages)) for _ in range(clients)]
    got = await asyncio.gather(*(ask(where, order, until) for order in orders))
    return [one for client in got for one in client]


def table(got: Sequence[Asked]) -> str:
    """Milliseconds and bytes by kind of page, the slowest first."""
    kinds: dict[str, list[Asked]] = {}
    for one in got:
        kinds.setdefault(one.kind, []).append(one)
    stick = median(a.seconds for a in kinds[YARDSTICK])
    rows = []
    for kind, all_of in sorted(kinds.items(), key=lambda k: -median(a.seconds for a in k[1])):
        ms = [a.seconds * 1000 for a in all_of]
        times, most = median(ms) / stick / 1000, max(a.size for a in all_of) / 1000
        rows.append((kind, len(ms), median(ms), p95(ms), max(ms), times, most))
    wrong = sorted({f"{a.status} {a.path}" for a in got if a.status != 200})
    head = ("page", "n", "p50 ms", "p95 ms", "max ms", "/ healthz", "kB")
    return "\n".join([plain(head, rows), *(f"not 200: {w}" for w in wrong)])


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


@contextlib.contextmanager
def watched(world: World) -> Iterator[None]:
    """The world's sites, as they stand at its end."""
    plans = {world.url(p): p for p in world.plans}

    def answer(origin: str, path: str) -> Reply:
        plan = plans.get(origin + path)
        if plan is not None and not plan.gone:
            url = origin + path
            body = world.last_words(plan).page(url, world.date(plan)).decode()
            return Reply(body=body)
        site = next(s for s in SITES if world.origin(s) == origin)
        links = [(world.url(p), world.first_words(p.number).title) for p in newest(world, site)]
        if path == "/news/feed.xml":
            items = "".join(f"<item><title>{t}</title><link>{u}</link></item>" for u, t in links)
            text = f'<rss version="2.0"><channel><title>{site}</title>{items}</channel></rss>'
            return Reply(body=text, kind="application/rss+xml")
        if path in ("/news/", "/"):
            listed = "".join(f'<h2><a href="{u}">{t}</a></h2>' for u, t in links)
            return Reply(body=f"<!doctype html><title>{site}</title><h1>{site}</h1>{listed}")
        return Reply(404, body=LOST)

    with contextlib.ExitStack() as stack:
        for at, site in enumerate(SITES, 1):
            blog = stack.enter_context(Blog([], f"127.0.0.{at}", world.port))
            blog.override = partial(answer, world.origin(site))
        yield


@contextlib.contextmanager
def daemon(folder: Path, pace: str, command: str) -> Iterator[int]:
    """The port of a running daemon (or of the pages alone) over the folder's database."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (folder / "postwatch.toml").read_text()
    text = re.sub(r'per_host_delay = ".*"', f'per_host_delay = "{pace}"', text)
    text = re.sub(r'listen = ".*"', f'listen = "127.0.0.1:{port}"', text)
    config = folder / "measured.toml"
    config.write_text(text)
    log = folder / "measured.log"
    with log.open("w") as err:
        line = [sys.executable, "-m", "monitor", "--config", str(config), command]
        ran = subprocess.Popen(line, stderr=err, env={**os.environ, "PYTHONPATH": os.getcwd()})
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if ran.poll() is not None:
                    raise SystemExit(log.read_text())
                time.sleep(0.1)
            yield port
        finally:
            ran.terminate()
            ran.wait(30)


def main(args: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=30, help="for each number of clients")
    parser.add_argument("--clients", type=int, nargs="+", default=[4, 50])
    parser.add_argument("--pace", default="1s", help="per_host_delay of the pass")
    parser.add_argument("--alone", action="store_true", help="no pass: the pages alone")
    parser.add_argument("--work", action="store_true", help="CPU time alone, without a server")
    given = parser.parse_args(args)
    if given.work:
        found = asyncio.run(work(given.folder, addresses(given.folder / "postwatch.db")))
        print(plain(("page", "CPU ms", "most", "kB"), found))
        return
    world = world_of(given.folder)
    pages = addresses(given.folder / "postwatch.db")
    command = "serve" if given.alone else "run"
    with watched(world), daemon(given.folder, given.pace, command) as port:
        where = ("127.0.0.1", port)
        asyncio.run(ask_all(where, pages, 1, 3))  # templates and texts are made once
        for clients in given.clients:
            got = asyncio.run(ask_all(where, pages, clients, given.seconds))
            print(f"\n{clients} clients, {command}, pace {given.pace}: {len(got):,} answers")
            print(table(got))
            _judge(got, clients)
    looks = (given.folder / "measured.log").read_text()
    print(
        f"\nThe daemon's log has {looks.count(chr(10))} lines, in {given.folder / 'measured.log'}"
    )


async def work(
    folder: Path, pages: Sequence[tuple[str, str]], times: int = 5
) -> list[tuple[str, float, float, float]]:
    """(kind, CPU milliseconds at the median, at most, kB) of each kind of page, the dearest first, in a process
    of its own: says the same on a busy machine."""
    config = load(folder / "postwatch.toml", option_types())
    with Store.open(config.database_url, clock=now) as store:
        app = create_app(store, config, now)
        transport = httpx.ASGITransport(app)
        spent: dict[str, list[float]] = {}
        sizes: dict[str, int] = {}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for kind, path in pages:
                await client.get(path)
                for _ in range(times):
                    began = time.process_time()
                    answer = await client.get(path)
                    spent.setdefault(kind, []).append((time.process_time() - began) * 1000)
                    sizes[kind] = max(sizes.get(kind, 0), len(answer.content))
    dearest = sorted(spent.items(), key=lambda k: -median(k[1]))
    return [(kind, median(ms), max(ms), sizes[kind] / 1000) for kind, ms in dearest]


def measured(quick: bool, folder: Path, note: Callable[[str], None]) -> Section:
    """What the pages cost over a database made for it, as a table."""
    size = Size(200, 1_000, 6_000) if quick else Size(2_000, 20_000, 100_000)
    note(f"a database of {size.posts:,} posts")
    folder.mkdir()
    make(folder, World(size, UNTIL))
    note("pages")
    rows = asyncio.run(work(folder, addresses(folder / "postwatch.db")))
    return Section(
        "Pages",
        f"CPU ms that a page costs in a process of its own, over {size.posts:,} posts, {size.versions:,} versions and"
        f" {size.looks:,} looks (SQLite). Larger databases, and clients beside a running pass: below.",
        ("page", "CPU ms", "most", "kB"),
        tuple(rows),
    )


def _judge(got: Sequence[Asked], clients: int) -> None:
    """Says what is over the bounds."""
    for kind in dict.fromkeys(a.kind for a in got):
        ours = [a for a in got if a.kind == kind]
        slow = p95([a.seconds for a in ours]) if clients <= 4 else max(a.seconds for a in ours)
        if slow > (FEW if clients <= 4 else MANY):
            print(f"OVER: {kind} took {slow * 1000:.0f} ms")
        if max(a.size for a in ours) > LARGEST:
            print(f"OVER: {kind} has {max(a.size for a in ours):,} bytes")


if __name__ == "__main__":
    main()
