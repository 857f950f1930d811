"""What does a tick cost? `python -m benchmarks.due FOLDER`: a million posts, of which a thousand are due.

Fills a database (a new one in FOLDER, or the empty one of `--database`) with posts as a pass leaves them, once, and
asks it again and again what the daemon asks every five seconds: whose turn is it, and which posts are due? Beside it,
in the same run, the yardsticks: the same posts without an index, and what a bare driver takes to read them from it.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from monitor.model import PostState, SiteFacts, SiteView
from monitor.read.urls import canonical_key
from monitor.store import Store, sites, tables
from monitor.store.columns import micros
from monitor.store.due import due_posts, turns
from monitor.store.posts import row_values
from monitor.store.rows import PostRow
from monitor.values import replace

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
#: Rows of one statement.
GROUP = 2000


def fill(store: Store, posts: int, many: int, due: int, say: Callable[[str], None]) -> None:
    """Writes sites and posts: so many of them due now, spread over the sites, the others within the day."""
    chance = random.Random(1)
    # What a site that is watched for a while has learned of its pages.
    facts = SiteFacts(furniture=frozenset(f"{chance.getrandbits(128):032x}" for _ in range(100)))
    named = [(f"site-{n}", f"https://site-{n}.example/blog/") for n in range(many)]
    ids = store.write(lambda conn: sites.sync_sites(conn, named, NOW - timedelta(days=400)))
    late = set(chance.sample(range(posts), due))
    whose = {n % many for n in late}

    def seen(conn: Connection) -> None:
        for n, (name, _) in enumerate(named):
            row = sites.site(conn, ids[name])
            assert row is not None
            wait = timedelta(0) if n in whose else timedelta(seconds=chance.randrange(10, 900))
            at = NOW + wait
            view = SiteView(since=NOW - timedelta(days=400), last_up_at=at - EVERY)
            row = replace(row, facts=facts, view=view, baseline_at=NOW - timedelta(days=400))
            sites.save_site(conn, replace(row, last_check_at=at - EVERY, next_check_at=at))

    store.write(seen)

    def add(conn: Connection, first: int) -> None:
        rows = []
        for n in range(first, min(first + GROUP, posts)):
            name, url = named[n % many]
            url = f"{url}2025/{n}-what-was-said-of-the-harbour-and-the-yard"
            back = timedelta(days=chance.randrange(1, 3000))
            wait = timedelta(0) if n in late else timedelta(seconds=chance.randrange(1, 86_400))
            state = PostState(
                0, name, url, title=f"What was said of the harbour and the yard ({n})",
                published_at=(NOW - back).date().isoformat(), first_seen_at=NOW - timedelta(days=400),
                last_seen_at=NOW - EVERY, snapshot=n + 1,
            )  # fmt: skip
            rows.append(row_values(PostRow(
                state, ids[name], canonical_key(url), NOW + wait, etag=f'"{n:x}"',
                body_hash=f"{chance.getrandbits(256):064x}", article_digest=f"{chance.getrandbits(256):064x}",
                fingerprint=chance.getrandbits(63),
            )))  # fmt: skip
        conn.execute(insert(tables.posts), rows)

    for first in range(0, posts, GROUP):
        store.write(lambda conn, first=first: add(conn, first))  # type: ignore[misc]
        if first % (GROUP * 50) == 0:
            say(f"posts: {first:,} of {posts:,}")


def tick(conn: Connection) -> tuple[int, int]:
    """What `run.turns.whose_turn` asks: how many sites have their turn, and how many of their posts are due."""
    due = {t.id for t in turns(conn) if t.is_due(NOW)}
    waiting = due_posts(conn, NOW) if due else {}
    return len(due), sum(map(len, waiting.values()))


def with_rows(conn: Connection) -> int:
    """And what is known of each of these sites, with which its pass begins."""
    due = [t.id for t in turns(conn) if t.is_due(NOW)]
    due_posts(conn, NOW)
    return len(sites.sites_by_id(conn, due))


def idle(conn: Connection) -> int:
    """The same where nobody's time has come."""
    return sum(t.is_due(NOW - EVERY) for t in turns(conn))


def unindexed(conn: Connection) -> int:
    """All that are due, found by going through all posts."""
    if conn.dialect.name == "sqlite":
        query = "SELECT count(*) FROM posts NOT INDEXED WHERE next_at <= :now AND watched"
    else:
        query = "SELECT count(*) FROM posts WHERE next_at + 0 <= :now AND watched"
    return int(conn.execute(text(query), {"now": micros(NOW)}).scalar_one())


def bare(store: Store) -> Callable[[], int]:
    """All that are due, read from the index by the driver itself: nothing that reads them can be faster."""
    query = (
        "SELECT site_id, id FROM posts WHERE watched AND next_at <= {} ORDER BY next_at LIMIT 10000"
    )
    if store.path is not None:
        lite = sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)
        return lambda: len(lite.execute(query.format("?"), (micros(NOW),)).fetchall())
    import psycopg

    plain = psycopg.connect(store.url.replace("+psycopg", ""))
    return lambda: len(plain.execute(query.format("%s"), (micros(NOW),)).fetchall())


def timed(ask: Callable[[], Any], runs: int) -> tuple[Any, float, float, float]:
    """What was found; milliseconds at the median and at the most, and of CPU at the median."""
    found, took, work = ask(), [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        found = ask()
        took.append((time.perf_counter() - wall) * 1000)
        work.append((time.process_time() - cpu) * 1000)
    return found, statistics.median(took), max(took), statistics.median(work)


def main(args: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.due", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--database", default="", help="an empty one; left out: a file in FOLDER")
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--sites", type=int, default=1_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(args)
    given.folder.mkdir(parents=True, exist_ok=True)
    url = given.database or f"sqlite:///{given.folder / 'due.db'}"
    with Store.open(url, create=True, upgrade=True, clock=lambda: NOW) as store:
        with store.read() as conn:
            empty = not turns(conn)
        if empty:
            fill(store, given.posts, given.sites, given.due, lambda s: print(s, file=sys.stderr))

        def read(ask: Callable[[Connection], Any]) -> Callable[[], Any]:
            def once() -> Any:
                with store.read() as conn:
                    return ask(conn)

            return once

        rows = {
            "a tick that finds them": timed(read(tick), given.runs),
            "and reads what is known of their sites": timed(read(with_rows), given.runs),
            "a tick that finds nothing": timed(read(idle), given.runs),
            "the driver alone, by the index": timed(bare(store), given.runs),
            "without an index": timed(read(unindexed), 5),
        }
    for what, (found, median, most, work) in rows.items():
        if given.json:
            print(
                json.dumps(
                    {"what": what, "found": found, "ms": median, "most": most, "cpu_ms": work}
                )
            )
        else:
            print(
                f"{what:40} {median:9.2f} ms, at most {most:9.2f}, CPU {work:9.2f}  found {found}"
            )


if __name__ == "__main__":
    main()
