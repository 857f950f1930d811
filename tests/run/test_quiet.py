"""What is not read anew: a source whose reading hangs on more than its bytes, an article whose extractor
was mended, a home page that no reader could read."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from monitor.config import SiteConfig
from monitor.demo.blog import Reply
from monitor.model import Answer, Form, Kind, PostState, SiteFacts
from monitor.read.page import Page, read_page
from monitor.read.stretch import stretch_of
from monitor.run.look import Surroundings, look_at_page
from monitor.run.parse import ParseFailed
from monitor.run.parts import alike, stands
from monitor.run.quiet import amended_at, still_at
from monitor.run.remembered import read_control
from monitor.store import bodies, observations, sources
from monitor.store import posts as post_store
from monitor.store.rows import PostRow
from monitor.values import replace
from tests.read.test_still import BEFORE, PARAGRAPHS, URL, page
from tests.support.prose import posts
from tests.support.watching import START, watching
from tests.support.world import Manner, World

pytestmark = pytest.mark.anyio

HOME = "https://harbour.example/blog/"
SITE = SiteConfig(name="harbour", url=HOME)
LISTING = b'<html><body><script nonce="a1b2c3d4e5f6a7b8"></script><a href="/blog/a-shift">A</a></body></html>'
FRESH = LISTING.replace(b"a1b2c3d4e5f6a7b8", b"99ff00aa11bb22cc")


def answer(body: bytes, url: str = HOME, kind: str = "text/html") -> Answer:
    return Answer(
        url=HOME, at=START, status=200, final_url=url, headers=(("content-type", kind),), body=body
    )


KNOWN = (f"{HOME}a-night-shift", f"{HOME}a-day-shift")
OTHERWISE: dict[str, tuple[SiteConfig, Answer, tuple[str, ...]]] = {
    "its text": (SITE, answer(LISTING.replace(b">A<", b">B<")), KNOWN),
    "its place": (SITE, answer(LISTING, "https://quay.example/blog/"), KNOWN),
    "its type": (SITE, answer(LISTING, kind="text/html; charset=latin-1"), KNOWN),
    "what a post looks like": (SITE, answer(LISTING), (f"{HOME}2026/a-night-shift",)),
    "what is left out": (
        SiteConfig(name="harbour", url=HOME, exclude=("/blog/a-*",)),
        answer(LISTING),
        KNOWN,
    ),
}


@pytest.mark.parametrize("what", OTHERWISE)
async def test_a_listing_stands_otherwise(what: str) -> None:
    stood = stands(SITE, Form.LISTING, answer(LISTING), KNOWN)
    site, now, known = OTHERWISE[what]
    assert not alike(stands(site, Form.LISTING, now, known, stood), stood)


async def test_a_listing_stands_as_it_did() -> None:
    stood = stands(SITE, Form.LISTING, answer(LISTING), KNOWN)
    more = (*KNOWN, f"{HOME}one-more-shift")
    assert alike(stands(SITE, Form.LISTING, answer(FRESH), more, stood), stood)
    assert stands(SITE, Form.LISTING, answer(LISTING), KNOWN, stood) == stood
    assert not alike(stood, "")
    assert stands(SITE, Form.FEED, answer(FRESH)) != stands(SITE, Form.FEED, answer(LISTING))


async def test_a_listing_of_one_page_that_stands_still_holds_what_it_held(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        await w.looks(2)
        await w.look(25 * 60)
        with w.ctx.store.read() as conn:
            listing = next(s for s in sources.sources(conn, 1) if s.form is Form.LISTING)
            held = [e for e in sources.entries(conn, 1) if e.source_id == listing.id]
        assert listing.deep_at == w.clock.now
        assert {w.clock.now - e.last_at for e in held} == {timedelta(0)}


async def test_the_second_pass_over_a_new_blog_reads_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        await w.look(everything=True)
        counted = _Counts(w.ctx.parser)
        w.ctx = replace(w.ctx, parser=counted)  # type: ignore[arg-type]
        await w.look(10, everything=True)
        assert counted.times == 0


async def test_the_mark_a_server_comes_to_give_the_same_bytes_is_asked_with(
    tmp_path: Path,
) -> None:
    world = World(posts(3), Manner())
    async with watching(tmp_path, world.posts, blog=world) as w:
        await w.looks(2)
        world.manner = Manner(etags=True)
        await w.look(10, everything=True)  # answered in full, with a mark
        await w.look(10, everything=True)
        with w.ctx.store.read() as conn:
            last = [observations.observations(conn, post_id=n, limit=1)[0] for n in (1, 2, 3)]
            rows = post_store.posts(conn, 1)
    assert [o.status for o in last] == [304, 304, 304]
    assert all(row.etag for row in rows)


async def test_a_stretch_that_an_older_extractor_noted_is_not_believed() -> None:
    known = read_page(BEFORE, URL, "text/html").article
    short = stretch_of(BEFORE, replace(known, blocks=known.blocks[:1]))
    row = PostRow(PostState(post_id=1, site="harbour", url=URL), 1, "key")
    noted = replace(row, body_hash="as it was", stretch=short, article_digest="an older one's")
    moved = page(
        paragraphs=(PARAGRAPHS[0], PARAGRAPHS[1].replace("/backup", "/other"), PARAGRAPHS[2])
    )
    assert still_at(noted, BEFORE, answer(moved, URL), known) is None
    assert still_at(noted, BEFORE, answer(page(nonce="99ff00aa11bb"), URL), known) is not None


async def test_a_mark_of_before_is_brought_up_to_date() -> None:
    stood = stands(SITE, Form.LISTING, answer(LISTING), KNOWN)
    for was in (stood.partition(".")[0], stands(SITE, Form.LISTING, answer(FRESH), KNOWN)):
        now = stands(SITE, Form.LISTING, answer(LISTING), KNOWN, was)
        assert alike(now, was)
        assert now == stood


async def test_the_same_bytes_are_not_settled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stood = stands(SITE, Form.LISTING, answer(LISTING), KNOWN)
    monkeypatch.setattr("monitor.read.settled.settled_hash", lambda body: "asked")
    assert stands(SITE, Form.LISTING, answer(LISTING), KNOWN, stood) == stood
    assert stands(SITE, Form.LISTING, answer(FRESH), KNOWN, stood) != stood


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ("", False),  # the very bytes
        (FRESH.decode(), False),  # made anew, and read alike
        (LISTING.decode().replace(">A<", ">B<"), True),
    ],
)
async def test_a_home_page_is_read_anew_where_it_reads_otherwise(
    tmp_path: Path, change: str, read: bool
) -> None:
    async with watching(tmp_path, posts(1)) as w:
        site = w.ctx.config.sites[0]
        asked = _Counts(w.ctx.parser)
        ctx = replace(w.ctx, parser=asked)  # type: ignore[arg-type]
        for page in (LISTING, change.encode() or LISTING):
            found = await read_control(ctx, site, answer(page))
            assert found == read_page(page, HOME, "text/html")
    assert asked.times == 1 + read


class _Counts:
    def __init__(self, parser: Any) -> None:
        self._parser, self.times, self.ready = parser, 0, parser.ready

    async def call(self, *given: Any, **named: Any) -> Any:
        self.times += 1
        return await self._parser.call(*given, **named)


class _Fails:
    async def call(self, *_: Any, **__: Any) -> Any:
        raise ParseFailed("not read within 20 s")


async def test_a_home_page_that_cannot_be_read_is_no_html(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(1)) as w:
        site = w.ctx.config.sites[0]
        ctx = replace(w.ctx, parser=_Fails())  # type: ignore[arg-type]
        seen = await look_at_page(ctx, Surroundings(site, SiteFacts()), site.url, again=True)
    assert seen.page is not None
    assert not seen.page.is_html


async def test_noise_of_before_is_known_by_a_sketch_and_an_edit_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(posts(3), Manner(tokens=True))
    async with watching(tmp_path, world.posts, blog=world) as w:
        for _ in range(6):
            await w.look(10, everything=True)
        asked, find = list[str](), bodies.find_body

        def counted(conn: Connection, of: str) -> bytes | None:
            asked.append(of)
            return find(conn, of)

        monkeypatch.setattr(bodies, "find_body", counted)
        await w.look(10, everything=True)
        with w.ctx.store.read() as conn:
            last = [observations.observations(conn, post_id=n, limit=1)[0] for n in (1, 2, 3)]
        assert [o.rule for o in last] == ["same_text"] * 3
        assert not asked
        world.happen("edit", 0)
        told = await w.look(10, everything=True)
        assert [e.kind for e in told] == [Kind.EDITED] and asked


@pytest.mark.parametrize(
    ("kind", "rule"), [("text/html", "same_text"), ("application/json", "not_html")]
)
async def test_a_page_of_another_type_is_not_told_by_its_markup(
    tmp_path: Path, kind: str, rule: str
) -> None:
    async with watching(tmp_path, posts(1)) as w:
        await w.looks(2, 20)
        path = w.blog.posts[0].path
        page = w.blog.answer(path).body.replace("</body>", "<!-- {} --></body>")
        for kind_then, token in (("text/html", "1a"), (kind, "2b")):
            w.answer(path, Reply(body=page.replace("{}", token), kind=kind_then))
            await w.look(10, everything=True)
        with w.ctx.store.read() as conn:
            assert observations.observations(conn, post_id=1, limit=1)[0].rule == rule


async def test_both_looks_at_an_edit_that_is_read_off_the_bytes_are_one_stretch_with_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[bool]()

    def noted(*args: Any) -> Page | None:
        read.append((found := amended_at(*args)) is not None)
        return found

    monkeypatch.setattr("monitor.run.look.amended_at", noted)
    async with watching(tmp_path, posts(3)) as w:
        await w.looks(2, 20)
        post = w.blog.posts[0]
        post.paragraphs[0] += " That is what the harbour office said on the telephone, twice."
        assert [e.kind for e in await w.look(20, everything=True)] == [Kind.EDITED]
        served = w.blog.answer(post.path).body.encode()
        assert read == [True]
        with w.ctx.store.read() as conn:
            last = observations.observations(conn, post_id=1, limit=2)
            assert [(o.looks, o.body_hash) for o in last[:1]] == [(2, sha256(served).hexdigest())]
            assert last[1].body_hash != last[0].body_hash
            assert bodies.body(conn, last[0].body_hash) == served
