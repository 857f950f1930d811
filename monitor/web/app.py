"""The ASGI application: one table of routes, one guard round them, one page for what went wrong.

Which view answers which address stands in two tables: what is read, and what changes something. The
API and feeds add their own rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from ..config import Config, WebConfig
from ..errors import BodyDropped
from ..store import Store
from . import (
    actions,
    answers,
    api,
    comparing,
    copies,
    events,
    feeds,
    health,
    home,
    ignoring,
    lists,
    login,
    memento,
    metrics,
    posts,
    sites,
    unsubscribe,
    verdict,
)
from .access import Guard
from .door import LOGIN, LOGOUT, Door, Lock
from .forms import Action, taken
from .making import Pages, page
from .problem import for_programs, problem
from .standing import Late

if TYPE_CHECKING:
    from ..run.heartbeat import Heartbeat


class _Address(PathConvertor):
    """Whatever a path ends with; an escaped end of a line in it ends no address."""

    regex = "(?s:.*)"


register_url_convertor("address", _Address())

ROUTES: tuple[tuple[str, Callable[[Request], object]], ...] = (
    ("/", home.home),
    ("/feed.atom", feeds.every),
    ("/sites/{name}", sites.site),
    ("/sites/{name}/feed.atom", feeds.site),
    ("/posts/{id}", posts.post),
    ("/posts/{id}/diff", comparing.compare),
    ("/snapshots/{id}", copies.snapshot),
    ("/snapshots/{id}/raw", copies.raw),
    ("/snapshots/{id}/text", copies.text),
    ("/snapshots/{id}/headers", copies.headers),
    ("/looks/{id}", answers.look),
    ("/looks/{id}/raw", answers.raw),
    ("/looks/{id}/headers", answers.headers),
    ("/timemap/link/{url:address}", memento.timemap),
    ("/timegate/{url:address}", memento.timegate),
    ("/memento/{stamp}/{url:address}", memento.memento),
    ("/events", events.listing),
    ("/events.atom", feeds.search),
    ("/events.json", lists.as_json),
    ("/events.csv", lists.as_csv),
    ("/events/{id}", verdict.event),
    ("/events/{id}/robots/{which}", copies.robots),
    ("/events/{id}/ignore", ignoring.rule),
    (LOGIN, login.ask),
    ("/unsubscribe/{token}", unsubscribe.ask),
    ("/static/style.css", health.style),
    ("/healthz", health.healthz),
    ("/readyz", health.readyz),
    ("/metrics", metrics.metrics),
)

ACTIONS: tuple[tuple[str, Action], ...] = (
    ("/events/{id}/ack", actions.ack),
    ("/events/{id}/dismiss", actions.dismiss),
    ("/events/{id}/note", actions.note),
    (LOGIN, login.enter),
    (LOGOUT, login.leave),
)

#: Of a form's fields together.
_LARGEST = 64 * 1024

_SAID = {
    400: ("This address makes no sense", "One of its parts is not what it should be."),
    403: (
        "Nothing was changed",
        "The form had expired, or came from elsewhere. Go back, load the page again, and send it once"
        " more. Your browser has to keep cookies for it.",
    ),
    404: ("Nothing here by that number", "The address may be mistyped, or what it named is gone."),
    410: (
        "These bytes are not kept any more",
        "They were dropped, as [retention] in the config says. The text of the copy, and the SHA-256 of its"
        " bytes, are kept.",
    ),
    405: ("That cannot be done here", "This address is only read, or only written to."),
    413: ("That is too much", "A form holds less than that."),
    415: ("That is no form", "A form of these pages is needed."),
}


def create_app(
    store: Store,
    config: Config,
    clock: Callable[[], datetime],
    beat: Heartbeat | None = None,
) -> Starlette:
    """The pages over a store. A config without `[web]` is served with that table's defaults. `beat` is
    that of the daemon that serves them, where one does."""
    web = config.web or WebConfig()
    lock = Lock(store, web, clock)
    app = Starlette(
        routes=[
            *[Route(path, view, methods=["GET"]) for path, view in ROUTES],
            *[Route(path, taken(action), methods=["POST"]) for path, action in ACTIONS],
            Route("/unsubscribe/{token}", unsubscribe.act, methods=["POST"]),
            *[Route(path, view, methods=["GET", "OPTIONS"]) for path, view in api.ROUTES],
        ],
        middleware=[
            Middleware(Guard, web=web, error=error_page),
            # Inside the guard, so that its own answer bears the headers too.
            Middleware(RequestBodyLimitMiddleware, max_body_size=_LARGEST),
            Middleware(Door, lock=lock, error=error_page),
        ],
        exception_handlers={HTTPException: _http_error, BodyDropped: _dropped},
    )
    app.router.redirect_slashes = False
    app.state.pages = Pages(store, config, clock, beat)
    app.state.feeds = feeds.Feeds(app.state.pages)
    app.state.lock = lock
    app.state.late = Late()
    app.state.metrics = metrics.Metrics(app.state.pages)
    app.state.trials = ignoring.Trials()
    return app


async def error_page(request: Request, status: int, heading: str, text: str) -> Response:
    """The one page for what went wrong, or what a program is told. Echoes nothing of the request."""
    if for_programs(request):
        return problem(status, f"{heading}. {text}")
    return page(request, "error.html", status, heading=heading, text=text)


async def _http_error(request: Request, e: Exception) -> Response:
    assert isinstance(e, HTTPException)
    if for_programs(request) and e.status_code in api.FAILS:
        return problem(e.status_code, api.FAILS[e.status_code], e.headers)
    heading, text = _SAID.get(e.status_code, ("That did not work", e.detail))
    if e.status_code == 404 and request.url.path.startswith("/sites/"):
        heading = "Nothing here by that name"
    answer = await error_page(request, e.status_code, heading, text)
    for name, value in (e.headers or {}).items():
        answer.headers[name] = value
    if e.status_code == 405:
        answer.headers["allow"] = ", ".join(_methods(request))
    return answer


async def _dropped(request: Request, e: Exception) -> Response:
    return await error_page(request, 410, *_SAID[410])


def _methods(request: Request) -> list[str]:
    """What an address can be asked by: what is read and what is written there stand in two tables."""
    at = [r for r in request.app.routes if r.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in at for method in route.methods})
