"""How a form is taken: from our own pages only, with the token that is bound to its bearer's cookie.

Everything that changes something is reached through `taken`, but for the one-click page of a mail.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .making import pages
from .visitors import visitor

Action = Callable[[Request, dict[str, str]], Awaitable[Response]]
_FIELDS = 20


def taken(action: Action) -> Callable[[Request], Awaitable[Response]]:
    """The view that calls `action` with the fields of a form of ours; 403 where it is none."""

    async def view(request: Request) -> Response:
        web = pages(request).config.web
        if not from_here(request.headers, web.base_url if web is not None else ""):
            raise HTTPException(403)
        form = await _fields(request)
        token = visitor(request).token
        if not token or not hmac.compare_digest(form.get("csrf", "").encode(), token.encode()):
            raise HTTPException(403)
        return await action(request, form)

    return view


def from_here(headers: Headers, base_url: str) -> bool:
    """Whether nothing says that the request comes from elsewhere; the token decides the rest.

    Our pages send no referrer, for which a browser says `Origin: null` (Fetch, "serializing a request
    origin"); over plain HTTP it says no Sec-Fetch-Site either.
    """
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if max(len(sites), len(origins)) > 1:
        return False  # which of them is to be believed?
    if sites:
        return sites == ["same-origin"]
    origin = headers.get("origin", "null")
    if origin == "null":
        return True
    ours = urlsplit(base_url)
    return origin.lower() in (
        f"http://{headers.get('host', '')}".lower(),
        f"{ours.scheme}://{ours.netloc}".lower(),
    )


async def _fields(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    raw = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(raw, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise HTTPException(400) from None
