"""A config that changes under a watch: history is kept, and nothing is told that the site did not do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import SiteConfig
from monitor.model import Event, Kind
from monitor.run.standstill import follow_schedule
from monitor.store import events, posts, sites, snapshots, sources
from monitor.store.rows import PostRow
from monitor.store.verify import verify
from monitor.values import replace
from tests.support.prose import fresh
from tests.support.prose import posts as prose
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"
NO_SOURCES = "feeds = []\nsitemaps = []\nlistings = []"


def change(w: Watch, **values: Any) -> None:
    """The site's table has other values from now on."""
    site = replace(w.ctx.config.sites[0], **values)
    only(w, site)


def only(w: Watch, *named: SiteConfig) -> None:
    """The config has these sites from now on."""
    w.ctx = replace(w.ctx, config=replace(w.ctx.config, sites=named))


def rows(w: Watch, name: str = "corvane") -> dict[str, PostRow]:
    """The posts of a site, by their slug."""
    with w.ctx.store.read() as conn:
        site = sites.site_by_name(conn, name)
        assert site is not None
        found = posts.posts(conn, site.id)
        assert verify(conn) == []
    return {p.state.url.rstrip("/").rsplit("/", 1)[-1]: p for p in found}


def kinds(told: list[Event]) -> list[Kind]:
    return [e.kind for e in told]


async def edited_once(w: Watch) -> Event:
    """Two passes, and an edit that is a bit of history."""
    assert await w.looks(2, 15) == []
    w.post(SLUG).paragraphs[0] += " So it was said."
    [told] = await w.looks(2, 15)
    return told


async def test_a_site_that_goes_and_comes_back_keeps_its_history(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        told = await edited_once(w)
        kept = w.ctx.config.sites[0]
        before = rows(w)
        only(w)
        w.blog.asked.clear()
        assert await w.looks(4, 15) == []
        assert w.blog.asked == []
        with w.ctx.store.read() as conn:
            [row] = sites.sites(conn)
            assert not row.watched and events.event(conn, told.id) == told
        # Meanwhile the site lives on: an edit, a removal, a post that is new.
        w.post(SLUG).paragraphs[0] += " And said again."
        w.post("old-keyboards").status, w.post("old-keyboards").listed = 404, False
        w.blog.posts.append(fresh())
        only(w, kept)
        seen = await w.looks(6, 15)
        assert sorted(kinds(seen)) == [Kind.EDITED, Kind.PUBLISHED, Kind.REMOVED]
        gone = next(e for e in seen if e.kind is Kind.REMOVED)
        # It went while nobody looked: the claim is as wide as that.
        assert gone.last_seen_at == before["old-keyboards"].state.last_seen_at
        assert {k: r.state.post_id for k, r in rows(w).items() if k in before} == {
            k: r.state.post_id for k, r in before.items()
        }


async def test_a_site_that_only_went_and_came_back_tells_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        assert await w.looks(2, 15) == []
        kept = w.ctx.config.sites[0]
        only(w)
        assert await w.looks(2, 60 * 24 * 20) == []
        only(w, kept)
        assert await w.looks(4, 15) == []


async def test_a_paused_site_is_not_looked_at_and_goes_on(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        assert await w.looks(2, 15) == []
        w.post(SLUG).status = 404
        assert await w.looks(1, 15) == []  # one miss
        change(w, paused=True)
        w.blog.asked.clear()
        assert await w.looks(4, 60 * 24) == [] and w.blog.asked == []
        w.post(SLUG).status = 200
        change(w, paused=False)
        assert await w.looks(4, 15) == []
        assert rows(w)[SLUG].state.misses == 0


@pytest.mark.parametrize("minutes", [60, 70])
@pytest.mark.parametrize("how", ["paused", "away"])
async def test_a_daemon_whose_site_comes_back_was_not_overdue(
    tmp_path: Path, minutes: int, how: str
) -> None:
    async def tick() -> list[Event]:
        told = [
            *await follow_schedule(
                w.ctx,
                (),
            )
        ]
        return told + (await w.look())

    async with watching(tmp_path, prose(3)) as w:
        kept = w.ctx.config.sites[0]
        assert await tick() == []
        change(w, paused=True) if how == "paused" else only(w)
        for _ in range(minutes // 5):
            w.clock.now += timedelta(minutes=5)
            assert await tick() == []
        only(w, kept)
        assert await tick() == []
        w.clock.now += timedelta(minutes=10)
        assert await tick() == []


async def test_a_source_added_later_has_a_baseline_of_its_own(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(6), site="feeds = []\nlistings = []") as w:
        hidden = prose(6)[0].slug
        w.answer("/sitemap.xml", without(w, hidden))
        assert await w.looks(2, 15) == []
        assert hidden not in rows(w)
        change(w, feeds=(f"{w.blog.url}feed.xml",))
        assert await w.looks(2, 15) == []
        assert hidden in rows(w)
        w.blog.posts.append(fresh())
        assert kinds(await w.looks(2, 15)) == [Kind.PUBLISHED]


def without(w: Watch, slug: str) -> Any:
    reply = w.blog.answer("/sitemap.xml")
    lines = reply.body.replace("<url>", "\n<url>").splitlines()
    reply.body = "".join(line for line in lines if slug not in line)
    if "</urlset>" not in reply.body:
        reply.body += "</urlset>"
    return reply


async def test_a_source_taken_out_delists_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        feed = f"{w.blog.url}feed.xml"
        change(w, feeds=(feed,), sitemaps=(), listings=())
        assert await w.looks(2, 15) == []
        change(w, feeds=())
        assert await w.looks(4, 15) == []
        assert all(r.state.listed and r.watched for r in rows(w).values())
        change(w, feeds=(feed,))
        assert await w.looks(3, 15) == []


async def test_what_include_leaves_out_is_kept_and_comes_back(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        told = await edited_once(w)
        before = rows(w)
        change(w, include=("*/blog/old-*",))
        w.blog.asked.clear()
        assert await w.looks(4, 15) == []
        assert not any(SLUG in path for path in w.blog.asked)
        now = rows(w)
        assert now.keys() == before.keys()
        assert [k for k, r in now.items() if r.watched] == ["old-keyboards"]
        with w.ctx.store.read() as conn:
            assert len(snapshots.snapshots(conn, told.post or 0)) == 2
        # What goes meanwhile was not seen to go: nothing is told while it is left out.
        w.post("mapping-the-valley").status = 404
        w.post("mapping-the-valley").listed = False
        assert await w.looks(4, 15) == []
        change(w, include=None)
        seen = await w.looks(6, 15)
        assert kinds(seen) == [Kind.REMOVED]
        assert all(r.watched for r in rows(w).values())


async def test_a_post_under_suspicion_that_is_left_out_is_not_removed(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        assert await w.looks(2, 15) == []
        w.post(SLUG).status, w.post(SLUG).listed = 404, False
        assert await w.looks(2, 12) == []
        change(w, exclude=(f"*/{SLUG}*",))
        assert await w.looks(6, 15) == []


async def test_a_hand_picked_post_that_is_named_no_more(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5), site=NO_SOURCES) as w:
        url = f"{w.blog.origin}{w.post(SLUG).path}"
        change(w, posts=(url,), include=())
        assert await w.looks(2, 15) == []
        change(w, posts=())
        w.post(SLUG).status = 404
        assert await w.looks(4, 15) == []
        assert not rows(w)[SLUG].watched
        change(w, posts=(url,))
        w.post(SLUG).status = 200
        assert await w.looks(3, 15) == []
        assert rows(w)[SLUG].watched


async def test_what_include_lets_in_is_met_though_its_sources_stand_still(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5), site='include = ["*/blog/old-*"]') as w:
        assert await w.looks(2, 15) == []
        assert list(rows(w)) == ["old-keyboards"]
        change(w, include=None)
        assert await w.looks(2, 15) == []
        assert len(rows(w)) == 5


async def test_a_site_at_another_host_is_found_at_once(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        assert await w.looks(2, 15) == []
        w.blog.asked.clear()
        w.blog._host = "localhost"
        change(w, url=w.blog.url)
        assert await w.looks(2, 15) == []
        with w.ctx.store.read() as conn:
            [site] = sites.sites(conn)
            found = {s.url for s in sources.sources(conn, site.id)}
            hosts = [p.state.url.split(":")[1] for p in posts.posts(conn, site.id)]
        assert found and all("//localhost" in url for url in found)
        assert "/robots.txt" in w.blog.asked
        # What is at the old host keeps its history, and goes on.
        assert Counter(hosts) == {"//127.0.0.1": 5, "//localhost": 5}
        assert await w.looks(4, 15) == []


async def test_another_home_of_the_same_blog(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        assert await w.looks(2, 15) == []
        before = rows(w)
        change(w, url=f"{w.blog.origin}/")
        assert await w.looks(4, 15) == []
        assert rows(w).keys() == before.keys()


async def test_a_renamed_site_goes_on(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        told = await edited_once(w)
        w.ctx.store.write(lambda conn: sites.rename_site(conn, "corvane", "harbour"))
        change(w, name="harbour")
        assert await w.looks(3, 15) == []
        w.post(SLUG).status, w.post(SLUG).listed = 404, False
        [gone] = await w.looks(5, 15)
        assert (gone.kind, gone.site, gone.post) == (Kind.REMOVED, "harbour", told.post)
        with w.ctx.store.read() as conn:
            assert [s.name for s in sites.sites(conn)] == ["harbour"]
            assert len(events.events(conn, sites=["harbour"])) == 2
            assert events.site_now(conn, told) == "harbour"


async def test_a_name_changed_in_the_config_first_can_be_mended(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        told = await edited_once(w)
        change(w, name="harbour")
        assert await w.looks(2, 15) == []  # a baseline of its own
        w.ctx.store.write(lambda conn: sites.rename_site(conn, "corvane", "harbour"))
        assert await w.looks(3, 15) == []
        with w.ctx.store.read() as conn:
            assert [s.name for s in sites.sites(conn, watched=True)] == ["harbour"]
            assert verify(conn) == []
        assert rows(w, "harbour")[SLUG].state.post_id == told.post
