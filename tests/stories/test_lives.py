"""Posts' lives through whole passes, with the shipped defaults under a simulated clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.decide.evidence import robots_named
from monitor.demo.blog import Reply
from monitor.model import Event, Kind, Reason, Role, Seen
from monitor.read.urls import canonical_key
from monitor.store import answers, bodies, observations, queue, snapshots
from monitor.store import posts as post_store
from monitor.store.chain_faults import verify_chain
from tests.support.prose import fresh, posts
from tests.support.watching import START, Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with watching(tmp_path, posts()) as w:
        assert await w.look() == []
        assert await w.look(15) == []
        yield w


def kinds(events: list[Event]) -> list[Kind]:
    return [e.kind for e in events]


async def test_removed_after_three_looks_and_back_shorter(watch: Watch) -> None:
    post = watch.post(SLUG)
    post.status, post.listed = 404, False
    told = await watch.looks(6)
    assert kinds(told) == [Kind.REMOVED]
    event = told[0]
    assert event.reason is Reason.NOT_FOUND
    assert event.url == watch.blog.origin + post.path
    # It left its sources, so it was looked at in the same pass; three looks ten minutes apart.
    assert event.detected_at - (event.first_missing_at or START) >= timedelta(minutes=20)
    assert event.last_seen_at is not None
    assert event.first_missing_at is not None
    assert event.last_seen_at < event.first_missing_at
    assert any("made-up" in line for line in event.evidence)
    assert any("home page answered 200" in line for line in event.evidence)
    assert any("sibling post answered 200" in line for line in event.evidence)

    post.status, post.listed = 200, True
    del post.paragraphs[1]
    back = await watch.looks(3, 15)
    assert kinds(back) == [Kind.REINSTATED]
    assert back[0].removed_event == event.id
    assert back[0].silent is True
    assert back[0].words_removed > 20
    assert back[0].snapshot_before == event.snapshot_before
    least, most = back[0].absent_for or (0, 0)
    assert 0 < least <= most


async def test_one_bad_look_is_no_removal(watch: Watch) -> None:
    post = watch.post(SLUG)
    for _ in range(4):
        post.status = 404
        assert await watch.look(15) == []
        post.status = 200
        assert await watch.look(10) == []


async def test_an_edit_is_told_once_with_its_words(watch: Watch) -> None:
    post = watch.post(SLUG)
    post.paragraphs[1] = post.paragraphs[1].replace("19 euros", "29 euros")
    told = await watch.looks(4, 15)
    assert kinds(told) == [Kind.EDITED]
    assert told[0].fields == ("text",)
    assert (told[0].words_removed, told[0].words_added) == (1, 1)
    assert told[0].silent is True
    assert told[0].snapshot_after != told[0].snapshot_before
    # and back again: an edit as well
    post.paragraphs[1] = post.paragraphs[1].replace("29 euros", "19 euros")
    back = await watch.looks(4, 15)
    assert kinds(back) == [Kind.EDITED]
    assert back[0].snapshot_after == told[0].snapshot_before


async def test_an_announced_edit(watch: Watch) -> None:
    post = watch.post(SLUG)
    post.paragraphs[1] = post.paragraphs[1].replace("240", "260")
    post.note = (
        "Correction, 2 June 2026: the largest price was given wrongly in an earlier version."
    )
    told = await watch.looks(2, 15)
    assert kinds(told) == [Kind.EDITED]
    assert told[0].silent is False


async def test_headline_and_byline(watch: Watch) -> None:
    watch.post(SLUG).title = "Prices, explained"
    watch.post("old-keyboards").author = "The cellar team"
    told = await watch.looks(2, 15)
    assert {e.fields for e in told} == {("title",), ("author",)}


async def test_a_text_seen_once_only_is_not_told(watch: Watch) -> None:
    post, texts = watch.post(SLUG), iter(range(100))

    def answer(path: str) -> Reply | None:
        if path != post.path:
            return None
        watch.blog.override = lambda _: None
        changed = watch.blog.answer(path)
        watch.blog.override = answer
        changed.body = changed.body.replace("forty pages", f"forty pages and {next(texts)} more")
        return changed

    watch.blog.override = answer
    assert await watch.looks(3, 15) == []


async def test_a_post_saved_twice_within_a_pass_is_told(watch: Watch) -> None:
    post, prices = watch.post(SLUG), iter(["29 euros", "39 euros"])

    def answer(path: str) -> Reply | None:
        if path == post.path and (price := next(prices, "")):
            post.paragraphs[1] = (
                post.paragraphs[1].replace("19 euros", price).replace("29 euros", price)
            )
        return None

    watch.blog.override = answer
    told = await watch.looks(3, 15)
    assert kinds(told) == [Kind.EDITED]
    assert (told[0].words_removed, told[0].words_added) == (1, 1)


async def test_published_after_the_baseline_only(watch: Watch) -> None:
    watch.blog.posts.append(fresh())
    told = await watch.looks(3, 15)
    assert kinds(told) == [Kind.PUBLISHED]
    assert told[0].title == "A new crane for the yard"
    assert told[0].published_at is not None
    assert told[0].published_at.startswith("2026-06-01")


async def test_an_outage_keeps_every_state(watch: Watch) -> None:
    watch.answer_all(Reply(503, "<h1>Service unavailable</h1>"))
    out = await watch.looks(8)
    assert kinds(out) == [Kind.SITE_UNREACHABLE]
    assert out[0].reason is Reason.DOWN
    watch.answer_all(None)
    back = await watch.looks(3)
    assert kinds(back) == [Kind.SITE_RECOVERED]


async def test_a_short_outage_is_not_told(watch: Watch) -> None:
    watch.answer_all(Reply(503, "<h1>Service unavailable</h1>"))
    assert await watch.looks(2) == []
    watch.answer_all(None)
    assert await watch.looks(3) == []


async def test_every_url_a_404_is_an_outage(watch: Watch) -> None:
    watch.answer_all(Reply(404, "<h1>Not found</h1>"))
    out = await watch.looks(8)
    assert kinds(out) == [Kind.SITE_UNREACHABLE]


async def test_a_bot_wall_blocks_and_removes_nothing(watch: Watch) -> None:
    wall = Reply(
        403,
        "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
        headers={"cf-mitigated": "challenge", "server": "cloudflare"},
    )
    watch.answer_all(wall)
    out = await watch.looks(8)
    assert kinds(out) == [Kind.SITE_UNREACHABLE]
    assert out[0].reason is Reason.BLOCKED


async def test_robots_that_begin_to_forbid(watch: Watch) -> None:
    old = "User-agent: *\nDisallow: /tmp/\n"
    watch.answer("/robots.txt", Reply(body=old, kind="text/plain"))
    assert await watch.looks(7) == []
    new = "User-agent: *\nDisallow: /tmp/\nDisallow: /blog/\n"
    watch.answer("/robots.txt", Reply(body=new, kind="text/plain"))
    out = await watch.looks(12)
    assert kinds(out) == [Kind.SITE_UNREACHABLE]
    assert out[0].reason is Reason.DISALLOWED
    asked = len(watch.blog.asked)
    assert await watch.look(10) == []
    assert all(p == "/robots.txt" for p in watch.blog.asked[asked:])
    # Which lines, which posts, and both texts, kept through the daily sweep.
    assert "it says “Disallow: /blog/”" in out[0].evidence
    many = len(watch.blog.posts)
    assert f"it hides {many} of {many} posts, which keep their state" in out[0].evidence
    hidden = [line for line in out[0].evidence if line.startswith("hidden: ")]
    assert f"hidden: {watch.blog.origin}{watch.post(SLUG).path}" in hidden
    assert [x.role for x in out[0].looks] == [Role.ROBOTS]
    newer = "User-agent: *\nDisallow: /\n"
    watch.answer("/robots.txt", Reply(body=newer, kind="text/plain"))
    assert await watch.looks(26, 60) == []
    with watch.ctx.store.read() as conn:
        kept = {k: bodies.body(conn, v) for k, v in robots_named(out[0]).items()}
    assert kept == {"before": old.encode(), "now": new.encode()}
    watch.answer("/robots.txt", Reply(body=old, kind="text/plain"))
    assert kinds(await watch.looks(7)) == [Kind.SITE_RECOVERED]


async def test_robots_that_forbid_most_posts_but_not_the_home_page(watch: Watch) -> None:
    paths = [p.path for p in watch.blog.posts[1:]]
    text = "User-agent: *\n" + "".join(f"Disallow: {p}\n" for p in paths)
    watch.answer("/robots.txt", Reply(body=text, kind="text/plain"))
    out = await watch.looks(12)
    assert kinds(out) == [Kind.SITE_UNREACHABLE]
    assert out[0].reason is Reason.DISALLOWED
    n = len(paths)
    assert f"it hides {n} of {n + 1} posts, which keep their state" in out[0].evidence
    assert set(robots_named(out[0])) == {"before", "now"}


async def test_robots_that_cannot_be_read_in_an_outage_forbid_nothing(watch: Watch) -> None:
    watch.answer("/robots.txt", Reply(body="User-agent: *\nDisallow: /x/\n", kind="text/plain"))
    assert await watch.looks(7) == []
    watch.answer_all(Reply(503, "<h1>Service unavailable</h1>"))
    out = await watch.looks(12)
    assert kinds(out) == [Kind.SITE_UNREACHABLE]
    assert out[0].reason is Reason.DOWN


async def test_moved_with_a_redirect(watch: Watch) -> None:
    post = watch.post(SLUG)
    old, post.slug = post.path, "prices-on-one-page"
    watch.answer(old, Reply(301, "", headers={"Location": post.path}))
    told = await watch.looks(5)
    assert kinds(told) == [Kind.MOVED]
    assert told[0].moved_to == watch.blog.origin + post.path
    assert told[0].url == watch.blog.origin + old
    # it stays one post: the next change is told of the new address
    post.paragraphs[0] += " They no longer do."
    after = await watch.looks(3, 15)
    assert kinds(after) == [Kind.EDITED]
    assert (after[0].post, after[0].url) == (told[0].post, told[0].moved_to)


async def test_moved_without_a_redirect(watch: Watch) -> None:
    watch.post(SLUG).slug = "prices-on-one-page"
    told = await watch.looks(5)
    assert kinds(told) == [Kind.MOVED]
    assert told[0].moved_to == watch.blog.origin + "/blog/prices-on-one-page/"


async def test_back_elsewhere_after_a_removal(watch: Watch) -> None:
    post = watch.post(SLUG)
    post.status, post.listed = 404, False
    assert kinds(await watch.looks(4)) == [Kind.REMOVED]
    post.status, post.listed, post.slug = 200, True, "prices-again"
    told = await watch.looks(3, 15)
    assert kinds(told) == [Kind.MOVED]


async def test_delisted_and_relisted(watch: Watch) -> None:
    watch.post(SLUG).listed = False
    assert kinds(await watch.looks(4, 15)) == [Kind.DELISTED]
    watch.post(SLUG).listed = True
    assert kinds(await watch.looks(3, 15)) == [Kind.RELISTED]


async def test_a_broken_feed_is_told_and_delists_nobody(watch: Watch) -> None:
    watch.answer("/blog/feed.xml", Reply(200, "<p>Fatal error: out of memory</p>"))
    out = await watch.looks(5, 15)
    assert kinds(out) == [Kind.SOURCE_BROKEN]
    watch.blog.override = lambda _: None
    assert kinds(await watch.looks(2, 15)) == [Kind.SOURCE_RECOVERED]


async def test_an_error_page_sent_as_200(watch: Watch) -> None:
    missing = watch.blog.answer("/blog/no-such-post/")
    watch.answer(watch.post(SLUG).path, Reply(200, missing.body))
    told = await watch.looks(5)
    assert kinds(told) == [Kind.REMOVED]
    assert told[0].reason is Reason.SOFT_404


async def test_many_at_once_share_a_batch_and_wait_longer(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(6)) as w:
        await w.looks(2)
        for post in w.blog.posts[1:]:
            post.status, post.listed = 404, False
        assert await w.looks(16) == []  # eight times twenty minutes
        told = await w.looks(4)
        assert kinds(told) == [Kind.REMOVED] * 5
        assert len({e.batch for e in told}) == 1
        assert told[0].batch


async def test_every_event_has_its_alerts_and_the_chain_holds(tmp_path: Path) -> None:
    channel = """[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:9"
from = "postwatch@a.example"
to = ["one@a.example", "two@a.example"]
"""
    async with watching(tmp_path, posts(), more=channel) as w:
        await w.look()
        w.post(SLUG).paragraphs[0] += " Now we can."
        w.blog.posts.append(fresh())
        told = await w.looks(2, 15)
        assert sorted(kinds(told)) == [Kind.EDITED, Kind.PUBLISHED]
        with w.ctx.store.read() as conn:
            assert verify_chain(conn) == []
            for event in told:
                rows = queue.alerts(conn, event_id=event.id)
                wanted = {"one@a.example", "two@a.example"} if event.kind is Kind.EDITED else set()
                assert {a.recipient for a in rows} == wanted


async def test_pages_that_stand_still_are_not_kept_twice(watch: Watch) -> None:
    await watch.looks(6, 15)
    with watch.ctx.store.read() as conn:
        for row in post_store.posts(conn, 1):
            versions = snapshots.snapshots(conn, row.state.post_id)
            assert len(versions) == 1
            assert versions[0].looks >= 4


async def test_a_miss_in_an_outage_is_kept_and_says_why_it_did_not_count(watch: Watch) -> None:
    watch.answer_all(Reply(404, "<h1>Not found</h1>"))
    await watch.looks(3)
    watch.answer_all(None)
    assert await watch.looks(2) == []
    watch.post(SLUG).status = 404
    await watch.looks(2)
    with watch.ctx.store.read() as conn:
        (row,) = post_store.find_post(
            conn, canonical_key(watch.blog.origin + watch.post(SLUG).path)
        )
        looks = observations.observations(conn, post_id=row.state.post_id)
        said = [(o.seen, o.uncounted) for o in reversed(looks)]
        beside = answers.beside(conn, looks[0])
    assert (Seen.MISSING, "down") in said
    assert said[-1] == (Seen.MISSING, "")
    assert row.state.misses == looks[0].looks
    assert {o.role for o in beside} == {Role.ROBOTS, Role.HOME, Role.MADE_UP}
    assert all(o.last_at >= looks[0].first_at - timedelta(minutes=5) for o in beside)


async def test_blind_time_never_hides_within_a_stretch(watch: Watch) -> None:
    await watch.looks(4, 15)
    await watch.look(3 * 24 * 60)  # nobody ran it for three days
    await watch.looks(2, 15)
    with watch.ctx.store.read() as conn:
        (row,) = post_store.find_post(
            conn, canonical_key(watch.blog.origin + watch.post(SLUG).path)
        )
        new, old = observations.observations(conn, post_id=row.state.post_id)[:2]
    assert new.first_at - old.last_at >= timedelta(days=2, hours=23)
    assert (new.seen, new.rule) == (old.seen, old.rule)
    assert new.looks >= 2
