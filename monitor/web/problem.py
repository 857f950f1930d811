"""What went wrong, said to programs: problem details (RFC 9457) for all that is asked below `/api/`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

API = "/api/"
MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Meta(description="Always about:blank: the status says all.")]
    title: Annotated[str, Meta(description="The status in words.")]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="What to do about it, or what was wrong.")]


def for_programs(request: Request) -> bool:
    """Whether a program asks, which wants no page."""
    path: str = request.scope["path"]
    return path.startswith(API) or path == API.rstrip("/")


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a program."""
    said = Problem("about:blank", HTTPStatus(status).phrase, status, detail)
    return Response(msgspec.json.encode(said), status, headers, MEDIA_TYPE)


def plain(request: Request, status: int, text: str) -> Response:
    """One line, as a program that asks here can read it."""
    if for_programs(request):
        return problem(status, text)
    return Response(f"{text}\n", status, media_type="text/plain")
