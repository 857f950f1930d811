"""A pass over several sites: our own blindness is told from theirs, and one site's trouble is its own."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from monitor.config import SiteConfig, load
from monitor.demo.blog import Blog, BlogPost, Reply
from monitor.errors import StoreError
from monitor.fetch import Ask
from monitor.model import Answer, Kind, Reason
from monitor.notify import option_types
from monitor.read.urls import canonical_key
from monitor.run.check import UnderWay, check
from monitor.run.context import Context
from monitor.run.site_check import SiteOutcome, check_site
from monitor.run.standstill import follow_schedule
from monitor.store import posts as post_store
from monitor.store import sites
from monitor.store.rows import SiteRow
from monitor.values import replace
from tests.support.prose import fresh, posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


async def test_three_sites_that_fail_at_connect_are_our_network(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2)) as w:
        assert await w.look() == []
        path = tmp_path / "postwatch.toml"
        dead = "".join(
            f'[[site]]\nname = "s{n}"\nurl = "http://127.0.0.1:{n}/blog/"\n' for n in (7, 9, 11)
        )
        path.write_text("[fetch]\nallow_private_networks = true\n" + dead)
        gone = replace(w.ctx, config=load(path, option_types()))
        first = await check(gone)
        assert first.blind
        assert [(e.kind, e.reason) for e in first.events] == [(Kind.WATCH_STOPPED, Reason.NETWORK)]
        assert (await check(gone, everything=True)).events == []  # once
        w.clock.now = w.clock.now.replace(hour=9)
        back = await check(w.ctx)
        assert [e.kind for e in back.events] == [Kind.WATCH_RESUMED]
        assert back.events[0].absent_for == (3 * 3600, 3 * 3600)


async def test_a_site_that_answers_waits_for_none_that_does_not(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2)) as w:
        release = asyncio.Event()
        inner = w.ctx.fetcher

        class Hanging:
            async def fetch(self, ask: Ask) -> Answer:
                if ask.url.startswith("http://127.0.0.1:9/"):
                    await release.wait()
                return await inner.fetch(ask)

            def slow_down(self, url: str, delay: timedelta) -> None: ...

            async def aclose(self) -> None: ...

        path = tmp_path / "postwatch.toml"
        more = '[[site]]\nname = "hangs"\nurl = "http://127.0.0.1:9/blog/"\n'
        path.write_text(path.read_text() + more)
        ctx = replace(w.ctx, config=load(path, option_types()), fetcher=Hanging())
        checked: list[str] = []
        under_way = asyncio.create_task(check(ctx, progress=checked.append))
        async with asyncio.timeout(30):
            while checked != ["corvane"]:
                await asyncio.sleep(0.01)
            release.set()
            result = await under_way
    assert {o.name: o.view.up for o in result.outcomes} == {"corvane": True, "hangs": False}
    assert result.events == []


async def test_a_copy_is_no_move_and_an_unclear_look_holds_the_news(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.look()
        old = w.blog.posts[1]
        copy = replace(old, slug="the-same-again")
        w.blog.posts.append(copy)
        w.answer(old.path, Reply(500, "<h1>Internal error</h1>"))
        assert await w.looks(2, 15) == []  # it may be a move that can't be seen yet
        w.answer(old.path, None)
        told = await w.looks(2, 15)
        assert [e.kind for e in told] == [Kind.PUBLISHED]


async def test_a_post_moved_to_where_no_post_is_expected(tmp_path: Path) -> None:
    """Its new URL has not the shape of a post's: it is found all the same, in the sitemap."""
    async with watching(tmp_path, posts(5)) as w:
        await w.look()
        post = w.blog.posts[3]
        old, page = post.path, w.blog.answer(post.path)
        there = "/about/archive/2026/05/p/17/"

        def answer(path: str) -> Reply | None:
            if path == there:
                return page
            if path == old:
                return w.blog.answer("/blog/never/")
            if path == "/sitemap.xml":
                listed = Blog.answer(w.blog, "/robots.txt")  # any answer: the map is made below
                urls = "".join(
                    f"<url><loc>{w.blog.origin}{p}</loc></url>"
                    for p in [*(x.path for x in w.blog.posts if x is not post), there]
                )
                return replace(
                    listed,
                    kind="application/xml",
                    body=f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>',
                )
            return None

        post.listed = False
        w.blog.override = lambda p: None if p == "/robots.txt" else answer(p)
        told = await w.looks(5)
        assert [e.kind for e in told] == [Kind.MOVED]
        assert told[0].moved_to == w.blog.origin + there


async def test_new_posts_of_a_source_found_later_are_its_baseline(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3), site="sitemaps = []\nlistings = []") as w:
        hidden = fresh("kept-out-of-the-feed")
        hidden.listed = False
        w.blog.posts.append(hidden)
        await w.looks(2)
        path = tmp_path / "postwatch.toml"
        text = path.read_text().replace("sitemaps = []", f'sitemaps = ["{w.blog.origin}/late.xml"]')
        path.write_text(text)
        urls = f"<url><loc>{w.blog.origin}{hidden.path}</loc></url>"
        w.answer("/late.xml", Reply(body=f"<urlset>{urls}</urlset>", kind="application/xml"))
        later = replace(w.ctx, config=load(path, option_types()))
        w.clock.now = w.clock.now.replace(hour=8)
        assert (await check(later)).events == []


async def test_a_narrower_include_tells_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        path = tmp_path / "postwatch.toml"
        path.write_text(path.read_text() + 'include = ["/blog/the-*"]\n')
        narrow = replace(w.ctx, config=load(path, option_types()))
        for hour in (8, 9, 10):
            w.clock.now = w.clock.now.replace(hour=hour)
            assert (await check(narrow)).events == []
        with w.ctx.store.read() as conn:
            watched = {p.state.url.split("/")[-2] for p in post_store.posts(conn, 1) if p.watched}
        assert watched == {"the-night-shift"}


async def test_a_blog_application_that_answers_404_behind_a_static_home(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(5)) as w:
        path = tmp_path / "postwatch.toml"
        path.write_text(path.read_text().replace(f'"{w.blog.url}"', f'"{w.blog.origin}/"'))
        rooted = replace(w.ctx, config=load(path, option_types()))
        home = w.blog.answer("/")
        await check(rooted)
        missing = w.blog.answer("/blog/never/")
        w.blog.override = lambda p: home if p == "/" else None if p == "/robots.txt" else missing
        told = []
        for _ in range(20):
            w.clock.now += timedelta(minutes=10)
            told += (await check(rooted)).events
        assert [e.kind for e in told] == [Kind.SITE_UNREACHABLE]


async def test_the_new_address_is_seen_first_and_the_old_one_then_redirects(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        old = w.blog.posts[1]
        new = replace(old, slug="under-a-new-name")
        w.blog.posts.append(new)
        first = await w.looks(2, 15)
        old.listed = False
        w.answer(old.path, Reply(301, "", headers={"Location": new.path}))
        later = await w.looks(5)
        assert [e.kind for e in first] == [Kind.PUBLISHED]
        assert [e.kind for e in later] == [Kind.MOVED]
        new.paragraphs[0] += " It rained."
        again = await w.looks(3, 15)
        assert [e.kind for e in again] == [Kind.EDITED]  # once, of one post
        assert again[0].post == later[0].post


async def test_the_new_address_is_seen_first_and_the_old_one_then_goes(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        old = w.blog.posts[1]
        w.blog.posts.append(replace(old, slug="under-a-new-name"))
        old.status, old.listed = 404, False
        told = await w.looks(6)
        assert Kind.REMOVED not in [e.kind for e in told]
        assert Kind.MOVED in [e.kind for e in told]


async def test_feed_links_that_redirect_are_the_posts_they_lead_to(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(5)) as w:

        def answer(path: str) -> Reply | None:
            numbers = {f"/?p={n + 41}": p for n, p in enumerate(w.blog.posts)}
            if path in numbers:
                return Reply(301, "", headers={"Location": numbers[path].path})
            if path != "/blog/feed.xml":
                return None
            w.blog.override = lambda _: None
            feed = w.blog.answer(path)
            w.blog.override = answer
            for short, post in numbers.items():
                feed.body = feed.body.replace(w.blog.origin + post.path, w.blog.origin + short)
            return feed

        w.blog.override = answer
        assert await w.looks(8) == []
        with w.ctx.store.read() as conn:
            live = [p for p in post_store.posts(conn, 1) if p.watched and p.state.snapshot]
        assert len(live) == 5
        assert all(p.key == canonical_key(p.state.url) for p in live)
        w.blog.override = lambda _: None  # the feed names the real addresses
        assert await w.looks(4, 15) == []
        with w.ctx.store.read() as conn:
            assert sum(p.watched for p in post_store.posts(conn, 1)) == 5


@pytest.mark.parametrize("by", ["a sitemap", "the config"])
async def test_pages_that_are_no_posts_teach_no_listing(tmp_path: Path, by: str) -> None:
    """A blog without a feed at the root of its host, where a sitemap or the config names other pages."""
    flat = [f"/{x}-solutions-for-your-team/" for x in ("retail", "banking", "energy")]
    async with watching(tmp_path, posts(5)) as w:
        origin, shown = w.blog.origin, w.blog.posts

        def answer(path: str) -> Reply | None:
            if path == "/":
                links = [*flat, *(p.path for p in shown if p.status == 200)]
                items = "".join(f'<article><h2><a href="{x}">{x}</a></h2></article>' for x in links)
                return Reply(body=f"<html><body><main>{items}</main></body></html>")
            if path in flat:
                text = f"<p>{'We help your team with what it does all day. ' * 9}</p>" * 3
                article = f"<article><h1>{path}</h1>{text}</article>"
                return Reply(body=f"<html><body><main>{article}</main></body></html>")
            if path == "/sitemap.xml" and by == "a sitemap":
                urls = "".join(f"<url><loc>{origin}{p}</loc></url>" for p in flat)
                spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
                return Reply(body=f"<urlset {spaces}>{urls}</urlset>", kind="application/xml")
            away = ("/blog/", "/blog/feed.xml", "/robots.txt", "/sitemap.xml")
            return Reply(404, "no") if path in away else None

        w.blog.override = answer
        named = () if by == "a sitemap" else (origin + flat[0],)
        site = replace(w.ctx.config.sites[0], url=f"{origin}/", posts=named)
        w.ctx = replace(w.ctx, config=replace(w.ctx.config, sites=(site,)))
        await w.looks(2, 15)
        shown[1].status = 404
        told = await w.looks(8, 30)
        assert [(e.kind, e.url) for e in told if e.url] == [(Kind.REMOVED, origin + shown[1].path)]


async def test_a_print_version_that_names_its_post_is_no_new_one(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        shown = {f"{p.path}?print=1": w.blog.answer(p.path) for p in w.blog.posts}

        def answer(path: str) -> Reply | None:
            if path == "/sitemap.xml":
                paths = [*(p.path for p in w.blog.posts), *shown]
                urls = "".join(f"<url><loc>{w.blog.origin}{p}</loc></url>" for p in paths)
                return Reply(body=f"<urlset>{urls}</urlset>", kind="application/xml")
            return shown.get(path)

        w.blog.override = answer
        assert await w.looks(3, 15) == []
        with w.ctx.store.read() as conn:
            assert len(post_store.posts(conn, 1)) == 4


@pytest.mark.parametrize("more", ["", '<a rel="next" href="/blog/page/2/">Older posts</a>'])
async def test_a_box_that_shows_other_posts_each_time_delists_nobody(
    tmp_path: Path, more: str
) -> None:
    """Feed and sitemap are not there to tell; with further pages, these are read before it is told."""
    async with watching(tmp_path, posts(5), site="feeds = []\nsitemaps = []") as w:
        everyone = sorted(w.blog.posts, key=lambda p: p.date, reverse=True)
        shown = [3, 4]

        def cards(which: list[BlogPost]) -> str:
            return "".join(
                f'<article><h2><a href="{p.path}">{p.title}</a></h2></article>' for p in which
            )

        def answer(path: str) -> Reply | None:
            if path == "/blog/":
                box = cards([everyone[i] for i in shown])
                main = f"<main><div class=posts>{cards(everyone[:3])}</div>{more}</main>"
                return Reply(body=f"<html><body>{main}<section>{box}</section></body></html>")
            return Reply(body=cards(everyone[3:])) if path == "/blog/page/2/" and more else None

        w.blog.override = answer
        await w.looks(2, 15)
        for shown[:] in ([4], [3], [4, 3], [4]):
            assert await w.looks(3, 15) == []


async def test_an_old_copy_from_a_cache_is_no_return(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        post = w.blog.posts[1]
        page = w.blog.answer(post.path)
        post.status = 404
        assert [e.kind for e in await w.looks(4)] == [Kind.REMOVED]
        w.answer(post.path, replace(page, headers={"Age": "86400"}))
        assert await w.looks(3, 15) == []
        w.answer(post.path, page)
        assert [e.kind for e in await w.looks(2, 15)] == [Kind.REINSTATED]


async def test_an_outage_leaves_no_post_behind(tmp_path: Path) -> None:
    """Misses of the site are no post's own: after hours of 503 a change is found at once."""
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        w.answer_all(Reply(503, "<h1>Service unavailable</h1>"))
        await w.looks(40, 15)
        w.answer_all(None)
        w.blog.posts[2].paragraphs[0] += " It rained."
        told = await w.looks(4, 15)
        assert sorted(e.kind for e in told) == [Kind.EDITED, Kind.SITE_RECOVERED]


async def test_a_site_that_stays_down_is_asked_ever_more_seldom_and_for_ever(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        w.answer_all(Reply(503, "<h1>Service unavailable</h1>"))
        looked, told = [], []
        for _ in range(16):
            w.clock.now = next_check(w)
            told += await w.look()
            looked.append(w.clock.now)
        (event,) = told
        assert event.detected_at - looked[0] == timedelta(minutes=30)  # [health] alert_after
        gaps = [b - a for a, b in pairwise(looked)]
        half = timedelta(minutes=30)  # twice `every`
        assert gaps[:3] == [timedelta(minutes=10)] * 3
        assert gaps[-1] == half == max(gaps)
        assert gaps == sorted(gaps)
        w.blog.override = lambda _: None
        w.blog.posts[2].status = 404
        w.clock.now = next_check(w)
        back = await w.look() + await w.looks(3)
        assert [e.kind for e in back] == [Kind.SITE_RECOVERED, Kind.REMOVED]
        assert timedelta(minutes=29) < back[0].detected_at - looked[-1] <= half


def next_check(w: Watch) -> datetime:
    """When the site of a watch is due."""
    with w.ctx.store.read() as conn:
        at = sites.sites(conn)[0].next_check_at
    assert at is not None
    return at


async def test_a_site_that_is_down_is_left_alone_as_long_as_it_asks(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        for header, wait in (("1800", 30), ("999999999", 60), ("-5", 10), ("soon", 10)):
            w.answer_all(Reply(503, "<h1>down</h1>", headers={"Retry-After": header}))
            await w.look(60)
            assert next_check(w) - w.clock.now == timedelta(minutes=wait), header
            w.answer_all(None)
            await w.look(60)
            assert await w.looks(2, 30) == []


async def test_a_feed_that_asks_for_patience_has_it(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        w.answer("/blog/feed.xml", Reply(503, "later", headers={"Retry-After": "2700"}))
        await w.look(15)
        w.blog.asked.clear()
        await w.looks(2, 15)
        assert "/blog/feed.xml" not in w.blog.asked
        await w.look(15)
        assert "/blog/feed.xml" in w.blog.asked


async def test_our_own_dead_network_is_not_tried_at_every_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(tmp_path, posts(1)) as w:
        named = [
            replace(w.ctx.config.sites[0], name=n, url=f"http://127.0.0.1:1/{n}") for n in "abc"
        ]
        w.ctx = replace(w.ctx, config=replace(w.ctx.config, sites=tuple(named)))
        under_way = UnderWay()
        first = await check(w.ctx, under_way=under_way)
        assert [e.reason for e in first.events] == [Reason.NETWORK]
        fetched: list[str] = []
        fetch = w.ctx.fetcher.fetch

        async def counted(ask: Ask) -> Answer:
            fetched.append(ask.url)
            return await fetch(ask)

        monkeypatch.setattr(w.ctx.fetcher, "fetch", counted)
        again = await check(w.ctx, under_way=under_way)
        assert again.blind and not fetched
        under_way.blind_until = 0.0
        assert (await check(w.ctx, under_way=under_way)).blind and fetched


@pytest.mark.parametrize("forbidden", ["/blog/mapping-the-valley/", "/"])
async def test_a_suspicion_that_may_not_be_looked_into_asks_for_no_look_at_once(
    tmp_path: Path, forbidden: str
) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        next(p for p in w.blog.posts if p.path == "/blog/mapping-the-valley/").status = 404
        await w.look(15)
        text = f"User-agent: *\nDisallow: {forbidden}\n"
        w.answer("/robots.txt", Reply(body=text, kind="text/plain"))
        await w.look(60 * 25)
        assert next_check(w) - w.clock.now >= timedelta(minutes=10)


async def test_robots_that_hide_a_few_posts_do_not_hide_the_site(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(6)) as w:
        await w.looks(2)
        hidden = w.blog.posts[0].path
        text = f"User-agent: *\nDisallow: {hidden}\n"
        w.answer("/robots.txt", Reply(body=text, kind="text/plain"))
        assert await w.looks(12, 15) == []


async def test_a_sitemap_with_an_empty_part_is_read(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3), site="feeds = []\nlistings = []") as w:
        part = w.blog.answer("/sitemap.xml")
        parts = "".join(
            f"<sitemap><loc>{w.blog.origin}/{n}.xml</loc></sitemap>" for n in ("full", "empty")
        )
        index = Reply(body=f"<sitemapindex>{parts}</sitemapindex>", kind="application/xml")
        answers = {
            "/sitemap.xml": index,
            "/full.xml": part,
            "/empty.xml": Reply(body="<urlset></urlset>", kind="application/xml"),
        }
        w.blog.override = answers.get
        await w.look()
        with w.ctx.store.read() as conn:
            assert len(post_store.posts(conn, 1)) == 3


async def test_one_site_that_fails_on_our_side_stops_no_other(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as w:
        path = tmp_path / "postwatch.toml"
        path.write_text(path.read_text() + f'\n[[site]]\nname = "z"\nurl = "{w.blog.origin}/"\n')
        both = replace(w.ctx, config=load(path, option_types()))
        await check(both)

        def damage(conn: Connection) -> None:
            conn.execute(
                text(
                    "UPDATE articles SET data = x'00' WHERE snapshot_id IN "
                    "(SELECT s.id FROM snapshots s JOIN posts p ON p.id = s.post_id WHERE p.site = 'z')"
                )
            )

        await w.ctx.store.awrite(damage)
        w.clock.now += timedelta(hours=1)
        w.blog.posts[0].paragraphs[0] += " It rained."
        result = await check(both)
        assert [f.split(":")[0] for f in result.failed] == ["z"]
        assert [(e.kind, e.site) for e in result.events] == [(Kind.EDITED, "corvane")]


async def test_posts_that_went_while_we_were_blind_share_no_batch(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(7)) as w:
        await w.looks(2)
        seen = w.clock.now
        gone = w.blog.posts[1:]
        for post in gone:
            post.status, post.listed = 404, False
        w.clock.now += timedelta(days=3)
        told = await follow_schedule(
            w.ctx,
            (),
        )
        assert [(e.kind, e.reason) for e in told] == [(Kind.WATCH_STOPPED, Reason.STOPPED)]
        events = await w.look()
        told = await follow_schedule(
            w.ctx,
            (),
        )
        assert [(e.kind, e.reason) for e in told] == [(Kind.WATCH_RESUMED, Reason.STOPPED)]
        events += await w.looks(20)
        assert [e.kind for e in events] == [Kind.REMOVED] * len(gone)
        assert len(gone) >= 5
        assert {e.batch for e in events} == {None}
        for event in events:
            assert event.last_seen_at is not None and event.first_missing_at is not None
            assert event.last_seen_at <= seen
            assert event.first_missing_at - event.last_seen_at >= timedelta(days=3)


async def test_a_watch_that_falls_behind_says_so_once(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2)) as w:
        await w.look()
        began = w.clock.now
        assert (
            await follow_schedule(
                w.ctx,
                (),
            )
            == ()
        )
        w.clock.now += timedelta(minutes=40)  # due 25 minutes ago: late, and no more than that
        assert (
            await follow_schedule(
                w.ctx,
                (),
            )
            == ()
        )
        for _ in range(2):
            w.clock.now += timedelta(minutes=4)
            told = await follow_schedule(w.ctx, ())
        assert [(e.kind, e.reason) for e in told] == [(Kind.WATCH_STOPPED, Reason.OVERDUE)]
        assert told[0].first_missing_at is not None
        assert timedelta(minutes=14) < told[0].first_missing_at - began < timedelta(minutes=16)
        assert told[0].last_missing_at == w.clock.now
        assert (
            await follow_schedule(
                w.ctx,
                (),
            )
            == ()
        )
        await w.look()
        told = await follow_schedule(
            w.ctx,
            (),
        )
        assert [e.kind for e in told] == [Kind.WATCH_RESUMED]


async def test_a_site_that_was_not_to_be_looked_at_is_no_gap_of_ours(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2)) as w:
        await w.look()
        for _ in range(30):  # being looked at, or paused, while the daemon ticks
            w.clock.now += timedelta(minutes=20)
            assert (
                await follow_schedule(
                    w.ctx,
                    {"corvane"},
                )
                == ()
            )
        assert (
            await follow_schedule(
                w.ctx,
                (),
            )
            == ()
        )
        assert (
            await follow_schedule(
                w.ctx,
                (),
            )
            == ()
        )


async def test_a_slow_site_holds_up_no_other(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as slow:
        with Blog(posts(2)) as quick:
            path = tmp_path / "postwatch.toml"
            path.write_text(
                path.read_text() + f'[[site]]\nname = "quick"\nurl = "{quick.url}"\n',
                encoding="utf-8",
            )
            release = asyncio.Event()
            inner = slow.ctx.fetcher

            class Waiting:
                async def fetch(self, ask: Ask) -> Answer:
                    if slow.blog.posts[0].path in ask.url and slow.blog.origin in ask.url:
                        await release.wait()
                    return await inner.fetch(ask)

                def slow_down(self, url: str, delay: timedelta) -> None: ...

                async def aclose(self) -> None: ...

            ctx = replace(slow.ctx, config=load(path, option_types()), fetcher=Waiting())
            under_way = UnderWay()
            first = asyncio.create_task(check(ctx, under_way=under_way))
            while under_way.sites != {"corvane"}:
                await asyncio.sleep(0.01)
            slow.clock.now += timedelta(minutes=20)
            second = await check(ctx, under_way=under_way)
            assert [o.name for o in second.outcomes] == ["quick"]
            release.set()
            assert {o.name for o in (await first).outcomes} == {"corvane", "quick"}
            assert under_way.sites == set()


async def test_a_site_is_not_let_go_of_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One site's write fails, and so does the note that it failed (a database that is locked): the pass
    over the other, slow one goes on, and no second one begins beside it."""
    async with watching(tmp_path, posts(3)) as w:
        path = tmp_path / "postwatch.toml"
        more = f'[[site]]\nname = "quick"\nurl = "{w.blog.origin}/"\n'
        path.write_text(path.read_text() + more, encoding="utf-8")
        ctx = replace(w.ctx, config=load(path, option_types()))
        await check(ctx)
        w.clock.now += timedelta(hours=1)
        release, failed = asyncio.Event(), asyncio.Event()
        save = sites.save_site

        async def one(ctx: Context, site: SiteConfig, *args: Any, **kw: Any) -> SiteOutcome:
            if site.name == "quick":
                raise StoreError("the database is locked by another program")
            await release.wait()
            return await check_site(ctx, site, *args, **kw)

        def locked(conn: Connection, row: SiteRow) -> None:
            if row.name == "quick":
                failed.set()
                raise StoreError("the database is locked by another program")
            save(conn, row)

        monkeypatch.setattr("monitor.run.check.check_site", one)
        monkeypatch.setattr(sites, "save_site", locked)
        under_way = UnderWay()
        task = asyncio.create_task(check(ctx, under_way=under_way))
        while not failed.is_set():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not task.done() and "corvane" in under_way.sites
        release.set()
        result = await task
        assert [o.name for o in result.outcomes] == ["corvane"]
        assert result.failed == ["quick: the database is locked by another program"]
        assert under_way.sites == set()


async def test_a_shape_learned_later_makes_no_news_of_old_posts(tmp_path: Path) -> None:
    """A feed tells where more posts are; the sitemap had named them all along."""
    async with watching(tmp_path, posts(3), site="feeds = []") as w:
        stories = {f"/stories/the-{n}-bridge/": _story(w.blog, n) for n in ("old", "iron")}

        def answer(path: str) -> Reply | None:
            if path == "/sitemap.xml":
                paths = [*(p.path for p in w.blog.posts), *stories]
                urls = "".join(f"<url><loc>{w.blog.origin}{p}</loc></url>" for p in paths)
                return Reply(body=f"<urlset>{urls}</urlset>", kind="application/xml")
            if path == "/stories.xml":
                link = w.blog.origin + next(iter(stories))
                item = f"<item><link>{link}</link></item>"
                return Reply(body=f"<rss><channel>{item}</channel></rss>", kind="text/xml")
            return stories.get(path)

        w.blog.override = answer
        assert await w.looks(3) == []
        path = tmp_path / "postwatch.toml"
        path.write_text(
            path.read_text().replace("feeds = []", f'feeds = ["{w.blog.origin}/stories.xml"]')
        )
        later = replace(w.ctx, config=load(path, option_types()))
        for hour in (8, 9):
            w.clock.now = w.clock.now.replace(hour=hour)
            assert (await check(later)).events == []
        stories["/stories/the-new-bridge/"] = _story(w.blog, "new")
        w.clock.now = w.clock.now.replace(hour=10)
        told = (await check(later)).events
        assert [e.url for e in told] == [w.blog.origin + "/stories/the-new-bridge/"]
        assert told[0].kind is Kind.PUBLISHED
        with w.ctx.store.read() as conn:
            watched = {p.state.url.removeprefix(w.blog.origin) for p in post_store.posts(conn, 1)}
        assert set(stories) <= watched


def _story(blog: Blog, name: str) -> Reply:
    """A post of its own words, which stands outside the blog's folder."""
    told = [
        f"The {name} bridge was begun in the year of the {name} flood by {name} masons.",
        f"Nobody in the {name} town had asked for it, and the {name} ferryman least of all.",
        f"It stands to this day, and what became of the {name} ferry is another story.",
    ]
    page = BlogPost(name, f"The {name} bridge", told, blog.posts[0].date)
    blog.posts.append(page)
    reply = blog.answer(page.path)
    blog.posts.remove(page)
    return replace(reply, body=reply.body.replace(page.path, f"/stories/the-{name}-bridge/"))


async def test_a_host_that_asks_for_patience_is_left_alone(tmp_path: Path) -> None:
    """Retry-After with a 429 is meant for us, not for one page; `check --all` goes on all the same."""
    async with watching(tmp_path, posts(5)) as w:
        await w.looks(2)
        slow = Reply(429, "<h1>Too many requests</h1>", headers={"Retry-After": "2700"})
        w.blog.override = lambda path: slow if path.startswith("/blog/the-") else None
        w.clock.now += timedelta(hours=26)  # every post is due
        w.blog.asked.clear()
        assert await w.look() == []
        asked = [p for p in w.blog.asked if p.startswith("/blog/")]
        held = w.clock.now
        w.blog.asked.clear()
        for _ in range(2):
            assert await w.look(20) == []
        assert w.blog.asked == []  # 40 of 45 minutes
        w.blog.override = lambda _: None
        assert await w.look(20) == []
        with w.ctx.store.read() as conn:
            rows = post_store.posts(conn, 1)
        assert all(p.state.last_seen_at is not None for p in rows)
        assert sum((p.state.last_seen_at or held) > held for p in rows) >= len(rows) - 1, asked
