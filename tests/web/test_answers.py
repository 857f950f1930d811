"""What a page answered when it was gone, and the headers and bytes of copies, for whoever wants to check."""

from __future__ import annotations

import httpx
import pytest
from lxml import html
from sqlalchemy import Connection

from monitor.model import Role, Seen
from monitor.store import Store, bodies, observations
from monitor.store.rows import Observation

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio


async def test_the_answer_behind_a_removal_is_one_link_away(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    gone = filled[1].gone
    body = b"<html><title>Not here</title><script>document.title = 'ran'</script></html>"
    got = build.answer(gone.state.url, body, build.NOW, status=404)

    def look(conn: Connection) -> None:
        site, post = gone.site_id, gone.state.post_id
        seen = Observation(site, Role.POST, got, Seen.MISSING, "not_found", "404", post_id=post)
        observations.observe(conn, seen)

    filled[0].write(look)
    page = await pages.get(f"/posts/{gone.state.post_id}")
    links = [str(x) for x in html.fromstring(page.text).xpath("//a/@href") if "/looks/" in str(x)]
    shown = next(x for x in links if not x.endswith("/headers"))
    raw = f"{shown}/raw"
    answer = await pages.get(raw)
    assert answer.status_code == 404  # as it was answered then
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    source = await pages.get(f"{raw}?as=source")
    assert source.headers["content-type"].startswith("text/plain")
    assert source.content == answer.content
    saved = await pages.get(f"{raw}?as=file")
    assert saved.headers["content-disposition"].startswith("attachment; filename=")
    assert (await pages.get(f"{raw}?as=x")).status_code == 400
    said = await pages.get(raw.replace("/raw", "/headers"))
    assert said.text.startswith("status: 404\n")
    assert said.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/looks/999999/raw", "/looks/0/raw", "/looks/x/headers", "/looks/-1/raw"]
)
async def test_what_is_not_there(pages: httpx.AsyncClient, path: str) -> None:
    assert (await pages.get(path)).status_code == 404


async def test_a_copys_bytes_and_headers_can_be_taken_away(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    store, told = filled
    version = told.versions[0]
    page = await pages.get(f"/snapshots/{version.id}")
    assert f"/snapshots/{version.id}/raw?as=file" in page.text
    saved = await pages.get(f"/snapshots/{version.id}/raw?as=file")
    with store.read() as conn:
        assert saved.content == bodies.body(conn, version.body_hash)
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-security-policy"].startswith("sandbox")
    headers = await pages.get(f"/snapshots/{version.id}/headers")
    assert headers.status_code == 200
    assert headers.text.splitlines()[0] == f"status: {version.status}"
