"""`/looks/{id}`, its `/raw` and `/headers`: what a page answered when it was not the article, or unclear.

The evidence of a removal is somebody else's error page: it leaves us as every copy does, under a sandbox.
"""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..model import Headers
from ..read.verdict.meaning import plainly
from ..show.plain import one_line
from ..store import answers, bodies, observations, posts
from ..store.rows import ObservationRow, PostRow
from .copies import as_headers, sandboxed, served_as
from .making import number, page, pages
from .proof import answered

VIEWS = {"fetched": "as fetched", "source": "source"}


class Kept(Struct, frozen=True):
    """A stretch of looks with the headers and bytes of its last, and whose it is."""

    row: ObservationRow
    headers: Headers
    data: bytes | None
    post: PostRow | None

    @property
    def content_type(self) -> str:
        return next((v for k, v in self.headers if k.lower() == "content-type"), "")


async def look(request: Request) -> Response:
    """Our strip, and what was answered in a frame that may do nothing."""
    p = pages(request)
    kept = await _kept(request)
    view = request.query_params.get("view", "fetched")
    if view not in VIEWS:
        raise HTTPException(400)
    row, state = kept.row, kept.post.state if kept.post else None
    source = f"/looks/{row.id}/raw" + ("?as=source" if view == "source" else "")
    is_page = served_as(kept.content_type)[0] != "application/octet-stream"
    return page(
        request,
        "look.html",
        row=row,
        kept=kept,
        size=len(kept.data or b""),
        state=state,
        title=one_line((state.title if state else "") or row.url, 400),
        answered=answered(row),
        meaning=plainly(row.rule),
        view=view,
        views=VIEWS,
        source=source,
        drawn=kept.data is not None and (view == "source" or is_page),
        kind=one_line(kept.content_type, 100),
        now=p.clock(),
    )


async def raw(request: Request) -> Response:
    """The bytes of the last look of a stretch, under their status where it is an error's; `?as=source` as
    text, `?as=file` to be saved."""
    kept = await _kept(request)
    if kept.data is None:
        raise HTTPException(404)
    how, row = request.query_params.get("as", ""), kept.row
    return await sandboxed(
        request, kept.data, kept.content_type, how, f"answer-{row.id}", row.status
    )


async def headers(request: Request) -> Response:
    """The headers that came with them, as they were sent."""
    kept = await _kept(request)
    if not kept.headers:
        raise HTTPException(404)
    return as_headers(kept.row.status, kept.headers)


async def _kept(request: Request) -> Kept:
    look_id = number(request.path_params["id"])

    def gather(conn: Connection) -> Kept | None:
        row = observations.observation(conn, look_id)
        if row is None:
            return None
        data = bodies.body(conn, row.body_hash) if row.body_hash else None
        post = posts.post(conn, row.post_id) if row.post_id is not None else None
        return Kept(row, answers.last_headers(conn, look_id), data, post)

    found = await pages(request).read(gather)
    if found is None:
        raise HTTPException(404)
    return found
