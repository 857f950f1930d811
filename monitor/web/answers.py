"""`/looks/{id}/raw` and `/looks/{id}/headers`: what a page answered when it was not the article, or unclear.

The evidence of a removal is somebody else's error page: it leaves us as every copy does, under a sandbox.
"""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..model import Headers
from ..store import bodies, observations
from ..store.rows import ObservationRow
from .copies import as_headers, sandboxed
from .making import number, pages


async def raw(request: Request) -> Response:
    """The bytes of the last look of a stretch, under their status where it is an error's; `?as=source` as
    text, `?as=file` to be saved."""
    row, headers, data = await _answer(request)
    if data is None:
        raise HTTPException(404)
    how = request.query_params.get("as", "")
    kind = next((v for k, v in headers if k.lower() == "content-type"), "")
    return sandboxed(request, data, kind, how, f"answer-{row.id}", row.status)


async def headers(request: Request) -> Response:
    """The headers that came with them, as they were sent."""
    row, found, _ = await _answer(request)
    if not found:
        raise HTTPException(404)
    return as_headers(row.status, found)


async def _answer(request: Request) -> tuple[ObservationRow, Headers, bytes | None]:
    look_id = number(request.path_params["id"])

    def gather(conn: Connection) -> tuple[ObservationRow, Headers, bytes | None] | None:
        row = observations.observation(conn, look_id)
        if row is None:
            return None
        data = bodies.body(conn, row.body_hash) if row.body_hash else None
        return row, observations.last_headers(conn, look_id), data

    found = await pages(request).read(gather)
    if found is None:
        raise HTTPException(404)
    return found
