"""A dismissed edit's rule, from the first alert to the line in the config: it mutes that, and nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from anyio import to_thread
from lxml import html
from sqlalchemy import Connection, delete

from monitor.config import WebConfig
from monitor.demo.blog import Blog, Reply
from monitor.model import Event, Kind
from monitor.run.ignore_rule import offer
from monitor.show.ignore_rule import Offer, heading, outcome, toml_line
from monitor.store import tables
from monitor.values import replace
from monitor.web.app import create_app
from tests.support.inside import inside
from tests.support.prose import posts
from tests.support.watching import Watch, watching
from tests.web.test_login import BROWSER

pytestmark = pytest.mark.anyio

POLL, TALE, PLAIN = "a-price-that-fits", "old-keyboards", "why-we-print"
LINE = "<p class='poll css-1x2y3z'>Today {n} of our readers in the harbour would say the same of us.</p>"


class Told:
    """Six posts, two of which bear a line that changes; what was told of them."""

    def __init__(self, w: Watch, **more: str) -> None:
        self.w = w
        self.said = {POLL: "seventeen", TALE: "eleven", **more}
        w.blog.override = self.answer

    def answer(self, path: str) -> Reply | None:
        slug = path.rstrip("/").rpartition("/")[2]
        if slug not in self.said:
            return None
        page = Blog._post(self.w.blog, self.w.post(slug))
        line = LINE.format(n=self.said[slug])
        return Reply(body=page.body.replace("</p>\n<p>", f"</p>\n{line}<p>", 1))

    async def edits(self, **said: str) -> list[Event]:
        self.said |= {{"poll": POLL, "tale": TALE}[k]: v for k, v in said.items()}
        events = await self.w.looks(2, 20)
        assert {e.kind for e in events} <= {Kind.EDITED}
        return events

    async def offered(self, event: int, seconds: float = 60) -> Offer:
        ctx = self.w.ctx
        found = await offer(
            ctx.store, ctx.parser, ctx.config, event, budget=timedelta(seconds=seconds)
        )
        assert found is not None
        return found


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with watching(tmp_path, posts(), site='ignore = [".advert"]') as w:
        told = Told(w)
        assert await told.edits() == []
        [first] = await told.edits(poll="four thousand")
        [second] = await told.edits(tale="some hundred and twenty")
        w.post(PLAIN).paragraphs[1] = w.post(PLAIN).paragraphs[1].replace("once", "twice")
        [third] = await told.edits()
        assert [first.id, second.id, third.id] == [1, 2, 3]
        yield told


async def test_the_rule_offered_mutes_what_it_says_and_no_more(told: Told) -> None:
    found = await told.offered(1)
    assert found.selectors == (".poll",)
    assert (found.tried, found.wholly, found.partly) == (3, (1, 2), ())
    assert (found.posts, found.losing, found.cut) == (len(posts()) - 2, (), False)
    assert heading(found).endswith(f'In [[site]] "corvane" of {told.w.ctx.config.path}:')
    assert outcome(found) == (
        "It would have muted 2 of the 3 edits told since 2026-06-01 (events 1, 2).",
        f"It takes no words from {len(posts()) - 2} other posts.",
    )
    line = toml_line(found)
    assert line == 'ignore = [".advert", ".poll"]'
    # Into the config with it.
    ctx = told.w.ctx
    site = replace(ctx.config.sites[0], ignore=tuple(tomllib.loads(line)["ignore"]))
    told.w.ctx = replace(ctx, config=replace(ctx.config, sites=(site,)))
    assert await told.edits() == []
    assert await told.edits(poll="a million or two", tale="no") == []
    told.w.post(POLL).paragraphs[1] = told.w.post(POLL).paragraphs[1].replace("19", "29")
    [edit] = await told.edits(poll="all", tale="some")
    assert (edit.words_added, edit.words_removed) == (1, 1)
    assert "nothing left to mute" in (await told.offered(1)).why


async def test_what_cannot_be_offered_or_tried_is_said(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "own paragraphs" in heading(await told.offered(3))
    assert outcome(await told.offered(3)) == ()
    ctx = told.w.ctx
    nowhere = replace(ctx.config, sites=())
    gone = await offer(ctx.store, ctx.parser, nowhere, 1, budget=timedelta(1))
    assert gone is not None and "not in the config any more" in heading(gone)
    assert await offer(ctx.store, ctx.parser, ctx.config, 99, budget=timedelta(1)) is None
    monkeypatch.setattr("monitor.run.ignore_rule._AT_ONCE", 1)
    found = await told.offered(1, seconds=0)
    assert (found.selectors, found.tried, found.posts) == ((".poll",), 1, 1)
    assert outcome(found)[0].startswith("It would have muted the one edit told since")
    assert "more than could be tried" in outcome(found)[-1]

    def emptied(conn: Connection) -> None:
        conn.execute(delete(tables.articles))
        conn.execute(delete(tables.snapshots))

    told.w.ctx.store.write(emptied)
    assert "not kept any more" in heading(await told.offered(1))


async def test_words_it_takes_from_other_posts_are_shown(tmp_path: Path) -> None:
    async with watching(tmp_path, posts()) as w:
        told = Told(w, **{PLAIN: "nearly all"})
        assert await told.edits() == []
        [edit] = await told.edits(poll="four thousand")
        found = await told.offered(edit.id)
        assert [words for _, words in found.losing] == [15, 14]
        assert re.fullmatch(
            r"It also takes words from 2 of \d other posts, at most 15 from one, such as “Today nearly all"
            rf" of our readers[^”]+” \(post {found.losing[0][0]}\)\. Make sure that none of it is news\.",
            outcome(found)[1],
        )


async def test_the_command_and_the_pages_show_it(told: Told, tmp_path: Path) -> None:
    ctx = told.w.ctx
    app = create_app(ctx.store, ctx.config, ctx.clock)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8787") as client:
        assert "/events/1/ignore" not in (await client.get("/events/1")).text
        ran = await to_thread.run_sync(inside, tmp_path, "dismiss", "1")
        assert ran.code == 0
        assert '\n  ignore = [".advert", ".poll"]\nIt would have muted 2 of the 3 edits' in ran.out
        page = (await client.get("/events/1", headers=BROWSER)).text
        assert 'href="/events/1/ignore"' in page
        rule = html.fromstring((await client.get("/events/1/ignore")).text)
        assert rule.findtext(".//pre/code") == 'ignore = [".advert", ".poll"]'
        assert "It would have muted 2 of the 3 edits" in rule.text_content()
        none = html.fromstring((await client.get("/events/3/ignore")).text)
        assert none.find(".//pre") is None and "own paragraphs" in none.text_content()
        assert (await client.get("/events/99/ignore")).status_code == 404
        async with app.state.trials.turn:
            assert (await client.get("/events/1/ignore")).status_code == 503
    ran = await to_thread.run_sync(inside, tmp_path, "dismiss", "3")
    assert "ignore =" not in ran.out and "own paragraphs" in ran.err
    ran = await to_thread.run_sync(inside, tmp_path, "dismiss", "2", "--json")
    assert ran.err == "" and len(ran.lines) == 1
    # For us alone.
    config = replace(ctx.config, web=WebConfig(public=True))
    app = create_app(ctx.store, config, ctx.clock)
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8787") as client:
        assert (await client.get("/events/1/ignore")).status_code == 404
