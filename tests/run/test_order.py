"""In which order a site is asked: what goes together, told by what the server had in hand at once; and that
nothing is asked that was not asked in turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.demo.blog import Reply
from monitor.fetch import FETCHERS, Ask
from monitor.model import Answer, Kind, Reason
from monitor.run import gate, site_pass
from monitor.run.check import check
from monitor.store import posts as post_rows
from monitor.store import sites
from monitor.store.writer import Writer
from monitor.values import replace
from tests.support.prose import many as many_posts
from tests.support.watching import START, Watch, watching
from tests.support.world import Manner, World

pytestmark = pytest.mark.anyio

ROBOTS, HOME, INDEX = "/robots.txt", "/blog/", "/sitemap.xml"
#: Seconds until an answer that waits for another request comes all the same.
PATIENCE = 5.0
SHUT = Reply(body="User-agent: *\nDisallow: /\n", kind="text/plain")


class Hall(World):
    """A blog that notes what else it has in hand when it is asked, and may keep an answer until it is asked for
    something else as well."""

    def __init__(self, many: int) -> None:
        super().__init__(many_posts(many, timedelta(hours=9)), Manner(paged=True))
        self.came: list[
            tuple[str, frozenset[str]]
        ] = []  #: (path, those in hand when it was asked for)
        self.keeps: Callable[[str], bool] = lambda path: False  #: whether an answer waits still
        self._in_hand: Counter[str] = Counter()
        self._news = asyncio.Event()

    async def answered(self, path: str, head: bytes) -> Reply:
        self.came.append((path, frozenset(+self._in_hand)))
        self._in_hand[path] += 1
        self._news.set()
        try:
            await self._wait(path)
        finally:
            self._in_hand[path] -= 1
        return await super().answered(path, head)

    def answer(self, path: str) -> Reply:
        """What a path answers now."""
        return self.override(path) or super().answer(path)

    async def _wait(self, path: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while self.keeps(path):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass

    def begin(self, kept: str = "", until: Collection[str] = ()) -> None:
        """Forgets what was asked; from now on one answer waits for those requests."""
        self.asked.clear()
        self.came.clear()
        self.keeps = lambda path: path == kept and not set(until) <= set(self.asked)

    def beside(self, path: str) -> frozenset[str]:
        """What was in hand when a path was first asked for."""
        return next(others for asked, others in self.came if asked == path)


@asynccontextmanager
async def hall(folder: Path, many: int = 3) -> AsyncIterator[tuple[Watch, Hall]]:
    blog = Hall(many)
    async with watching(folder, [], blog=blog, site="feeds = []\nlistings = []") as w:
        assert await w.look() == []
        blog.begin()
        yield w, blog


async def one_at_a_time(w: Watch) -> None:
    """From now on as the config ships: one request at a time to a host."""
    fetch = replace(w.ctx.config.fetch, per_host_concurrency=1)
    config = replace(w.ctx.config, fetch=fetch)
    await w.ctx.fetcher.aclose()
    w.ctx = replace(w.ctx, config=config, fetcher=FETCHERS["http"](config.fetch, w.clock))


# ---- robots.txt and the home page


async def test_the_home_page_goes_beside_the_robots_txt_that_lets_us(tmp_path: Path) -> None:
    async with hall(tmp_path) as (w, blog):
        blog.begin(ROBOTS, until=[HOME])
        result = await w.pass_(120)
        assert blog.beside(HOME) == {ROBOTS}
        assert blog.asked.count(ROBOTS) == blog.asked.count(HOME) == 1
        assert result.outcomes[0].view.up and not result.events


async def test_at_the_first_look_robots_txt_comes_first(tmp_path: Path) -> None:
    blog = Hall(3)
    async with watching(tmp_path, [], blog=blog) as w:
        await w.look()
        assert blog.beside(HOME) == frozenset()


async def test_after_a_day_robots_txt_comes_first(tmp_path: Path) -> None:
    async with hall(tmp_path) as (w, blog):
        await w.look(24 * 60 + 1)
        assert blog.beside(HOME) == frozenset()
        assert blog.asked[:2] == [ROBOTS, HOME]


async def test_one_that_forbade_the_home_page_gives_no_leave(tmp_path: Path) -> None:
    async with hall(tmp_path) as (w, blog):
        w.answer(ROBOTS, SHUT)
        await w.looks(2, 61)
        blog.begin()
        w.answer(ROBOTS, None)
        await w.look(61)
        assert blog.asked[:2] == [ROBOTS, HOME]
        assert blog.beside(HOME) == frozenset()


async def test_what_it_says_now_holds(tmp_path: Path) -> None:
    """The home page was asked for by the old one's leave, and counts for nothing."""
    async with hall(tmp_path) as (w, blog):
        blog.begin()
        blog.keeps = lambda path: path == HOME or HOME not in blog.asked
        w.answer(ROBOTS, SHUT)
        assert await w.look(61) == []
        assert blog.asked == [ROBOTS, HOME]
        blog.begin()
        told = await w.looks(3, 61)
        assert [(e.kind, e.reason) for e in told] == [(Kind.SITE_UNREACHABLE, Reason.DISALLOWED)]
        assert blog.asked == [ROBOTS] * 3


async def test_at_the_usual_pace_one_that_is_forbidden_now_is_not_asked_for(tmp_path: Path) -> None:
    async with hall(tmp_path) as (w, blog):
        await one_at_a_time(w)
        w.answer(ROBOTS, SHUT)
        await w.look(61)
        assert blog.asked == [ROBOTS]


async def test_a_delay_it_asked_for_lies_between_the_two(tmp_path: Path) -> None:
    async with hall(tmp_path) as (w, blog):
        text = "User-agent: *\nCrawl-delay: 7\n"
        w.answer(ROBOTS, Reply(body=text, kind="text/plain"))
        done: list[tuple[str, float]] = []
        inner = w.ctx.fetcher

        class Noting:
            async def fetch(self, ask: Ask) -> Answer:
                done.append((ask.url.removeprefix(blog.origin), 0))
                return await inner.fetch(ask)

            def slow_down(self, url: str, delay: timedelta) -> None:
                done.append(("wait", delay.total_seconds()))

            async def aclose(self) -> None: ...

        w.ctx = replace(w.ctx, fetcher=Noting())
        await w.look(61)
        w.answer(ROBOTS, None)
        done.clear()
        await w.look(61)
        assert done[:4] == [("wait", 7), (ROBOTS, 0), (HOME, 0), ("wait", 0)]


# ---- an index of sitemaps


async def test_the_sitemaps_of_an_index_are_asked_for_with_it(tmp_path: Path) -> None:
    async with hall(tmp_path, 12) as (w, blog):
        parts = [f"/sitemap-{n}.xml" for n in (1, 2, 3)]
        assert await w.look(20) == []
        before = Counter(blog.asked)
        assert all(before[p] == 1 for p in parts)
        blog.begin(INDEX, until=parts)
        result = await w.pass_(20)
        assert all(INDEX in blog.beside(p) for p in parts)
        assert Counter(blog.asked) == before
        assert not result.events


async def test_one_that_changed_is_read_by_what_came(tmp_path: Path) -> None:
    async with hall(tmp_path, 12) as (w, blog):
        await w.look(30)
        blog.publish()  # and with it a fourth sitemap
        blog.begin(INDEX, until=[f"/sitemap-{n}.xml" for n in (1, 2, 3)])
        assert [e.kind for e in await w.look(30)] == [Kind.PUBLISHED]
        asked = Counter(p for p in blog.asked if p.startswith("/sitemap"))
        assert asked == Counter([INDEX, *(f"/sitemap-{n}.xml" for n in (1, 2, 3, 4))])


async def test_one_that_is_named_no_more_waits_for_its_turn_in_vain(tmp_path: Path) -> None:
    async with hall(tmp_path, 12) as (w, blog):
        inner, ended = w.ctx.fetcher, list[str]()

        class Slow:
            """Of which the third sitemap's turn never comes."""

            async def fetch(self, ask: Ask) -> Answer:
                if ask.url.endswith("/sitemap-3.xml"):
                    try:
                        await asyncio.sleep(PATIENCE)
                    finally:
                        ended.append(ask.url)
                return await inner.fetch(ask)

            def slow_down(self, url: str, delay: timedelta) -> None: ...

            async def aclose(self) -> None: ...

        for post in blog.posts[-6:]:
            post.listed = False
        w.ctx = replace(w.ctx, fetcher=Slow())
        await w.look(20)
        asked = [p for p in blog.asked if p.startswith("/sitemap")]
        assert sorted(asked) == ["/sitemap-1.xml", "/sitemap-2.xml", INDEX]
        assert len(ended) == 1


@pytest.mark.parametrize("down", [HOME, INDEX])
async def test_what_does_not_answer_is_asked_for_no_parts(tmp_path: Path, down: str) -> None:
    async with hall(tmp_path, 12) as (w, blog):
        await one_at_a_time(w)
        w.blog.override = lambda p: (
            Reply(500, "<h1>Internal error</h1>") if p in (down, INDEX) else None
        )
        await w.look(30)
        assert INDEX in blog.asked
        assert not [p for p in blog.asked if p.startswith("/sitemap-")], blog.asked


async def test_the_pages_of_a_listing_come_one_after_another(tmp_path: Path) -> None:
    """Of a post that slides to the next page between two requests in the wrong order, neither would show it."""
    blog = Hall(9)
    async with watching(tmp_path, [], blog=blog, site="feeds = []\nsitemaps = []") as w:
        await w.look()
        inner, done = w.ctx.fetcher, list[tuple[str, str]]()

        class Noting:
            async def fetch(self, ask: Ask) -> Answer:
                path = ask.url.removeprefix(blog.origin)
                done.append(("asked", path))
                answer = await inner.fetch(ask)
                done.append(("came", path))
                return answer

            def slow_down(self, url: str, delay: timedelta) -> None: ...

            async def aclose(self) -> None: ...

        w.ctx = replace(w.ctx, fetcher=Noting())
        assert await w.look(15, everything=True) == []
        listing = max(n for n, x in enumerate(done) if x == ("came", HOME))
        assert min(done.index(("asked", f"/blog/page/{n}/")) for n in (2, 3)) > listing


# ---- made-up addresses


async def test_made_up_addresses_of_several_folders_go_together(tmp_path: Path) -> None:
    blog = Hall(4)
    for post in blog.posts[2:]:
        post.slug = f"old/{post.slug}"

    def made_up() -> list[str]:
        known = {HOME, *(p.path for p in blog.posts)}
        return [p for p in blog.asked if p.endswith("/") and p not in known]

    blog.keeps = lambda path: path in made_up() and len(made_up()) < 2
    async with watching(tmp_path, [], blog=blog) as w:
        await w.look()
        one, other = made_up()
        assert blog.beside(other) >= {one}


# ---- what robots.txt forbids


async def test_further_pages_of_a_listing_are_not_asked_for_against_it(tmp_path: Path) -> None:
    blog = World(many_posts(30, timedelta(hours=9)), Manner(paged=True))
    async with watching(tmp_path, [], blog=blog) as w:
        text = "User-agent: *\nDisallow: /blog/page/\n"
        w.answer(ROBOTS, Reply(body=text, kind="text/plain"))
        assert await w.looks(3, 25 * 60) == []
        assert ROBOTS in blog.asked
        assert not [p for p in blog.asked if p.startswith("/blog/page/")]


async def test_pages_that_it_forbids_later_are_let_be(tmp_path: Path) -> None:
    """And nothing is said of the posts that stood on them."""
    blog = World(many_posts(30, timedelta(hours=9)), Manner(paged=True))
    site = "feeds = []\nsitemaps = []"
    async with watching(tmp_path, [], blog=blog, site=site) as w:
        await w.looks(2, 25 * 60)
        assert [p for p in blog.asked if p.startswith("/blog/page/")]
        text = "User-agent: *\nDisallow: /blog/page/\n"
        w.answer(ROBOTS, Reply(body=text, kind="text/plain"))
        blog.asked.clear()
        assert await w.looks(4, 25 * 60) == []
        assert not [p for p in blog.asked if p.startswith("/blog/page/")]


# ---- a site's rows


async def test_what_was_found_as_it_was_is_written_with_the_rest_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall(tmp_path) as (w, blog):
        before = await seen(w)
        groups, submit = list[object](), Writer.submit

        def counted(writer: Writer, fn: Any) -> Any:
            groups.append(fn)
            return submit(writer, fn)

        monkeypatch.setattr(Writer, "submit", counted)
        await w.look(15)
        assert len(groups) == 2  # the site's, and the question whether it is time to sweep
        assert [a - b for a, b in zip(await seen(w), before, strict=True)] == [
            timedelta(minutes=15)
        ] * 3
        w.answer(blog.posts[0].path, Reply(500, "<h1>Internal error</h1>"))
        await w.look(15)
        w.answer(blog.posts[0].path, None)
        blog.happen("edit", 1)  # which is looked at twice: the others do not wait for it
        groups.clear()
        assert [e.kind for e in await w.look(15)] == [Kind.EDITED]
        assert len(groups) == 3


async def test_what_was_put_by_is_written_where_the_end_of_the_pass_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all of a site's posts would be asked for every five minutes, till somebody mends it."""
    async with hall(tmp_path) as (w, blog):
        before = await seen(w)

        def broken(*_: object, **__: object) -> None:
            raise ValueError("a row of the sources is damaged")

        with monkeypatch.context() as patch:
            patch.setattr("monitor.run.site_check.write_sources", broken)
            w.clock.now += timedelta(minutes=15)
            assert (await check(w.ctx)).failed
            assert [a - b for a, b in zip(await seen(w), before, strict=True)] == [
                timedelta(minutes=15)
            ] * 3
            blog.begin()
            w.clock.now += timedelta(minutes=5)
            assert (await check(w.ctx)).failed
        assert HOME in blog.asked
        assert not {p.path for p in blog.posts} & set(blog.asked)


async def test_a_look_that_fails_ends_the_others(tmp_path: Path) -> None:
    """A site whose pass has failed is asked for nothing more."""
    asked = list[int]()

    async def one(row: Any) -> None:
        asked.append(row)
        await asyncio.sleep(0)
        if row == 3:
            raise ValueError("its article is damaged")

    with pytest.raises(ValueError, match="damaged"):
        await site_pass._a_few_at_once(one, range(64))  # type: ignore[arg-type]
    so_far = len(asked)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(asked) == so_far < 64


async def seen(w: Watch) -> list[datetime]:
    """When each post was seen last."""
    with w.ctx.store.read() as conn:
        (row,) = sites.sites(conn)
        return [p.state.last_seen_at or START for p in post_rows.posts(conn, row.id)]


@pytest.mark.parametrize("places", [1, gate.PLACES])
async def test_a_sites_rows_are_had_however_few_places_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: int
) -> None:
    monkeypatch.setattr(gate, "PLACES", places)
    async with hall(tmp_path) as (w, _):
        result = await w.pass_(30)
        assert [(o.posts, o.looked) for o in result.outcomes] == [(3, 3)]
