"""One post, several addresses: spellings of one URL, and an article that stands at two for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demo.blog import Reply
from monitor.model import Kind
from monitor.values import replace
from tests.support.prose import posts
from tests.support.watching import Watch, watching


def listed_as(w: Watch, spell: tuple[str, str]) -> None:
    """The sitemap writes the posts' paths another way, and the server does not mind."""
    upper, query = spell

    def answer(path: str) -> Reply | None:
        w.blog.override = lambda _: None
        try:
            if path == "/sitemap.xml":
                reply = w.blog.answer(path)
                for post in w.blog.posts:
                    other = post.path.replace(post.slug, post.slug.upper() if upper else post.slug)
                    reply.body = reply.body.replace(f"{post.path}<", f"{other}{query}<")
                return reply
            reply = w.blog.answer(path.partition("?")[0].lower())
            # Nothing in the page says which address is its own.
            reply.body = reply.body.replace('rel="canonical"', 'rel="x"').replace("mainEntity", "x")
            return reply
        finally:
            w.blog.override = answer

    w.blog.override = answer


@pytest.mark.parametrize("spell", [("upper", ""), ("", "?from=map"), ("", "?page=1")])
async def test_another_spelling_in_a_sitemap_is_no_other_post(
    tmp_path: Path, spell: tuple[str, str]
) -> None:
    async with watching(tmp_path, posts(4)) as w:
        await w.looks(2)
        listed_as(w, spell)
        assert await w.looks(3, 15) == []
        w.blog.override = lambda _: None
        assert await w.looks(3, 15) == []
        w.blog.posts[1].status, w.blog.posts[1].listed = 404, False
        assert [e.kind for e in await w.looks(5)] == [Kind.REMOVED]


@pytest.mark.parametrize(("news", "kind"), [(True, Kind.MOVED), (False, Kind.REMOVED)])
async def test_an_article_at_two_addresses_of_which_the_older_goes(
    tmp_path: Path, news: bool, kind: Kind
) -> None:
    """A copy that was always there is a copy; one that came lately is where the article moved."""
    async with watching(tmp_path, posts(5)) as w:
        old = w.blog.posts[1]
        if not news:
            w.blog.posts.append(replace(old, slug="the-same-again"))
        await w.looks(2)
        if news:
            w.blog.posts.append(replace(old, slug="the-same-again"))
            assert [e.kind for e in await w.looks(4, 15)] == [Kind.PUBLISHED]
        old.status, old.listed = 404, False
        told = await w.looks(6)
        assert [e.kind for e in told] == [kind]
