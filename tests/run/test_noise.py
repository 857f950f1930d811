"""What comes to every post, or changes on every look, is told of none; an edit in its midst is told."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import Blog, Reply
from monitor.model import Kind
from monitor.values import replace
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

BOX = (
    "<div><p>Corvane makes software for harbours and for everybody who waits in one. "
    "It has two hundred people and a cat.</p></div>"
)


def framed(w: Watch, before: str, after: str) -> None:
    """All posts with something ahead of their text and behind it."""

    def answer(path: str) -> Reply | None:
        if not any(p.path == path and p.status == 200 for p in w.blog.posts):
            return None
        w.blog.override = lambda _: None
        page = w.blog.answer(path)
        w.blog.override = answer
        body = page.body.replace("</p></div></article>", f"</p>{after}</div></article>")
        head = '<div class="entry-content">'
        return Reply(body=body.replace(head, head + before))

    w.blog.override = answer


async def test_a_box_that_a_template_adds_to_all_posts_is_told_of_none(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(6)) as w:
        await w.looks(2)
        framed(w, "", BOX)
        w.post("old-keyboards").paragraphs[1] = "A workshop in the next town now throws them away."
        told = await w.looks(2, 20)
        assert [(e.kind, e.url) for e in told] == [
            (Kind.EDITED, w.blog.origin + "/blog/old-keyboards/")
        ]
        framed(w, "", "")
        assert await w.looks(2, 20) == []


async def test_posts_that_are_not_due_are_asked_where_one_changed(tmp_path: Path) -> None:
    """Old posts are seldom due together: the first with a new box must not be taken for edited."""
    old = [replace(p, date=p.date - timedelta(days=400)) for p in posts(6)]
    async with watching(tmp_path, old) as w:
        await w.looks(2)
        framed(w, "", BOX)
        told = [e for _ in range(12) for e in await w.look(30)]
        assert told == []


async def test_an_edit_is_seen_though_a_quotation_changes_on_every_look(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        count = itertools.count()

        def answer(path: str) -> Reply | None:
            if path != w.post("a-price-that-fits").path:
                return None
            page = Blog._post(w.blog, w.post("a-price-that-fits"))
            said = f"<blockquote>Customer {next(count)} is {'very ' * (next(count) % 7)}happy.</blockquote>"
            return Reply(body=page.body.replace("</p>\n<p>", f"</p>\n{said}<p>", 1))

        w.blog.override = answer
        assert await w.looks(2, 20) == []
        post = w.post("a-price-that-fits")
        post.paragraphs[2] = post.paragraphs[2].replace("twelve", "three")
        told = await w.looks(3, 20)
        assert [e.kind for e in told] == [Kind.EDITED]
        assert (told[0].words_added, told[0].words_removed) == (1, 1)


POLISH = [
    "Zespół z portu zmienił stary dźwig na nowy, który śpiewa ciszej niż wszystkie inne.",
    "Mieszkańcy pytają, dlaczego tak późno, a kierownik mówi, że wcześniej brakowało pieniędzy.",
    "Otwarcie odbędzie się w środę o dziesiątej, a wstęp jest wolny dla każdego, kto zdąży.",
]


@pytest.mark.parametrize("charset", ["iso-8859-2", "windows-1250"])
async def test_a_charset_no_longer_declared_or_wrongly_so_is_no_edit(
    tmp_path: Path, charset: str
) -> None:
    async with watching(tmp_path, posts(4)) as w:
        path, page = w.blog.posts[1].path, w.blog.answer(w.blog.posts[1].path).body
        for before, after in zip(w.blog.posts[1].paragraphs, POLISH, strict=False):
            page = page.replace(before, after)
        page = page.replace('<meta charset="utf-8">', "").replace('lang="en"', 'lang="pl"')
        kinds = [f"text/html; charset={charset}", "text/html", "text/html; charset=windows-1252"]
        for kind in kinds:
            w.answer(path, Reply(body=page, kind=kind, charset=charset))
            assert await w.looks(2, 20) == []
