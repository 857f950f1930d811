"""The ASGI application: one table of routes, one guard round them, one page for what went wrong.

Pages only read. Which view answers which address is the table below; the API, feeds and actions add
their own rows to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..config import Config, WebConfig
from ..store import Store
from . import copies, events, feeds, health, home, posts, sites
from .access import Guard
from .making import Pages, page

ROUTES: tuple[tuple[str, Callable[[Request], object]], ...] = (
    ("/", home.home),
    ("/feed.atom", feeds.every),
    ("/sites/{name}", sites.site),
    ("/sites/{name}/feed.atom", feeds.site),
    ("/posts/{id}", posts.post),
    ("/posts/{id}/diff", posts.compare),
    ("/snapshots/{id}", copies.snapshot),
    ("/snapshots/{id}/raw", copies.raw),
    ("/snapshots/{id}/text", copies.text),
    ("/events", events.listing),
    ("/events.atom", feeds.search),
    ("/events/{id}", events.event),
    ("/events/{id}/robots/{which}", copies.robots),
    ("/static/style.css", health.style),
    ("/healthz", health.healthz),
    ("/readyz", health.readyz),
)

_SAID = {
    400: ("This address makes no sense", "One of its parts is not what it should be."),
    404: ("Nothing here by that number", "The address may be mistyped, or what it named is gone."),
    405: ("This address can only be read", "Pages change nothing; ask with GET."),
}


def create_app(store: Store, config: Config, clock: Callable[[], datetime]) -> Starlette:
    """The pages over a store. A config without `[web]` is served with that table's defaults."""
    web = config.web or WebConfig()
    app = Starlette(
        routes=[Route(path, view, methods=["GET"]) for path, view in ROUTES],
        middleware=[Middleware(Guard, web=web, error=error_page)],
        exception_handlers={HTTPException: _http_error},
        max_body_size=64 * 1024,
    )
    app.router.redirect_slashes = False
    app.state.pages = Pages(store, config, clock)
    app.state.feeds = feeds.Feeds(app.state.pages)
    return app


async def error_page(request: Request, status: int, heading: str, text: str) -> Response:
    """The one page for what went wrong. Echoes nothing of the request."""
    return page("error.html", status, heading=heading, text=text)


async def _http_error(request: Request, e: Exception) -> Response:
    assert isinstance(e, HTTPException)
    heading, text = _SAID.get(e.status_code, ("That did not work", e.detail))
    answer = await error_page(request, e.status_code, heading, text)
    for name, value in (e.headers or {}).items():
        answer.headers[name] = value
    return answer
