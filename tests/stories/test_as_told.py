"""An event and its own diff say the same, whatever stands on other posts of the site alike."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from lxml import html
from sqlalchemy import Connection

from monitor.decide.aside import aside_of, without
from monitor.model import Event, Kind, SiteFacts
from monitor.read.article import Article, Block, BlockKind
from monitor.run.messages import story_of
from monitor.show.said import words_changed
from monitor.store import asides, sites
from monitor.values import replace
from monitor.web.app import create_app
from tests.support.inside import inside
from tests.support.prose import posts as prose
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "the-night-shift"
OURS = (
    "Corvane builds scheduling software for harbours, airports and hospitals in nineteen countries, "
    "and is owned by the people who work for it and by nobody else.",
    "Write to the press desk if you have a question about this text, and we will answer within a day.",
)


def fragment(text: str) -> Article:
    blocks = tuple(Block(BlockKind.PARAGRAPH, t, t) for t in text)
    return Article(blocks=blocks)


def test_what_was_set_aside_is_found_again_among_the_like() -> None:
    whole = fragment("abab")
    settled = replace(whole, blocks=(whole.blocks[0], whole.blocks[3]))
    marks = aside_of(whole, settled)
    again = fragment("abxab")
    assert [b.key for b in without(again, marks).blocks] == ["a", "x", "b"]
    assert without(whole, aside_of(whole, whole)) is whole


async def test_an_event_and_its_diff_say_the_same(tmp_path: Path) -> None:
    posts = prose(5)
    for post in posts:
        post.paragraphs += OURS
    async with watching(tmp_path, posts) as w:
        await w.looks(2)
        edited = w.post(SLUG)
        edited.paragraphs = [p.replace("eleven", "twelve") for p in edited.paragraphs[:-2]]
        (event,) = await w.looks(2)
        assert (event.kind, event.words_removed, event.words_added) == (Kind.EDITED, 1, 1)
        with w.ctx.store.read() as conn:
            kept = asides.aside_of(conn, event.id)
        assert kept is not None and (len(kept.before), len(kept.after)) == (2, 0)
        await agree(w, event, tmp_path)
        # What is known of the site may change: what was told is drawn as it was told.
        w.ctx.store.write(forget_facts)
        await agree(w, event, tmp_path)


def forget_facts(conn: Connection) -> None:
    for row in sites.sites(conn):
        sites.save_site(conn, replace(row, facts=SiteFacts()))


async def agree(w: Watch, event: Event, folder: Path) -> None:
    """Page, story (mail, feed, the event's page) and terminal have the event's numbers."""
    app = create_app(w.ctx.store, w.ctx.config, w.clock)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        got = await client.get(f"/posts/{event.post}/diff?from=1&to=2")
    text = " ".join(html.fromstring(got.text).text_content().split())
    assert f"{words_changed(event)}, 1 paragraph changed" in text
    assert "2 paragraphs of these pages are not drawn and not counted" in text
    assert OURS[0][:30] not in text
    assert f"{int((event.similarity or 0) * 100)} % the same" in text
    with w.ctx.store.read() as conn:
        diff = story_of(conn, event).diff
    assert diff is not None
    assert (diff.words_removed, diff.words_added) == (event.words_removed, event.words_added)
    assert diff.similarity == pytest.approx(event.similarity, abs=1e-4)
    ran = inside(folder, "diff", str(event.url), "--json")
    said = json.loads(ran.out)
    assert (said["words_removed"], said["words_added"]) == (1, 1)
