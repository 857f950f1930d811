"""`/api/v1/…`: what the pages show, for programs. Read only; answers and document come from one table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from ..fresh import tagged
from ..making import pages
from ..problem import problem
from ..visitors import visitor
from .asking import Refused, asked
from .document import document
from .finding import Moment
from .table import OPERATIONS, ROOT, Operation

_JSON = "application/json"
_ALLOWED = "GET, HEAD, OPTIONS"

#: What is said where the request came to no operation at all.
FAILS = {
    404: f"There is no such address. {ROOT}/openapi.json names those there are.",
    405: f"This is only read: {_ALLOWED}.",
}


def view(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """What answers one operation of the table."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _options()
        p, who, here = pages(request), visitor(request), request.query_params.multi_items()

        def onward(after: int | str) -> str:
            pairs = [*((k, v) for k, v in here if k != "after"), ("after", str(after))]
            return f"{quote(request.scope['path'])}?{urlencode(pairs)}"

        def find(conn: Connection) -> tuple[bytes, str | None] | None:
            moment = Moment(conn, p.config, p.clock(), who.ours, onward)
            found = operation.find(moment, asks)
            if found is None:
                return None
            return msgspec.json.encode(found), getattr(found, "next", None)

        try:
            asks = asked(operation.asks, request.path_params, here)
            made = await p.read(find, long=True)
        except Refused as e:
            return problem(e.status, e.detail)
        if made is None:
            return problem(404, "There is nothing by that number.")
        body, following = made
        headers = {"vary": "authorization, cookie"}
        if following is not None:
            headers["link"] = f'<{following}>; rel="next"'
        return tagged(request, body, _JSON, headers)

    return answer


async def describe(request: Request) -> Response:
    """The OpenAPI document."""
    if request.method == "OPTIONS":
        return _options()
    return tagged(request, document(), _JSON, {})


def _options() -> Response:
    return Response(status_code=204, headers={"allow": _ALLOWED})


ROUTES: tuple[tuple[str, Callable[[Request], Awaitable[Response]]], ...] = (
    *((ROOT + o.path, view(o)) for o in OPERATIONS),
    (f"{ROOT}/openapi.json", describe),
)
