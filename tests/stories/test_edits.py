"""Edits through whole passes: is the page's modified date believed, whose are a teaser and a byline?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from monitor.demo.blog import Reply
from monitor.model import Event, Kind
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with watching(tmp_path, posts()) as w:
        yield w


def dress(w: Watch, change: Callable[[str, str], str]) -> None:
    """Every post's page is changed before it is sent, by `change(slug, html)`."""

    def answer(path: str) -> Reply | None:
        post = next((p for p in w.blog.posts if p.path == path), None)
        if post is None or post.status != 200:
            return None
        w.blog.override = lambda _: None
        reply = w.blog.answer(path)
        w.blog.override = answer
        reply.body = change(post.slug, reply.body)
        return reply

    w.blog.override = answer


def modified(date: str) -> str:
    return f'<meta property="article:modified_time" content="{date}"></head>'


def edits(events: list[Event]) -> list[Event]:
    assert {e.kind for e in events} <= {Kind.EDITED}
    return events


async def test_a_modified_date_made_anew_for_each_answer_announces_nothing(watch: Watch) -> None:
    def stamp(_: str, html: str) -> str:
        watch.clock.now += watch.clock.now.resolution * 1_000_000
        return html.replace("</head>", modified(watch.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")))

    dress(watch, stamp)
    assert await watch.looks(2, 15) == []
    watch.post(SLUG).paragraphs[1] = watch.post(SLUG).paragraphs[1].replace("19", "29")
    assert [e.silent for e in edits(await watch.looks(2, 15))] == [True]
    watch.post(SLUG).note = "Update, 3 June: the smallest price was wrong here."
    assert [e.silent for e in edits(await watch.looks(2, 15))] == [False]


async def test_a_date_bumped_by_each_rebuild_announces_nothing(watch: Watch) -> None:
    built = "2026-06-01T00:00:00Z"
    dress(watch, lambda _, html: html.replace("</head>", modified(built)))
    assert await watch.looks(2, 15) == []
    built = "2026-06-02T00:00:00Z"
    watch.post(SLUG).paragraphs[1] = watch.post(SLUG).paragraphs[1].replace("19", "29")
    assert [e.silent for e in edits(await watch.looks(2, 15))] == [True]


async def test_a_date_moved_before_the_edit_does_not_announce_it(watch: Watch) -> None:
    date = "2026-06-01T00:00:00Z"
    dress(watch, lambda slug, h: h.replace("</head>", modified(date)) if slug == SLUG else h)
    assert await watch.looks(2, 15) == []
    date = "2026-06-02T00:00:00Z"  # a tag was added
    assert await watch.looks(2, 15) == []
    watch.post(SLUG).paragraphs[1] = watch.post(SLUG).paragraphs[1].replace("19", "29")
    assert [e.silent for e in edits(await watch.looks(2, 15))] == [True]
    date = "2026-06-03T00:00:00Z"
    watch.post(SLUG).paragraphs[1] = watch.post(SLUG).paragraphs[1].replace("29", "39")
    assert [e.silent for e in edits(await watch.looks(2, 15))] == [False]


async def test_a_first_paragraph_that_others_show_as_a_teaser_is_watched(watch: Watch) -> None:
    lead = watch.post(SLUG).paragraphs[0]
    name = watch.post(SLUG).title
    teaser = (
        f"<aside><h3>Read next</h3><ul><li><h4>{name}</h4><p>{lead}</p></li></ul></aside></main>"
    )
    dress(watch, lambda slug, h: h if slug == SLUG else h.replace("</main>", teaser))
    assert await watch.looks(2, 15) == []
    gone = watch.post(SLUG).paragraphs.pop(0)
    assert [e.words_removed > 20 for e in edits(await watch.looks(2, 15))] == [True]
    watch.post(SLUG).paragraphs.insert(0, gone)
    assert len(edits(await watch.looks(2, 15))) == 1


async def test_a_byline_taken_from_one_post_is_told_and_from_all_is_a_template(
    watch: Watch,
) -> None:
    assert await watch.looks(2, 15) == []
    watch.post(SLUG).author = ""
    told = edits(await watch.looks(3, 30))
    assert [(e.fields, e.silent) for e in told] == [(("author",), True)]
    for post in watch.blog.posts:
        post.author = ""
    assert await watch.looks(3, 60) == []
