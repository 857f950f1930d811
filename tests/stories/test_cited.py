"""From a pass to the page: the bytes that stand behind an event are kept, shown and cited, and none that do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.demo.blog import Reply
from monitor.model import Event, Kind, Reason
from monitor.web.app import create_app
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

SLUG = "a-price-that-fits"
NOTICE = "This article was withdrawn on the advice of our lawyers."


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with watching(tmp_path, posts()) as w:
        assert await w.look() == []
        assert await w.look(15) == []
        yield w


def client(w: Watch) -> httpx.AsyncClient:
    app = create_app(w.ctx.store, w.ctx.config, w.clock)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://127.0.0.1:8787",
    )


async def copies(w: Watch, event: Event) -> tuple[html.HtmlElement, dict[str, html.HtmlElement]]:
    """An event's page, and its copies by their labels."""
    async with client(w) as c:
        tree = html.fromstring((await c.get(f"/events/{event.id}")).text)
    rows = tree.xpath("//h2[@id='copies']/following-sibling::dl[1]/div")
    return tree, {r.findtext("dt"): r.find("dd") for r in rows}


async def test_the_notice_that_stands_in_its_place_is_evidence(watch: Watch) -> None:
    post = watch.post(SLUG)
    page = (
        f"<html><head><title>{post.title}</title></head><body><article><h1>{post.title}</h1>"
        f"<p>{NOTICE}</p></article></body></html>"
    )
    watch.answer(post.path, Reply(200, page))
    told = await watch.looks(6)
    assert [e.reason for e in told] == [Reason.TOMBSTONE]
    tree, kept = await copies(watch, told[0])
    assert list(kept) == ["Before", "The answer that stood in its place"]
    (link,) = kept["The answer that stood in its place"].xpath("./a/@href")
    digest = kept["The answer that stood in its place"].xpath("string(./code)")
    assert digest in tree.xpath("string(//p[@class='cite'])")
    assert digest in tree.xpath("string(//footer)")
    async with client(watch) as c:
        strip = html.fromstring((await c.get(link)).text)
        text = " ".join(strip.text_content().split())
        assert "Answer 200" in text and digest in text and "rule tombstone" in text
        assert "What the address answered at 2026-06-01" in text
        (frame,) = strip.xpath("//iframe")
        assert frame.get("sandbox") == ""
        raw = await c.get(frame.get("src"))
        assert NOTICE in raw.text and raw.headers["content-security-policy"].startswith("sandbox")
        source = await c.get(f"{link}?view=source")
        assert "as=source" in source.text
        assert (await c.get(f"{link}?view=x")).status_code == 400
        life = html.fromstring((await c.get(f"/posts/{told[0].post}")).text)
        assert link in life.xpath("//h2[@id='looks']/following::a/@href")


async def test_after_is_what_was_read_after(watch: Watch) -> None:
    """Back with the very words of before: the version is the old one, the bytes are the return's."""
    post = watch.post(SLUG)
    post.status = 404
    assert len(await watch.looks(6)) == 1
    post.status = 200
    (back,) = await watch.looks(3, 15)
    assert back.kind is Kind.REINSTATED and back.snapshot_after == back.snapshot_before
    tree, kept = await copies(watch, back)
    assert list(kept) == ["Before", "After"]
    assert f"Read {back.detected_at:%Y-%m-%d %H:%M:%S} UTC" in kept["After"].text_content()
    (link,) = kept["After"].xpath("./a/@href")
    async with client(watch) as c:
        assert post.paragraphs[0][:40] in (await c.get(f"{link}/raw")).text
    cite = tree.xpath("string(//p[@class='cite'])")
    assert f"What was read after it was fetched at {back.detected_at:%Y-%m-%d %H:%M:%S}" in cite
    # An earlier text again is an edit, and its version is older than the event.
    text = post.paragraphs[1]
    post.paragraphs[1] = f"{text} And one thing more."
    await watch.looks(2, 15)
    post.paragraphs[1] = text
    (edit,) = await watch.looks(3, 15)
    assert edit.snapshot_after == back.snapshot_after
    _, kept = await copies(watch, edit)
    assert f"Read {edit.detected_at:%Y-%m-%d %H:%M:%S} UTC" in kept["After"].text_content()


async def test_where_nothing_was_read_after_nothing_is_called_so(watch: Watch) -> None:
    post = watch.post(SLUG)
    post.listed = False
    (event,) = await watch.looks(6)
    assert event.kind is Kind.DELISTED
    tree, kept = await copies(watch, event)
    assert "After" not in kept
    assert "after it" not in tree.xpath("string(//p[@class='cite'])")


async def test_a_move_is_shown_by_the_bytes_of_its_new_address(watch: Watch) -> None:
    post = watch.post(SLUG)
    before = post.path
    post.slug = "a-price-that-fits-better"
    watch.answer(before, Reply(301, headers={"location": watch.blog.origin + post.path}))
    (event,) = await watch.looks(6)
    assert event.kind is Kind.MOVED
    tree, kept = await copies(watch, event)
    assert list(kept) == [
        "Before",
        "After",
    ] and f"moved to {watch.blog.origin}{post.path}" in tree.xpath(
        "string(//p[@class='cite'])"
    ).replace("\u2068", "")
    (link,) = kept["After"].xpath("./a/@href")
    async with client(watch) as c:
        assert "after a redirect" in (await c.get(link)).text
