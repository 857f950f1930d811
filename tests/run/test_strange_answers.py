"""Answers that seem to say something of a post and do not, and hosts that secrets are not meant for."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.config import Secret, SiteConfig
from monitor.demo.blog import Blog, Reply
from monitor.fetch import Ask
from monitor.model import Answer, Kind, Status
from monitor.run.asking import own_headers
from monitor.store import posts as post_store
from monitor.store.rows import PostRow
from monitor.values import replace
from tests.support.prose import fresh, posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def row(w: Watch, path: str) -> PostRow:
    with w.ctx.store.read() as conn:
        return next(r for r in post_store.posts(conn, 1) if r.state.url.endswith(path))


async def test_a_304_that_was_not_asked_for_is_no_sight_of_a_post(tmp_path: Path) -> None:
    """The blog gives no validators, so nothing was asked; believed, it would vouch for a post for ever."""
    async with watching(tmp_path, posts(4)) as w:
        await w.look()
        path = w.blog.posts[1].path
        seen = row(w, path).state.last_seen_at
        w.answer(path, Reply(304))
        assert await w.looks(3) == []
        state = row(w, path).state
        assert (state.status, state.last_seen_at) == (Status.LIVE, seen)


@pytest.mark.parametrize(
    "there",
    [
        pytest.param(None, id="nobody is there"),
        pytest.param(Reply(503, "<h1>Service unavailable</h1>"), id="its trouble"),
        pytest.param(Reply(429, "<h1>Too many requests</h1>"), id="its patience"),
    ],
)
async def test_a_page_that_sends_its_reader_where_nothing_can_be_seen(
    tmp_path: Path, there: Reply | None
) -> None:
    """As with a redirect of that kind, it proves nothing of the post."""
    async with watching(tmp_path, posts(4)) as w:
        with Blog(posts(1)) as other:
            other.override = lambda _: there
            to = f"{other.origin}/x" if there else "http://127.0.0.1:1/x"
            await w.look()
            leads = f'<html><head><meta http-equiv="refresh" content="0; url={to}"></head></html>'
            w.answer(w.blog.posts[1].path, Reply(body=leads))
            assert await w.looks(5) == []
            assert row(w, w.blog.posts[1].path).state.status is Status.LIVE


async def test_other_megabytes_at_every_look_fill_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a post that is gone the bytes of the first and of the latest look stay, not all in between till
    the day is over."""
    monkeypatch.setattr("monitor.run.sweeping.SWEEP_AFTER", 200_000)
    async with watching(tmp_path, posts(4)) as w:
        await w.look()
        for n in range(12):
            noise = random.Random(n).randbytes(60_000).hex()
            w.answer(w.blog.posts[1].path, Reply(404, f"<h1>Not found</h1><p>{noise}</p>"))
            await w.look(15)
        with w.ctx.store.read() as conn:
            kept = conn.execute(text("SELECT sum(length(data)) FROM bodies")).scalar_one()
        assert row(w, w.blog.posts[1].path).state.status is Status.REMOVED
        assert kept < 6 * 60_000


async def test_the_headers_of_a_site_are_asked_for_by_no_other_host(tmp_path: Path) -> None:
    """A feed names posts on any host, and a post may move to one."""
    async with watching(tmp_path, posts(4), site='headers = {Authorization = "Bearer x"}') as w:
        with Blog(posts(4)) as other:
            asked: list[Ask] = []
            inner = w.ctx.fetcher

            class Listening:
                async def fetch(self, ask: Ask) -> Answer:
                    asked.append(ask)
                    return await inner.fetch(ask)

                def slow_down(self, url: str, delay: timedelta) -> None: ...

                async def aclose(self) -> None: ...

            w.ctx = replace(w.ctx, fetcher=Listening())
            await w.look()
            moved = w.blog.posts[1]
            there = other.origin + moved.path
            w.answer(moved.path, Reply(301, headers={"Location": there}))
            w.blog.posts.append(fresh())
            told = await w.looks(6)
            assert Kind.MOVED in [e.kind for e in told]
            own = [a for a in asked if a.url.startswith(w.blog.origin)]
            foreign = [a for a in asked if a.url.startswith(other.origin)]
            assert foreign and not any(a.headers for a in foreign)
            assert all(a.headers for a in own)


@pytest.mark.parametrize(
    ("home", "url", "sent"),
    [
        ("https://acme.example/blog/", "https://acme.example/blog/a", True),
        ("https://acme.example/blog/", "https://blog.acme.example/a", True),
        ("https://acme.example/blog/", "http://acme.example/blog/a", False),
        ("http://acme.example/blog/", "https://acme.example/blog/a", True),
        ("https://acme.example/blog/", "https://acme.example.evil.example/", False),
        ("https://acme.example/blog/", "https://feeds.example/acme", False),
        ("https://one.github.io/", "https://two.github.io/", False),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8001/", False),
        ("https://acme.example/blog/", "file:///etc/passwd", False),
    ],
)
def test_where_the_headers_of_a_site_go(home: str, url: str, sent: bool) -> None:
    site = SiteConfig(name="acme", url=home, headers={"X-Key": Secret("k")})
    assert own_headers(site, url) == ((("X-Key", "k"),) if sent else ())


async def test_a_sitemap_that_names_ever_other_posts_fills_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is hand-picked is watched all the same."""
    monkeypatch.setattr("monitor.run.meeting.MOST_POSTS", 7)
    async with watching(tmp_path, posts(4)) as w:
        await w.look()
        for n in range(3):
            w.blog.posts += [fresh(f"a-new-crane-{n}-{i}") for i in range(3)]
            told = await w.look(20)
            assert len(told) == (3 if n == 0 else 0)
        with w.ctx.store.read() as conn:
            assert len(post_store.posts(conn, 1)) == 7
        assert "more than the 7 posts" in caplog.text


async def test_an_index_of_ever_more_sitemaps_ends_somewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred of a hundred thousand addresses would be gigabytes. What is not read is not missed."""
    monkeypatch.setattr("monitor.read.listing.plain_sitemap.MAX_ENTRIES", 40)
    async with watching(tmp_path, posts(3), site="feeds = []\nlistings = []") as w:

        def answer(path: str) -> Reply | None:
            if path == "/sitemap.xml":
                parts = "".join(
                    f"<sitemap><loc>{w.blog.origin}/part/{n}.xml</loc></sitemap>"
                    for n in range(100)
                )
                return Reply(body=f"<sitemapindex>{parts}</sitemapindex>", kind="application/xml")
            if path.startswith("/part/"):
                urls = "".join(
                    f"<url><loc>{w.blog.origin}/blog/of-{path[6:-4]}-{n}</loc></url>"
                    for n in range(10)
                )
                return Reply(body=f"<urlset>{urls}</urlset>", kind="application/xml")
            return None

        w.blog.override = answer
        await w.look()
        assert sum(path.startswith("/part/") for path in w.blog.asked) == 8  # a batch, and no more
        with w.ctx.store.read() as conn:
            assert len(post_store.posts(conn, 1)) == 40
        assert await w.looks(3) == []
