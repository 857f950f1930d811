"""A change of `content` or `ignore` in the config is a change of ours: nothing is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demo.blog import Blog, Reply
from monitor.model import Kind
from monitor.run.messages import story_of
from monitor.store import snapshots
from monitor.store.verify import verify
from monitor.values import replace
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"
SAID = "<p class='stamp'>Today we are proud to say that {n} people have read this text of ours.</p>"


def stamped(w: Watch, said: str) -> None:
    """One post with a line of its own amid its text."""
    post = w.post(SLUG)

    def answer(path: str) -> Reply | None:
        if path != post.path:
            return None
        page = Blog._post(w.blog, post)
        return Reply(body=page.body.replace("</p>\n<p>", f"</p>\n{said}<p>", 1))

    w.blog.override = answer


def ignoring(w: Watch, *selectors: str) -> None:
    site = replace(w.ctx.config.sites[0], ignore=selectors)
    config = replace(w.ctx.config, sites=(site,))
    w.ctx = replace(w.ctx, config=config)


async def test_a_new_rule_is_no_edit_and_nor_is_its_end(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        stamped(w, SAID.format(n="twelve"))
        assert await w.looks(2, 20) == []
        stamped(w, SAID.format(n="eighty thousand"))
        [told] = await w.looks(2, 20)
        assert told.kind is Kind.EDITED
        ignoring(w, ".stamp")
        assert await w.looks(2, 20) == []
        stamped(w, SAID.format(n="a million or two"))
        assert await w.looks(2, 20) == []
        ignoring(w)
        assert await w.looks(2, 20) == []
        stamped(w, SAID.format(n="all of the"))
        [told] = await w.looks(2, 20)
        assert told.kind is Kind.EDITED


async def test_an_edit_after_a_new_rule_holds_nothing_of_the_rule(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        stamped(w, SAID.format(n="twelve"))
        assert await w.looks(2, 20) == []
        ignoring(w, ".stamp")
        w.post(SLUG).paragraphs[1] = w.post(SLUG).paragraphs[1].replace("19", "29")
        [told] = await w.looks(2, 20)
        assert (told.words_added, told.words_removed) == (1, 1)
        with w.ctx.store.read() as conn:
            assert verify(conn) == []
            change = story_of(conn, told).diff
            versions = snapshots.snapshots(conn, told.post or 0)
            assert change is not None and (change.words_added, change.words_removed) == (1, 1)
            # The page as it was is there twice: as it was read then, and as the rule has it read.
            assert [v.number for v in versions] == [1, 2, 3]
            assert versions[0].latest_body_hash == versions[1].body_hash
            assert told.snapshot_before == versions[1].id
            assert told.snapshot_after == versions[2].id
        w.post(SLUG).paragraphs[1] = w.post(SLUG).paragraphs[1].replace("29", "39")
        [told] = await w.looks(2, 20)
        with w.ctx.store.read() as conn:
            assert len(snapshots.snapshots(conn, told.post or 0)) == 4


async def test_a_rule_that_names_words_amid_a_sentence_hides_no_edit_of_it(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(), site='ignore = [".read"]') as w:
        post = w.post(SLUG)
        first = post.paragraphs[1]

        def read(n: int, text: str) -> None:
            post.paragraphs[1] = f"Read by ~{n}~ people. {text}"

        def answer(path: str) -> Reply | None:
            if path != post.path:
                return None
            page = Blog._post(w.blog, post)
            head, n, tail = page.body.split("~", 2)
            return Reply(body=f"{head}<b class='read'>{n} happy</b>{tail}")

        w.blog.override = answer
        for n in (17, 4021, 5000):
            read(n, first)
            assert await w.looks(2, 20) == []
        read(6000, first.replace("19", "29"))
        [told] = await w.looks(2, 20)
        assert (told.words_added, told.words_removed) == (1, 1)
