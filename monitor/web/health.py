"""Is it up, can it work? And the one stylesheet. Nothing here is a page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import StoreError
from ..run.pulse import pulse
from ..store import events
from ..units import rfc3339_or_none
from .making import STYLE, pages


async def healthz(request: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 while passes come, with the newest check and the chain's head; 503 where they have stopped, or
    the database cannot be read."""
    p = pages(request)
    now = p.clock()
    try:
        found, head = await p.read(
            lambda c: (pulse(c, p.config, now, p.beat), events.head(c)),
        )
    except StoreError:
        return JSONResponse({"status": "the database cannot be read"}, 503)
    at = found.last_check_at
    return JSONResponse(
        {
            "status": found.stopped or "ok",
            "sites": found.sites,
            "last_pass_at": rfc3339_or_none(found.last_pass_at),
            "last_check_at": rfc3339_or_none(at),
            "last_check_age": None if at is None else max(0, int((now - at).total_seconds())),
            "last_event": head[0],
            "blind": found.blind,
        },
        503 if found.stopped else 200,
    )


async def style(request: Request) -> Response:
    """The stylesheet; its address carries its mark, so it may be kept."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(STYLE, media_type="text/css", headers=headers)
