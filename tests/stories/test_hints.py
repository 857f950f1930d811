"""What feeds and sitemaps say of a change is a reason to look in the same pass; a lie costs little and tells nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import BlogPost, Reply
from monitor.model import Event, Kind
from monitor.run.hints import trust
from monitor.store import sources
from tests.stories.test_budget import blog, paced
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


class Dates:
    """A sitemap that says of each post when it changed last."""

    def __init__(self, w: Watch) -> None:
        self.w = w
        self.of: dict[str, str] = {p.slug: "2026-01-01" for p in w.blog.posts}
        w.blog.override = lambda path: self.map() if path == "/sitemap.xml" else None

    def map(self) -> Reply:
        urls = "".join(
            f"<url><loc>{self.w.blog.origin}{p.path}</loc><lastmod>{self.of[p.slug]}</lastmod></url>"
            for p in self.w.blog.posts
            if p.listed
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return Reply(body=f'<urlset xmlns="{space}">{urls}</urlset>', kind="application/xml")

    def changed(self, post: BlogPost) -> None:
        """Has the sitemap say that a post changed now."""
        self.of[post.slug] = self.w.clock.now.isoformat()

    @property
    def believed(self) -> bool:
        """Whether its word is still a reason to look."""
        with self.w.ctx.store.read() as conn:
            (source,) = [s for s in sources.sources(conn, 1) if s.url.endswith("sitemap.xml")]
            return trust(conn, source.id).believed


@asynccontextmanager
async def dated(tmp_path: Path, old: int = 14) -> AsyncIterator[tuple[Watch, Dates]]:
    """A blog whose old posts are looked at every few hours, after its first hours under watch."""
    async with watching(tmp_path, blog(old)) as w:
        paced(w, timedelta(seconds=25))
        dates = Dates(w)
        await w.look()
        for _ in range(4):
            await w.look(15)
        yield w, dates


def quiet(w: Watch, due: datetime) -> BlogPost:
    """An old post whose own time comes later than that."""
    from monitor.store import posts

    with w.ctx.store.read() as conn:
        rows = posts.posts(conn, 1)
    late = {r.state.url for r in rows if r.next_at is not None and r.next_at > due}
    return next(p for p in w.blog.posts[3:] if w.blog.origin + p.path in late)


async def test_an_old_post_that_its_sitemap_dates_anew_is_looked_at_in_the_same_pass(
    tmp_path: Path,
) -> None:
    async with dated(tmp_path) as (w, dates):
        post = quiet(w, w.clock.now + HOUR)
        w.blog.asked.clear()
        assert await w.look(15) == []
        assert post.path not in w.blog.asked
        post.paragraphs = [
            *post.paragraphs[:2],
            "All of it was painted over in the spring of 1999.",
        ]
        dates.changed(post)
        events = await w.look(15)
        assert [(e.kind, e.url) for e in events] == [(Kind.EDITED, w.blog.origin + post.path)]
        assert dates.believed


async def test_a_date_alone_tells_nothing_and_is_not_believed_for_ever(tmp_path: Path) -> None:
    async with dated(tmp_path) as (w, dates):
        looks: list[bool] = []
        events: list[Event] = []
        for _ in range(20):
            post = quiet(w, w.clock.now + HOUR)
            dates.changed(post)
            w.blog.asked.clear()
            events += await w.look(15)
            looks.append(post.path in w.blog.asked)
        assert events == []
        assert looks[:6] == [True] * 6 and looks[-4:] == [False] * 4
        assert not dates.believed


async def test_dates_that_are_always_now_cost_nothing_and_switch_nothing_off(
    tmp_path: Path,
) -> None:
    async with dated(tmp_path) as (w, dates):
        asked = []
        for _ in range(12):
            for post in w.blog.posts:
                dates.changed(post)
            w.blog.asked.clear()
            assert await w.look(15) == []
            asked.append(sum(path.startswith("/blog/post-") for path in w.blog.asked))
        assert sum(asked) <= 4 * 12 and max(asked) <= 9
        assert not dates.believed
        gone = quiet(w, w.clock.now + HOUR)
        gone.status, gone.listed = 410, False  # that it left the sitemap is believed all the same
        events = [e for _ in range(4) for e in await w.look(15)]
        assert [e.kind for e in events] == [Kind.REMOVED]


async def test_a_removed_post_that_is_listed_again_is_looked_at_at_once(tmp_path: Path) -> None:
    async with dated(tmp_path) as (w, _):
        post = w.blog.posts[10]
        post.status, post.listed = 410, False
        assert Kind.REMOVED in [e.kind for _ in range(4) for e in await w.look(15)]
        w.clock.now += timedelta(days=16)
        await w.look(15)
        w.blog.asked.clear()
        await w.look(15)
        assert post.path not in w.blog.asked  # hourly by now
        post.status, post.listed = 200, True
        assert Kind.REINSTATED in [e.kind for e in await w.look(15)]
