"""A whole blog at new addresses, and many posts gone at once: one story, under the shipped defaults.

Most of the posts are old, so that they are not due when it happens; the clock is simulated.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import BlogPost, Reply
from monitor.model import Event, Kind
from tests.support.prose import fresh, many
from tests.support.watching import Watch, watching

WAIT = timedelta(minutes=160)  # eight times `min_missing`


def of(kind: Kind, events: list[Event]) -> list[Event]:
    return [e for e in events if e.kind is kind]


async def settle(w: Watch) -> None:
    """Enough passes that the baseline is complete and old posts are long not due."""
    await w.looks(3)
    await w.look(60)


def rebuild(w: Watch, gone: list[BlogPost], changed: list[BlogPost], *, redirects: bool) -> None:
    """Every post gets a new slug but for those that are dropped; some lose a sentence on the way."""
    old = {}
    for post in w.blog.posts:
        if post in gone:
            post.status, post.listed = 404, False
            continue
        path, post.slug = post.path, f"stories-{post.slug}"
        old[path] = post.path
        if post in changed:
            post.paragraphs[0] = post.paragraphs[0].partition(". ")[2]

    def answer(path: str) -> Reply | None:
        if path not in old:
            return None
        return (
            Reply(301, "", headers={"Location": old[path]}) if redirects else w.blog._missing(404)
        )

    w.blog.override = answer


@pytest.mark.parametrize("redirects", [True, False])
async def test_a_blog_rebuilt_at_new_addresses_is_one_story(
    tmp_path: Path, redirects: bool
) -> None:
    async with watching(tmp_path, many(24)) as w:
        await settle(w)
        before = w.clock.now
        urls = {p.slug: w.blog.origin + p.path for p in w.blog.posts}
        gone, changed = w.blog.posts[8:20:5], w.blog.posts[7:24:5]
        rebuild(w, gone, changed, redirects=redirects)
        told = await w.looks(21)
        moved, removed = of(Kind.MOVED, told), of(Kind.REMOVED, told)
        assert len(moved) == 21
        assert {e.url for e in removed} == {urls[p.slug] for p in gone}
        edited = of(Kind.EDITED, told)
        assert {e.url for e in edited} == {w.blog.origin + p.path for p in changed}
        assert len(told) == 21 + 3 + 4
        assert len({e.batch for e in told}) == 1
        assert moved[0].batch
        for event in removed:
            assert event.first_missing_at is not None
            assert event.detected_at - event.first_missing_at >= WAIT
            assert event.first_missing_at - before <= timedelta(minutes=30)
        assert await w.looks(2, 60) == []


async def test_twenty_gone_at_once_are_one_batch_though_still_listed(tmp_path: Path) -> None:
    """No source says so and hardly one of them is due: the first few bring the others to light."""
    async with watching(tmp_path, many(24)) as w:
        await settle(w)
        for post in w.blog.posts[2:22]:
            post.status = 404
        told = await w.looks(36, 20)
        assert [e.kind for e in told] == [Kind.REMOVED] * 20
        assert len({e.batch for e in told}) == 1
        assert told[0].batch
        spread = [e.first_missing_at for e in told if e.first_missing_at is not None]
        assert max(spread) - min(spread) <= timedelta(hours=1)


async def test_posts_that_go_one_by_one_join_a_batch_that_is_not_told_yet(tmp_path: Path) -> None:
    async with watching(tmp_path, many(10, timedelta(hours=8))) as w:
        await settle(w)
        told = []
        for post in w.blog.posts[2:9]:
            post.status, post.listed = 404, False
            told += await w.look(4)
        told += await w.looks(20)
        assert [e.kind for e in told] == [Kind.REMOVED] * 7
        assert len({e.batch for e in told}) == 1
        assert told[0].batch


@pytest.mark.parametrize("how", ["we slept", "the site was down"])
async def test_posts_found_missing_after_we_were_blind_share_no_batch(
    tmp_path: Path, how: str
) -> None:
    async with watching(tmp_path, many(12, timedelta(hours=8))) as w:
        await settle(w)
        seen = w.clock.now
        if how == "we slept":
            w.clock.now += timedelta(hours=9)
        else:
            w.answer_all(Reply(503, "down for the night"))
            await w.looks(9, 60)
            w.blog.override = lambda path: None
        for post in w.blog.posts[3:9]:
            post.status, post.listed = 404, False
        told = [e for e in await w.looks(20) if e.kind is not Kind.SITE_RECOVERED]
        assert [e.kind for e in told] == [Kind.REMOVED] * 6
        assert {e.batch for e in told} == {None}
        for event in told:
            assert event.last_seen_at is not None and event.first_missing_at is not None
            assert event.last_seen_at <= seen
            assert event.first_missing_at - event.last_seen_at >= timedelta(hours=8)


async def test_what_vanished_for_one_look_leaves_no_batch_behind(tmp_path: Path) -> None:
    async with watching(tmp_path, many(12, timedelta(hours=8))) as w:
        await settle(w)
        for post in w.blog.posts[2:10]:
            post.status = 404
        assert await w.look(15) == []
        for post in w.blog.posts[2:10]:
            post.status = 200
        assert await w.looks(6) == []
        w.blog.posts[3].status, w.blog.posts[3].listed = 404, False
        told = await w.looks(6)
        assert [(e.kind, e.batch) for e in told] == [(Kind.REMOVED, None)]


async def test_a_new_article_at_the_slug_of_one_that_moved_is_a_post(tmp_path: Path) -> None:
    async with watching(tmp_path, many(12, timedelta(hours=8))) as w:
        await settle(w)
        post = w.blog.posts[3]
        slug, old = post.slug, post.path
        post.slug = "a-better-name"
        w.answer(old, Reply(301, "", headers={"Location": post.path}))
        moved = await w.looks(4)
        assert [e.kind for e in moved] == [Kind.MOVED]
        w.blog.override = lambda path: None
        second = fresh()
        second.slug = slug
        w.blog.posts.append(second)
        told = await w.looks(4, 15)
        assert [(e.kind, e.url) for e in told] == [(Kind.PUBLISHED, w.blog.origin + old)]
        new = told[0].post
        assert new != moved[0].post
        second.status, second.listed = 404, False
        told = await w.looks(6)
        assert [(e.kind, e.post) for e in told] == [(Kind.REMOVED, new)]
        post.paragraphs[0] += " It was repainted."
        told = await w.looks(3, 15)
        assert [(e.kind, e.post) for e in told] == [(Kind.EDITED, moved[0].post)]
