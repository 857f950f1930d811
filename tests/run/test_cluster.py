"""Workers that share a database: each host one's at a time, each event once, whoever leads or is lost."""

from __future__ import annotations

import asyncio
import operator
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.config import Config, load
from monitor.demo.blog import Blog
from monitor.errors import HostTaken
from monitor.fetch import FETCHERS, Ask
from monitor.model import Answer, Failure, Kind, Reason
from monitor.notify import option_types
from monitor.run import cluster as cluster_module
from monitor.run.check import PassResult, UnderWay, check
from monitor.run.cluster import Cluster
from monitor.run.context import Context
from monitor.run.doctor import watching
from monitor.run.handing import Handing, hosts_of
from monitor.run.shared_sight import tell
from monitor.run.stint import make_queue
from monitor.show.checkup import Level
from monitor.store import Store, events, jobs, posts, sites
from monitor.values import replace
from tests.store.build import read
from tests.store.conftest import schema_url
from tests.support.inside import inside
from tests.support.prose import posts as prose
from tests.support.reading import LentParser

SITES = 3


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def url() -> Iterator[str]:
    yield from schema_url()


@pytest.fixture
def blogs() -> Iterator[list[Blog]]:
    found = [Blog(prose(2)) for _ in range(SITES)]
    for blog in found:
        blog.__enter__()
    yield found
    for blog in found:
        blog.__exit__()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for what takes its time by the clock."""
    monkeypatch.setattr(cluster_module, "EVERY", 0.05)
    monkeypatch.setattr(cluster_module, "SETTLE", 0.0)


def config(folder: Path, url: str, blogs: list[Blog], every: str = "1s") -> Config:
    path = folder / "postwatch.toml"
    named = "".join(f'[[site]]\nname = "s{i}"\nurl = "{b.url}"\n' for i, b in enumerate(blogs))
    path.write_text(
        f"""[database]
url = "{url}"
[fetch]
allow_private_networks = true
per_host_delay = "0s"
[schedule]
every = "{every}"
[removal]
confirmations = 1
min_missing = "0s"
[edits]
confirm_after = "0s"
{named}"""
    )
    return load(path, option_types())


class Works:
    """One worker within this process: all that `postwatch worker` has, but the daemon's clockwork."""

    def __init__(self, settings: Config, store: Store) -> None:
        self.passes: list[PassResult] = []
        self.cluster = Cluster(store, self.passes.append)
        self.halt = asyncio.Event()
        self.ctx = Context(
            config=settings,
            store=store,
            fetcher=FETCHERS["http"](settings.fetch, now, self.cluster.ready),
            parser=LentParser(workers=1),
            clock=now,
            sleep=asyncio.sleep,
            rng=random.Random(7),
            channels={},
        )
        self.cluster.join()
        self._task = asyncio.create_task(self.cluster.work(self.ctx, self.halt))
        self.under_way = UnderWay()

    async def hand_out(self) -> PassResult:
        return await self.cluster.hand_out(self.ctx, self.under_way)

    async def aclose(self) -> None:
        self.halt.set()
        await self._task
        self.cluster.leave()
        await self.ctx.fetcher.aclose()
        await self.ctx.parser.aclose()
        self.ctx.store.close()


Start = Callable[[], Works]


@asynccontextmanager
async def workers(settings: Config) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        def start() -> Works:
            store = Store.open(settings.database_url, create=True, clock=now)
            store.write(make_queue)
            made = Works(settings, store)
            stack.push_async_callback(made.aclose)
            return made

        yield start


async def until(said: Callable[[], object]) -> None:
    async with asyncio.timeout(120):
        while not await asyncio.to_thread(said):
            await asyncio.sleep(0.02)


def said_of_workers(config: Config, store: Store) -> list[tuple[Level, str, str]]:
    with store.read() as conn:
        found = watching.findings(conn, config, store, now())
    return [(f.level, f.what, f.mend) for f in found if "at work" in f.what]


async def test_the_doctor_counts_the_workers(url: str, blogs: list[Blog], tmp_path: Path) -> None:
    settings = config(tmp_path, url, blogs)
    with Store.open(url, create=True, clock=now) as store:
        assert said_of_workers(settings, store) == []  # no cluster yet
        async with workers(settings) as start:
            start()
            assert said_of_workers(settings, store) == [(Level.OK, "1 worker is at work", "")]
            start()
            assert said_of_workers(settings, store) == [(Level.OK, "2 workers are at work", "")]
        begin = "postwatch worker   (on each machine of the cluster)"
        assert said_of_workers(settings, store) == [(Level.MEND, "no worker is at work", begin)]
        with store.lock("check"):
            assert said_of_workers(settings, store) == []  # one process has it alone


def looked_at(store: Store) -> bool:
    """All sites have had their first pass."""
    with store.read() as conn:
        rows = sites.sites(conn)
    return len(rows) == SITES and all(r.baseline_at is not None for r in rows)


async def test_workers_share_what_is_due_and_each_event_is_told_once(
    url: str, blogs: list[Blog], tmp_path: Path
) -> None:
    async with workers(config(tmp_path, url, blogs)) as start:
        one, two = start(), start()
        store = one.ctx.store
        await until(lambda: one.cluster.leads() or two.cluster.leads())
        assert not (one.cluster.leads() and two.cluster.leads())
        leads = one if one.cluster.leads() else two
        await until(lambda: one.cluster.worker and two.cluster.worker)
        await leads.hand_out()
        await until(lambda: looked_at(store))
        for blog in blogs:
            blog.posts[0].status, blog.posts[0].listed = 404, False

        def all_told() -> bool:
            return len(read(store, events.events, kinds=[Kind.REMOVED])) == SITES

        async with asyncio.timeout(120):
            while not await asyncio.to_thread(all_told):
                await leads.hand_out()
                await asyncio.sleep(0.05)
        told = read(store, events.events)
        assert sorted(e.site for e in told) == [f"s{i}" for i in range(SITES)]
        made = [o.name for w in (one, two) for p in w.passes for o in p.outcomes]
        assert set(made) == {f"s{i}" for i in range(SITES)}
        # What was done by others is seen by who leads, for its sign of life.
        assert (await leads.hand_out()).ended is not None


async def test_a_lost_workers_hosts_are_taken_over_and_it_writes_nothing_more(
    url: str, blogs: list[Blog], tmp_path: Path
) -> None:
    settings = config(tmp_path, url, blogs[:1])
    held = asyncio.Event()
    async with workers(settings) as start:
        one = start()
        store = one.ctx.store
        await until(lambda: one.cluster.worker and one.cluster.leads())
        # It stands still amid a pass, as a process does that is paused.
        looks = one.ctx.fetcher.fetch
        arrived = asyncio.Event()

        async def stands_still(ask: object) -> Answer:
            arrived.set()
            await held.wait()
            return await looks(ask)  # type: ignore[arg-type]

        one.ctx.fetcher.fetch = stands_still  # type: ignore[method-assign]
        await one.hand_out()
        await asyncio.wait_for(arrived.wait(), 120)
        (job,) = read(store, jobs.jobs, one.cluster.table)
        assert job.doing and job.worker == one.cluster.worker
        # Another one, to whom it seems gone, takes its hosts over.
        two = start()
        await until(lambda: two.cluster.worker)
        hands = Handing()
        async with asyncio.timeout(120):
            while not [p for p in two.passes if p.outcomes]:
                lives = partial(operator.ne, job.worker)
                await hands.hand_out(two.ctx, UnderWay(), two.cluster.table, lives)
                await asyncio.sleep(0.05)
        before = read(store, posts.posts, 1)
        held.set()
        await until(lambda: not one.cluster.in_hand)
        assert not any(p.outcomes for p in one.passes)
        assert read(store, posts.posts, 1) == before


async def test_who_lost_its_place_sends_nothing_and_takes_another(
    url: str, blogs: list[Blog], tmp_path: Path
) -> None:
    async with workers(config(tmp_path, url, blogs)) as start:
        one = start()
        await until(lambda: one.cluster.leads() and one.cluster.worker)
        first = one.cluster.worker
        member = one.cluster._member
        assert member is not None
        pid = member._on_connection(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar())
        end = text("SELECT pg_terminate_backend(:pid)")
        one.ctx.store.write(lambda c: c.execute(end, {"pid": pid}).all())
        await until(lambda: member.lost or one.cluster._member is not member)
        await until(lambda: one.cluster.leads() and one.cluster.worker not in (None, first))
        await one.cluster.ready()
        await one.hand_out()
        await until(lambda: looked_at(one.ctx.store))
        gone = Cluster(one.ctx.store, lambda _: None)
        with pytest.raises(HostTaken):
            await gone.ready()


class Dark:
    """A network that is dead; it counts what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, ask: object) -> Answer:
        url = str(getattr(ask, "url", ""))
        self.asked.append(url)
        return Answer(url=url, at=now(), took=now() - now(), final_url=url, failure=Failure.DNS)


async def test_a_worker_without_network_accuses_nobody_and_leaves_it_to_others(
    url: str, blogs: list[Blog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workers(config(tmp_path, url, blogs)) as start:
        one = start()
        store = one.ctx.store
        await until(lambda: one.cluster.leads() and one.cluster.worker)
        await one.hand_out()
        await until(lambda: looked_at(store))
        await until(lambda: not read(store, jobs.jobs, one.cluster.table))  # none is under way
        seen, dark = one.ctx.fetcher.fetch, Dark()
        one.cluster._sight._seen = None  # it has connected to nothing for a while
        one.ctx.fetcher.fetch = dark  # type: ignore[method-assign]
        async with asyncio.timeout(120):
            while not one.cluster._sight._marked:
                # Whom it would ask may be in another's hand just then: nothing can be told, and it rests.
                one.cluster._under_way.blind_until = 0.0
                await one.hand_out()
                await asyncio.sleep(0.05)
            while not one.cluster._rests():  # it is told a moment earlier
                await asyncio.sleep(0.02)
        assert dark.asked
        assert read(store, events.events) == []  # it may be this machine's alone
        await until(
            lambda: one.cluster.worker is None
        )  # and takes nothing that others could look at
        # Nobody has seen anything for a minute: now it is told, once.
        later = replace(one.ctx, clock=lambda: now().replace(year=now().year + 1))
        (stopped,) = await tell(later, later.clock())
        assert (stopped.kind, stopped.reason) == (Kind.WATCH_STOPPED, Reason.NETWORK)
        assert await tell(later, later.clock()) == []
        # Another one sees.
        one.ctx.fetcher.fetch = seen  # type: ignore[method-assign]
        two = start()
        await until(lambda: two.cluster.worker)
        async with asyncio.timeout(120):
            while not [p for p in two.passes if p.outcomes]:
                await two.hand_out()
                await asyncio.sleep(0.05)
        kinds = [e.kind for e in read(store, events.events)]
        assert kinds == [Kind.WATCH_STOPPED, Kind.WATCH_RESUMED]
        assert await tell(one.ctx, now()) == []  # one is blind still, and the watch is not


async def test_to_find_out_a_worker_asks_whom_nobody_asks_in_that_moment(
    url: str, blogs: list[Blog], tmp_path: Path
) -> None:
    async with workers(config(tmp_path, url, blogs)) as start:
        one = start()
        await until(lambda: one.cluster.worker)
        place, store, dark = one.cluster, one.ctx.store, Dark()
        one.ctx.fetcher.fetch = dark  # type: ignore[method-assign]
        home = await dark(Ask(blogs[0].url))
        others = one.ctx.config.sites[1:]
        (host,) = hosts_of(others[0], ())
        number = place.worker
        assert number is not None
        take = partial(jobs.occupy, table=place.table, worker=number, hosts={host})
        held = store.write(take)
        assert held is not None
        place._sight._failed.clear()
        # One of the others is being looked at: what is left is too little to judge by.
        assert await place._sight.others(one.ctx, others, [home]) is None
        assert dark.asked[1:] == [others[1].url]
        store.write(partial(jobs.drop, table=place.table, gone=[held]))
        place._sight._failed.clear()
        found = await place._sight.others(one.ctx, others, [home])
        assert found is not None and {a.url for a in found} == {s.url for s in others}
        assert read(store, jobs.jobs, place.table) == []
        # What its own other passes found counts as well, and nobody is asked for it.
        many = len(dark.asked)
        assert await place._sight.others(one.ctx, others, [home]) == found
        assert len(dark.asked) == many


async def test_a_pass_that_is_handed_out_is_the_same_pass(
    url: str, blogs: list[Blog], tmp_path: Path
) -> None:
    settings = config(tmp_path, url, blogs, every="1h")
    with Store.open(url, create=True, clock=now) as store:
        ctx = Context(
            config=settings,
            store=store,
            fetcher=FETCHERS["http"](settings.fetch, now),
            parser=LentParser(workers=1),
            clock=now,
            sleep=asyncio.sleep,
            rng=random.Random(7),
            channels={},
        )
        assert (await check(ctx, only=["s1"], handed=True)).outcomes == []  # nobody named it yet
        await check(ctx)
        # What is not due is not looked at, though it is named; nor is it the one that sweeps and syncs.
        assert (await check(ctx, only=["s1"], handed=True)).outcomes == []
        assert len((await check(ctx, only=["s1"])).outcomes) == 1
        await ctx.fetcher.aclose()
        await ctx.parser.aclose()


def test_the_hosts_of_a_site_are_those_of_its_home_and_sources(tmp_path: Path, url: str) -> None:
    (tmp_path / "postwatch.toml").write_text(
        f"""[database]
url = "{url}"
[[site]]
name = "a"
url = "https://www.acme.co.uk/blog/"
feeds = ["https://feeds.acme.co.uk/a", "https://acme.blogspot.com/feed"]
posts = ["http://127.0.0.1:8000/x"]
"""
    )
    (site,) = load(tmp_path / "postwatch.toml", option_types()).sites
    found = hosts_of(site, ["https://cdn.example/feed"])
    assert found == {"acme.co.uk", "acme.blogspot.com", "127.0.0.1:8000", "cdn.example"}


def test_a_worker_wants_postgresql(tmp_path: Path) -> None:
    (tmp_path / "postwatch.toml").write_text('[database]\nurl = "sqlite:///w.db"\n')
    ran = inside(tmp_path, "worker")
    assert ran.code == 2 and ran.err.count("\n") == 1
    assert "needs PostgreSQL" in ran.err and "postwatch db move" in ran.err
    assert not (tmp_path / "w.db").exists()


def test_a_worker_wants_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.cli import working

    (tmp_path / "postwatch.toml").write_text(
        '[database]\nurl = "postgresql+psycopg://127.0.0.1:9/x"\n'
    )
    monkeypatch.setattr(working, "find_spec", lambda name: None)
    ran = inside(tmp_path, "worker")
    assert ran.code == 2 and ran.err.count("\n") == 1
    assert "pip install 'postwatch[cluster]'" in ran.err
