"""Makes a database to measure on: `python -m benchmarks.make_db FOLDER`.

Every row is written by the store's own functions, as a pass writes it: posts, looks, versions, events in
their chain, alerts; many looks a transaction. Not a page is fetched and no article extracted: that would
take days. Beside the database lie a config that names its sites, and what they were made of.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.world import SITES, Plan, Size, World
from benchmarks.writing import Lives
from monitor.model import Form, SiteView
from monitor.store import Store, sites, sources
from monitor.store.rows import EntryRow
from monitor.values import replace

#: Looks of one transaction.
GROUP = 2000

CONFIG = """\
# Made by benchmarks.make_db: seed {seed}, until {until}.
[database]
url = "sqlite:///postwatch.db"

[fetch]
allow_private_networks = true
per_host_delay = "{pace}"
{sites}
[web]
listen = "127.0.0.1:8787"
"""
SITE = """
[[site]]
name = "{name}"
url = "{url}"
feeds = ["{url}feed.xml"]
sitemaps = []
listings = []
"""


def make(
    folder: Path, world: World, say: Callable[[str], None] = lambda line: None, pace: str = "1s"
) -> Path:
    """Fills a new database in a folder with the world's history; where the config lies."""
    folder.mkdir(parents=True, exist_ok=True)
    config, file = folder / "postwatch.toml", folder / "postwatch.db"
    if file.exists():
        raise SystemExit(f"{file} is there already")
    named = "".join(SITE.format(name=name, url=world.home(name)) for name in SITES)
    until = world.until.isoformat(timespec="seconds")
    of = {"posts": world.size.posts, "versions": world.size.versions, "looks": world.size.looks}
    folder.joinpath("world.json").write_text(
        json.dumps({**of, "until": world.until.isoformat(), "seed": world.seed})
    )
    config.write_text(CONFIG.format(seed=world.seed, until=until, sites=named, pace=pace))
    with Store.open(f"sqlite:///{file}", create=True, clock=lambda: world.until) as store:
        ids = store.write(lambda conn: _sites(conn, world))
        say(f"posts: {world.size.posts:,}")
        lives = Lives(world, ids, random.Random(f"salt {world.seed}"))
        for start in range(0, world.size.posts, GROUP):
            plans = world.plans[start : start + GROUP]
            store.write(lambda conn, plans=plans: lives.add(conn, plans))  # type: ignore[misc]
        acts, done, began = world.acts(), 0, time.monotonic()
        while group := list(islice(acts, GROUP)):
            store.write(lambda conn, group=group: lives.live(conn, group))  # type: ignore[misc]
            done += len(group)
            if done % (GROUP * 10) == 0 or done == world.size.looks:
                left = (time.monotonic() - began) / done * (world.size.looks - done)
                say(f"looks: {done:,} of {world.size.looks:,}, {left:.0f} s left")
        store.write(lives.finish)
        store.write(lambda conn: _sources(conn, world, ids, lives))
    return config


def world_of(folder: Path) -> World:
    """The world that a database in a folder was made of."""
    of = json.loads(folder.joinpath("world.json").read_text())
    size = Size(of["posts"], of["versions"], of["looks"])
    return World(size, datetime.fromisoformat(of["until"]), of["seed"])


def _sites(conn: Connection, world: World) -> dict[str, int]:
    """The sites, their baselines complete, as they stand at the end."""
    ids = sites.sync_sites(conn, [(name, world.home(name)) for name in SITES], world.since)
    for name in SITES:
        row = sites.site(conn, ids[name])
        assert row is not None
        seen = world.until - timedelta(minutes=4)
        sites.save_site(
            conn,
            replace(
                row,
                baseline_at=world.at(30),
                last_check_at=seen,
                next_check_at=world.until,
                discovered_at=seen,
                view=SiteView(since=world.since, last_up_at=seen),
            ),
        )
    return ids


def _sources(conn: Connection, world: World, ids: dict[str, int], lives: Lives) -> None:
    """A feed a site, which lists its newest posts and has listed all of them."""
    for name in SITES:
        feed = sources.add_source(
            conn, ids[name], f"{world.home(name)}feed.xml", Form.FEED, found=False
        )
        ours = [p for p in world.plans if p.site == name]
        there = {p.number for p in newest(world, name)}
        seen = world.until - timedelta(minutes=4)
        read = replace(feed, baseline_at=world.at(1), last_ok_at=seen, deep_at=seen)
        sources.save_sources(conn, [replace(read, entries=len(there))])
        rows = [
            EntryRow(
                source_id=feed.id,
                post_id=lives.post_id(p),
                first_at=world.at(p.minutes[0]),
                last_at=seen if p.number in there else world.at(p.minutes[0]) + timedelta(days=30),
                present=p.number in there,
                position=at,
            )
            for at, p in enumerate(ours)
        ]
        for start in range(0, len(rows), 500):
            sources.save_entries(conn, rows[start : start + 500])


def newest(world: World, site: str, count: int = 20) -> list[Plan]:
    """The posts that a site's feed lists at the end, newest first."""
    there = [p for p in world.plans if p.site == site and not p.gone]
    return sorted(there, key=lambda p: p.minutes[0], reverse=True)[:count]


def main(args: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.make_db", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", default="1s", help="per_host_delay of the config")
    parser.add_argument(
        "--until", type=datetime.fromisoformat, help="when it ends; the last full hour if not given"
    )
    given = parser.parse_args(args)
    if (
        given.posts < 1
        or given.versions < given.posts
        or given.looks < given.versions + 13 * given.posts
    ):
        parser.error(
            "a post has one version or more, and 13 looks beside those that read a new one"
        )
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    world = World(
        Size(given.posts, given.versions, given.looks),
        (given.until or hour).astimezone(UTC),
        given.seed,
    )
    began = time.monotonic()
    config = make(given.folder, world, lambda line: print(line, file=sys.stderr), given.pace)
    size = config.with_name("postwatch.db").stat().st_size / 2**20
    print(f"{config}: {size:,.0f} MiB in {time.monotonic() - began:,.0f} s")


if __name__ == "__main__":
    main()
