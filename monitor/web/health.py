"""Is it up, can it work? And the one stylesheet. Nothing here is a page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import StoreError
from ..store import events, sites
from ..units import rfc3339_or_none
from .making import STYLE, pages


async def healthz(request: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 with the newest check and the chain's head; 503 where the database cannot be read."""
    p = pages(request)
    try:
        watched, head = await p.read(lambda c: (sites.sites(c, watched=True), events.head(c)))
    except StoreError:
        return JSONResponse({"status": "the database cannot be read"}, 503)
    checks = [s.last_check_at for s in watched if s.last_check_at is not None]
    newest = max(checks, default=None)
    age = None if newest is None else max(0, int((p.clock() - newest).total_seconds()))
    return JSONResponse(
        {
            "status": "ok",
            "sites": len(watched),
            "last_check_at": rfc3339_or_none(newest),
            "last_check_age": age,
            "last_event": head[0],
        }
    )


async def style(request: Request) -> Response:
    """The stylesheet; its address carries its mark, so it may be kept."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(STYLE, media_type="text/css", headers=headers)
