"""An edit leaves its post without a fingerprint, and a moved post is found by it all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from monitor.model import Kind
from monitor.read.alike import fingerprint
from monitor.store import posts as post_store
from monitor.store import snapshots, tables
from monitor.values import replace
from tests.support.prose import fresh, posts
from tests.support.watching import Watch, watching

MORE = (
    "None of what stood here before holds any more, and the board has asked that it be said so plainly, in "
    "this place and at this length, before anybody reads on and orders by a list that is not the list.",
    "Orders that were placed in the past week are honoured at the older terms until the last day of June, "
    "and at no terms at all from then on; whoever ordered by telephone is asked to order by letter.",
)


def prints(w: Watch) -> dict[str, int | None]:
    """Each post's kept fingerprint by the end of its address."""
    with w.ctx.store.read() as conn:
        return {
            p.state.url.rstrip("/").rpartition("/")[2]: p.fingerprint
            for p in post_store.posts(conn, 1)
        }


AT_ONCE = '[removal]\nconfirmations = 1\nmin_missing = "0s"\n'


@pytest.mark.parametrize("more", ["", AT_ONCE], ids=["confirmed", "at once"])
async def test_a_post_that_moves_after_it_was_edited_is_found(tmp_path: Path, more: str) -> None:
    """It was met at its new address while the old one still answered, and both were edited since."""
    async with watching(tmp_path, posts(5), more) as w:
        await w.look()
        old = w.blog.posts[1]
        assert None not in prints(w).values()
        copy = replace(old, slug="where-it-goes", paragraphs=list(old.paragraphs))
        w.blog.posts.insert(0, copy)
        assert [e.kind for e in await w.looks(3, 15)] == [Kind.PUBLISHED]
        for one in (old, copy):
            one.paragraphs += MORE
        assert [e.kind for e in await w.looks(3, 15)] == [Kind.EDITED, Kind.EDITED]
        without = {slug for slug, found in prints(w).items() if found is None}
        assert without == {old.slug, copy.slug}
        old.status, old.listed = 404, False
        told = await w.looks(5)
        assert [e.kind for e in told] == [Kind.MOVED]
        assert told[0].moved_to == w.blog.origin + copy.path
        with w.ctx.store.read() as conn:
            for row in post_store.posts(conn, 1):
                assert row.state.snapshot is not None
                article = snapshots.article(conn, row.state.snapshot)
                assert article is not None and row.fingerprint == fingerprint(article)


async def test_a_new_post_has_all_worked_out_for_good(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(5)) as w:
        await w.look()
        w.blog.posts[2].paragraphs += MORE
        assert [e.kind for e in await w.looks(3, 15)] == [Kind.EDITED]
        assert None in prints(w).values()
        w.blog.posts.insert(0, fresh())
        assert [e.kind for e in await w.looks(2, 15)] == [Kind.PUBLISHED]
        assert None not in prints(w).values()


@pytest.mark.parametrize("kept", [False, True], ids=["gone", "damaged"])
async def test_an_article_that_cannot_be_read_stops_no_site(tmp_path: Path, *, kept: bool) -> None:
    """Another post is gone, and one is new: both are told."""
    async with watching(tmp_path, posts(5)) as w:
        await w.look()
        w.blog.posts[2].paragraphs += MORE
        assert [e.kind for e in await w.looks(3, 15)] == [Kind.EDITED]
        with w.ctx.store.read() as conn:
            hurt = next(p for p in post_store.posts(conn, 1) if p.fingerprint is None)
        of = tables.articles.c.snapshot_id == hurt.state.snapshot
        statement = (
            update(tables.articles).where(of).values(data=b"1234")
            if kept
            else delete(tables.articles).where(of)
        )
        w.ctx.store.write(lambda conn: conn.execute(statement).close())
        w.blog.posts[4].status, w.blog.posts[4].listed = 404, False
        w.blog.posts.insert(0, fresh())
        told = await w.looks(5, 15)
        assert sorted(e.kind for e in told) == [Kind.PUBLISHED, Kind.REMOVED]
        assert prints(w)[w.blog.posts[3].slug] is None
