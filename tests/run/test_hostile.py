"""Whatever a server does, through a whole pass: contained, concluded from by nobody, and no other held up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Config, load
from monitor.config.values import Duration
from monitor.fetch.http import HttpFetcher
from monitor.model import Event, Role, Status
from monitor.net import guard, names
from monitor.notify import option_types
from monitor.run import site_pass
from monitor.run.check import check
from monitor.run.context import Context
from monitor.store import Store, observations, posts, sites, sources
from monitor.store.rows import ObservationRow, PostRow
from monitor.values import replace
from tests.support.hostile import ELSEWHERE, Behaviour, Hostile, article, hostile, is_public, reply
from tests.support.hostile_table import HOMES, PAGES, ROBOTS, SOURCES
from tests.support.inside import inside
from tests.support.prose import many
from tests.support.reading import LentParser
from tests.support.watching import Clock, watching

pytestmark = pytest.mark.anyio

SECRET = "Bearer hush-hush-1234"
HEALTHY = Behaviour("sound", lambda line: line.silence(), path="/never/")


@pytest.fixture(autouse=True)
def loopback_is_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hosts of `hostile` are public ones; all else is judged as ever."""
    monkeypatch.setattr(names, "refused", lambda a: "" if is_public(a) else guard.refused(a))


def config(folder: Path, server: Hostile) -> Config:
    """All hosts as sites, the sound one last, each with a secret of its own to send."""
    text = '[fetch]\nper_host_delay = "0s"\nper_host_concurrency = 40\nmax_body = "6MiB"\n'
    text += '[removal]\nconfirmations = 1\nmin_missing = "0s"\n'
    for host, here in server.hosts.items():
        first = here[0]
        own = [b.path for b in here if b.site] or ["/a/"]
        urls = ", ".join(f'"{server.url(first, path)}"' for path in [*own, "/b/"])
        given = first.config.replace("{url}", server.url(first, ""))
        lists = [f"{name} = []" for name in ("feeds", "sitemaps", "listings") if name not in given]
        more = "\n".join([*lists, given, "" if given else f"posts = [{urls}]"])
        text += f"""
[[site]]
name = "{host.partition(".")[0]}"
url = "{server.url(first)}"
headers = {{ Authorization = "{SECRET}" }}
{more}
"""
    path = folder / "postwatch.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, option_types())


@dataclass(slots=True)
class Stand:
    """The hostile server under watch, beside a sound site."""

    server: Hostile
    ctx: Context
    clock: Clock

    done: dict[str, float] = field(default_factory=dict)  #: seconds of the last pass, by site

    async def pass_(self, minutes: float = 20) -> list[Event]:
        self.clock.now += timedelta(minutes=minutes)
        start = time.monotonic()
        result = await check(
            self.ctx,
            everything=True,
            progress=lambda site: self.done.update({site: time.monotonic() - start}),
        )
        assert not result.failed, result.failed
        return result.events


@asynccontextmanager
async def watched(behaviours: Sequence[Behaviour], timeout: float) -> AsyncIterator[Stand]:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        async with hostile([*behaviours, HEALTHY]) as server:
            settings = config(Path(folder), server)
            fetch = replace(settings.fetch, timeout=Duration(seconds=timeout))
            settings = replace(settings, fetch=fetch)
            store = Store.open(settings.database_url, create=True, upgrade=True, clock=clock)
            fetcher = HttpFetcher(settings.fetch, clock, resolve=server.resolve)
            parser = LentParser(workers=2, deadline=2)
            ctx = Context(
                settings, store, fetcher, parser, clock, clock.sleep, random.Random(7), {}
            )
            try:
                yield Stand(server, ctx, clock)
            finally:
                await fetcher.aclose()
                await parser.aclose()
                store.close()


async def play(
    behaviours: Sequence[Behaviour], caplog: pytest.LogCaptureFixture, timeout: float = 2.5
) -> None:
    """Three passes: all sound, all hostile, all sound again."""
    async with watched(behaviours, timeout) as stand:
        assert await stand.pass_() == []
        for b in behaviours:
            assert all(row.state.snapshot for row in rows(stand, b)), b.name
        server = stand.server
        server.at_it = True
        server.news = {
            "/a/": reply(article(0, more="<p>And one more word to the wise, added today.</p>")),
            "/b/": reply(b"<html><body>Not here</body></html>", status="404 Not Found"),
        }
        events = await stand.pass_()
        assert stand.done["sound"] < 60, "the sound site waited for the others"
        said = sorted((e.kind.value, e.site) for e in events)
        assert said == [("edited", "sound"), ("removed", "sound")], said
        wrong = []
        for b in behaviours:
            wrong += [
                f"{b.name}: {row.state.status}"
                for row in rows(stand, b)
                if row.state.status is not Status.LIVE or row.state.misses
            ]
            look = last_look(stand, b)
            if look is not None and look.rule not in b.rules:
                wrong.append(f"{b.name}: {look.rule}: {look.why}")
        assert not wrong, "\n".join(wrong)
        wrong = [b.name for b in behaviours if b.config and not is_broken(stand, b)]
        assert not wrong, wrong
        server.at_it = False
        assert await stand.pass_() == []
        for b in behaviours:
            assert all(row.state.status is Status.LIVE for row in rows(stand, b)), b.name
        assert not server.reached, "a private address was asked"
        strangers = [head for _, head in server.heard if ELSEWHERE.encode() in head]
        assert bool(strangers) is any(
            "elsewhere" in b.name or "thief" in b.name for b in behaviours
        )
        assert not any(SECRET.encode() in head for head in strangers)
        assert any(SECRET.encode() in head for _, head in server.heard)
        text = caplog.text
        assert "Traceback" not in text and SECRET not in text


def rows(stand: Stand, b: Behaviour) -> list[PostRow]:
    with stand.ctx.store.read() as conn:
        site = sites.site_by_name(conn, b.host.partition(".")[0])
        assert site is not None
        return posts.posts(conn, site.id)


def is_broken(stand: Stand, b: Behaviour) -> bool:
    """Whether the site's source is known to be broken, and its posts to be listed all the same."""
    with stand.ctx.store.read() as conn:
        site = sites.site_by_name(conn, b.host.partition(".")[0])
        assert site is not None
        (source,) = sources.sources(conn, site.id)
    return source.broken_since is not None and all(
        row.state.listed and not row.state.absences for row in rows(stand, b)
    )


def last_look(stand: Stand, b: Behaviour) -> ObservationRow | None:
    """The latest look at what is hostile, where it is a post or the home page."""
    with stand.ctx.store.read() as conn:
        site = sites.site_by_name(conn, b.host.partition(".")[0])
        assert site is not None
        if b.path in ("/", ""):
            return observations.observations(conn, site_id=site.id, role=Role.HOME)[0]
        for row in posts.posts(conn, site.id):
            if row.state.url.endswith(b.path):
                return observations.observations(conn, post_id=row.state.post_id)[0]
    return None


async def test_pages_are_never_concluded_from(caplog: pytest.LogCaptureFixture) -> None:
    await play(PAGES, caplog)


async def test_sources_break_and_delist_nobody(caplog: pytest.LogCaptureFixture) -> None:
    await play(SOURCES, caplog)


async def test_control_pages_take_no_post_away(caplog: pytest.LogCaptureFixture) -> None:
    await play([*ROBOTS, *HOMES], caplog)


def weight(pid: int) -> int:
    """MiB of a process and its children, shared pages counted once."""
    total = 0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total = int(line.split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        total += 1024 * sum(weight(int(child)) for child in children)
    return total // 1024


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="weighed by /proc")
@pytest.mark.parametrize("part", [b"<a href=x>y</a>", b"word "], ids=["tags", "words"])
async def test_no_page_takes_the_process_past_300_mib(tmp_path: Path, part: bytes) -> None:
    """The real command at a page of 10 MiB, beside a sound post."""
    full = b"<!doctype html><html><body><article>" + part * (10 * 2**20 // len(part) - 10)
    heavy = Behaviour("heavy", lambda line: line.say(reply(full)))
    async with hostile([heavy]) as server:
        server.at_it = True
        here = f"http://{server.address(0)}:{server.port}"
        (tmp_path / "postwatch.toml").write_text(
            f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
[[site]]
name = "heavy"
url = "{here}/"
feeds = []
sitemaps = []
listings = []
posts = ["{here}/a/", "{here}/b/"]
"""
        )
        command = [sys.executable, "-m", "monitor", "check", "--json"]
        root = str(Path(__file__).parent.parent.parent)
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, "HOME": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        most = 0
        told = asyncio.create_task(process.communicate())
        while not told.done():
            most = max(most, weight(process.pid))
            await asyncio.sleep(0.02)
        _, err = await told
    assert process.returncode == 0 and b"Traceback" not in err, err
    assert 50 < most < 300


async def test_what_a_site_sends_is_not_all_held_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks are written before more are made, and none is left out for it."""
    monkeypatch.setattr(site_pass, "MOST_HELD", 20_000)
    async with watching(tmp_path, many(30)) as watch:
        assert await watch.look() == []
        with watch.ctx.store.read() as conn:
            (site,) = sites.sites(conn)
            found = posts.posts(conn, site.id)
    assert len(found) == 30 and all(row.state.snapshot for row in found)


ADDED = "silent-after-request redirects-to-file bomb-gzip garbage status-500 spelled-0".split()


async def test_add_is_held_to_the_same(tmp_path: Path) -> None:
    """A home page that misbehaves is said in one line, and nothing is added."""
    scripts = {b.name: b.script for b in PAGES}
    bad = [Behaviour(name, scripts[name], path="/") for name in ADDED]
    async with hostile(bad) as server:
        server.at_it = True

        def add(host: str, private: str) -> tuple[int, str, str]:
            folder = tmp_path / f"{host}-{private}"
            folder.mkdir()
            config = folder / "postwatch.toml"
            config.write_text(f'[fetch]\ntimeout = "1s"\nallow_private_networks = {private}\n')
            ran = inside(folder, "add", f"http://{host}/")
            return ran.code, ran.err, config.read_text()

        for number, b in enumerate(bad):
            private = "false" if b.name.startswith("spelled") else "true"
            host = f"{server.address(number)}:{server.port}"
            code, said, config = await asyncio.to_thread(add, host, private)
            assert code == 1 and "[[site]]" not in config, (b.name, said)
            assert len(said.splitlines()) == 3, said  # created, looking at, and why not
        code, said, config = await asyncio.to_thread(add, f"127.0.0.1:{server.loose}", "false")
        assert code == 1 and "this machine" in said and "[[site]]" not in config
        assert not server.reached
