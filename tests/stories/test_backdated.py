"""A post whose date is changed: the date it bore at our first look is never lost, nor which way it went."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.demo.blog import day
from monitor.model import Event, Kind
from monitor.show.brief import detail as line
from monitor.show.rows import detail, sentence
from monitor.web.app import create_app
from tests.support.prose import posts as prose
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "the-night-shift"


async def edited(w: Watch, date: datetime) -> Event:
    w.post(SLUG).date = date
    (event,) = await w.look(15, everything=True)
    assert event.kind is Kind.EDITED and "published_at" in event.fields
    return event


async def test_a_date_that_was_moved_back(tmp_path: Path) -> None:
    async with watching(tmp_path, prose(5)) as w:
        w.post(SLUG).date = day(2024, 11, 11)
        await w.looks(2)
        back = await edited(w, day(2024, 10, 1))
        forward = await edited(w, day(2024, 12, 24))
        for event, way in ((back, "back"), (forward, "forward")):
            assert f"the published date was moved {way}" in event.evidence
            assert f"date moved {way}" in detail(event)
            for said in (line(event), sentence(event)):
                assert f"date (moved {way})" in said
        w.post(SLUG).date = day(2024, 10, 1)  # once more: a variant, of which nothing is told
        assert await w.look(15, everything=True) == []
        app = create_app(w.ctx.store, w.ctx.config, w.clock)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            page = html.fromstring((await client.get(f"/posts/{back.post}")).text)
            diff = html.fromstring((await client.get(f"/posts/{back.post}/diff?from=1&to=2")).text)
        text = " ".join(page.text_content().split())
        assert "First seen by us dated 11 Nov 2024 by the page" in text
        (caption,) = page.xpath("//figcaption")
        assert caption.text_content().startswith(
            "Dated 11 Nov 2024 by the page at our first look, 1 Oct 2024 now; seen by us since"
        )
        (first, *_) = page.xpath("//*[name()='svg']//*[@class='when']")
        assert first.text_content() == "11 Nov 2024"
        assert "1 Oct 2024 earlier: 24 Dec 2024, 1 Oct 2024, 11 Nov 2024" in text
        assert "The date it bears was moved back, from 11 Nov 2024 to 1 Oct 2024." in " ".join(
            diff.text_content().split()
        )
