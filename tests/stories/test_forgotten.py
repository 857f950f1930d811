"""A post is erased: no file of the database has a word of it, and nothing brings it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import load
from monitor.demo.blog import Reply
from monitor.model import Kind, PostState
from monitor.notify import option_types
from monitor.store import bodies, events, posts
from monitor.store.bodies import unpacked
from monitor.store.forget import forget_post, forgotten
from monitor.store.scrub import scrub
from monitor.store.verify import verify
from monitor.values import replace
from tests.support.prose import posts as prose
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"
TITLE = "Quillfeather at the Ministry"
WORDS = "Our Quillfeather pens were sold to the ministry, and nobody here was asked about it."


def secret_post(w: Watch) -> None:
    post = w.post(SLUG)
    post.title = TITLE
    post.paragraphs.insert(0, WORDS)


def state(w: Watch) -> PostState:
    with w.ctx.store.read() as conn:
        [found] = [
            p.state
            for p in posts.posts(conn, 1)
            if SLUG in (p.state.url + " ".join(p.state.aliases))
        ]
    return found


def erase(w: Watch) -> int:
    number = state(w).post_id
    w.ctx.store.write(lambda conn: forget_post(conn, number, w.clock()))
    scrub(w.ctx.store)
    return number


def texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file beside the database, raw, and every value in it, unpacked where it is packed."""
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes()
    with closing(sqlite3.connect(f"file:{folder / 'postwatch.db'}?mode=ro", uri=True)) as conn:
        tables = [n for (n,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            for row in conn.execute(f"SELECT * FROM {table}"):
                for value in row:
                    if isinstance(value, bytes):
                        yield table, value
                        try:
                            yield table, unpacked(value)
                        except ValueError:
                            pass
                    elif isinstance(value, str):
                        yield table, value.encode()


def says_nothing(w: Watch, folder: Path) -> None:
    for where, data in texts(folder):
        for word in (b"quillfeather", b"sold to the ministry"):
            assert word not in data.lower(), (where, word)
    with w.ctx.store.read() as conn:
        for digest in conn.exec_driver_sql("SELECT hash FROM bodies").scalars().all():
            assert b"quillfeather" not in bodies.body(conn, digest).lower()
        assert verify(conn) == []


async def test_no_word_of_it_is_left_and_the_chain_holds(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        secret_post(w)
        assert await w.looks(2, 15) == []
        w.post(SLUG).paragraphs[1] += " Quillfeather was not for sale."
        assert [e.kind for e in await w.looks(2, 15)] == [Kind.EDITED]
        w.post(SLUG).status = 404  # the home page and the feed still show its headline
        assert [e.kind for e in await w.looks(5, 15)] == [Kind.REMOVED]
        with w.ctx.store.read() as conn:
            before = events.head(conn)
        number = erase(w)
        says_nothing(w, tmp_path)
        with w.ctx.store.read() as conn:
            assert events.head(conn) == before
            assert all(events.is_stub(e) for e in events.events(conn, post_id=number))
        # It comes back, and all that lists it still does: it is never asked for again.
        w.post(SLUG).status = 200
        w.blog.asked.clear()
        assert await w.looks(3, 60 * 24) == []
        await w.look(15, everything=True)
        assert [p for p in w.blog.asked if SLUG in p] == []
        assert len(w.blog.asked) > 10
        says_nothing(w, tmp_path)


async def test_what_was_learned_where_every_page_shows_its_headline(tmp_path: Path) -> None:
    """A list of the latest posts, on posts and on the page of a wrong address; the home page is written
    anew without it, and is then kept as what differs from the one that had it."""
    async with watching(tmp_path, prose(6)) as w:
        secret_post(w)
        path = w.post(SLUG).path
        latest = f'<aside><h3>Latest</h3><p><a class="x" href="{path}">{TITLE}</a></p><p>{WORDS}</p></aside>'

        def shown(asked: str) -> Reply | None:
            w.blog.override = lambda _: None
            reply = w.blog.answer(asked)
            w.blog.override = shown
            if "html" in reply.kind and asked != path:
                reply.body = reply.body.replace("</body>", f"{latest}</body>")
            return reply

        w.blog.override = shown
        assert await w.looks(3, 15) == []
        w.post(SLUG).status, w.post(SLUG).listed = 404, False
        latest = ""
        assert [e.kind for e in await w.looks(6, 15)] == [Kind.REMOVED]
        assert "quillfeather" in facts(w)
        erase(w)
        assert "quillfeather" not in facts(w)
        assert {where for where, _ in said(w)} <= {"post"}
        # It is back, and every page shows it again.
        w.post(SLUG).status = 200
        latest = f'<aside><h3>Latest</h3><p><a class="x" href="{path}/">{TITLE}</a></p></aside>'
        assert await w.looks(4, 60 * 24) == []
        assert "quillfeather" not in facts(w)
        assert {where for where, _ in said(w)} <= {"post"}


def facts(w: Watch) -> str:
    with w.ctx.store.read() as conn:
        [row] = conn.exec_driver_sql("SELECT facts FROM sites").scalars().all()
    return str(row).casefold()


def said(w: Watch) -> set[tuple[str, str]]:
    """(role, hash) of all bytes that say its name; of no role those that nothing names."""
    found = set()
    with w.ctx.store.read() as conn:
        for digest in conn.exec_driver_sql("SELECT hash FROM bodies").scalars().all():
            if b"quillfeather" in bodies.body(conn, digest).lower():
                looks = "SELECT role FROM observations WHERE first_body = ? OR last_body = ?"
                copies = "SELECT 'post' FROM snapshots WHERE body_hash = ? OR latest_body_hash = ?"
                both = [conn.exec_driver_sql(q, (digest, digest)) for q in (looks, copies)]
                found |= {(r, digest) for q in both for r in (q.scalars().all())} or {("", digest)}
        return found


async def test_other_names_and_sites_bring_it_back_no_more(tmp_path: Path) -> None:
    second = '[[site]]\nname = "again"\nurl = "{url}"'
    async with watching(tmp_path, prose(5)) as w:
        secret_post(w)
        post = w.post(SLUG)
        old = post.path
        assert await w.looks(2, 15) == []
        # It moves; then it is known by two addresses.
        post.slug = "another-address"
        w.answer(old, Reply(301, "", headers={"Location": post.path}))
        assert [e.kind for e in await w.looks(5, 15)] == [Kind.MOVED]
        erase(w)
        says_nothing(w, tmp_path)
        w.blog.asked.clear()
        assert await w.looks(3, 60 * 24) == []
        w.blog.override = lambda _: None
        post.slug = SLUG
        assert await w.looks(3, 60 * 24) == []
        assert [p for p in w.blog.asked if SLUG in p or "another-address" in p] == []
        says_nothing(w, tmp_path)
        # Another site of the config that has the same blog is barred as well.
        path = tmp_path / "postwatch.toml"
        path.write_text(path.read_text() + second.format(url=w.blog.url))
        w.ctx = replace(w.ctx, config=load(path, option_types()))
        assert await w.looks(2, 15) == []
        assert [p for p in w.blog.asked if SLUG in p or "another-address" in p] == []
        assert sum(p.startswith("/blog/") for p in w.blog.asked) > 8
        says_nothing(w, tmp_path)


async def test_an_address_that_leads_there_is_not_kept(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        secret_post(w)
        assert await w.looks(2, 15) == []
        erase(w)
        # A new address, listed as a post, that redirects to it.
        short = replace(w.post(SLUG), slug="short", date=w.post(SLUG).date + timedelta(hours=3))
        w.blog.posts.append(short)
        w.answer(short.path, Reply(302, "", headers={"Location": w.post(SLUG).path}))
        assert await w.looks(2, 15) == []
        w.blog.asked.clear()
        assert await w.looks(2, 60 * 24) == []
        assert short.path not in w.blog.asked
        with w.ctx.store.read() as conn:
            assert len(forgotten(conn)) == 1
        scrub(w.ctx.store)  # the feed had given the new address its headline for a moment
        says_nothing(w, tmp_path)
