"""A pass over several sites: our own blindness is told from theirs, and one site's trouble is its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import load
from monitor.demo.blog import Blog, Reply
from monitor.model import Kind, Reason
from monitor.notify import option_types
from monitor.run.check import check
from monitor.store import posts as post_store
from tests.support.prose import fresh, posts
from tests.support.watching import watching

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
