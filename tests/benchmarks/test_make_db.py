"""The database to measure on is a real one: sound, as large as asked for, the same for the same seed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.make_db import main, make, newest
from benchmarks.world import Size, World
from monitor.cli.common import now
from monitor.config import load
from monitor.model import Kind, Status
from monitor.notify import option_types
from monitor.store import Store, posts, sites, snapshots, tables
from monitor.store.events import events
from monitor.store.verify import verify

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
SIZE = Size(posts=150, versions=400, looks=2800)


def test_a_made_database_is_sound_and_as_large_as_asked_for(tmp_path: Path) -> None:
    config = load(make(tmp_path, World(SIZE, UNTIL)), option_types())
    with Store.open(config.database_url, clock=now) as store, store.read() as conn:
        assert verify(conn) == []
        table = tables.observations
        assert conn.execute(select(func.sum(table.c.looks))).scalar_one() == SIZE.looks
        every = [p for s in sites.sites(conn) for p in posts.posts(conn, s.id)]
        assert len(every) == SIZE.posts
        versions = sum(len(snapshots.snapshots(conn, p.state.post_id)) for p in every)
        # An edit that is taken back leads to the version before it.
        assert 0.97 * SIZE.versions <= versions <= SIZE.versions
        told = events(conn)
        assert [e.detected_at for e in told] == sorted(e.detected_at for e in told)
        kinds = {Kind.PUBLISHED, Kind.EDITED, Kind.REMOVED, Kind.REINSTATED}
        assert kinds <= {e.kind for e in told}
        assert len({e.batch for e in told if e.batch}) == 1
        assert {p.state.status for p in every} == {Status.LIVE, Status.REMOVED}
        assert {s.name for s in config.sites} == {s.name for s in sites.sites(conn)}


def test_the_pages_served_at_its_end_are_those_it_read_last(tmp_path: Path) -> None:
    world = World(Size(20, 60, 400), UNTIL, seed=5)
    config = load(make(tmp_path, world), option_types())
    with Store.open(config.database_url, clock=now) as store, store.read() as conn:
        plans = {world.url(p): p for p in world.plans}
        for site in sites.sites(conn):
            for row in posts.posts(conn, site.id):
                plan = plans[row.state.url]
                page = world.last_words(plan).page(row.state.url, world.date(plan))
                kept = snapshots.latest_bytes(conn, row.state.snapshot or 0)
                assert kept is not None and kept[0] == page
        assert 0 < len(newest(world, "harbour")) <= 20


def test_the_same_seed_makes_the_same_history(tmp_path: Path) -> None:
    args = "--posts 20 --versions 60 --looks 400 --until 2026-11-01T00:00+00:00 --seed".split()
    heads = []
    for folder, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        main([str(tmp_path / folder), *args, seed])
        url = f"sqlite:///{tmp_path / folder / 'postwatch.db'}"
        with Store.open(url, clock=now) as store, store.read() as conn:
            heads.append(events(conn)[-1].hash)
    assert heads[0] == heads[1] != heads[2]
