"""Who may ask, and what every answer carries: the Host check and the headers against script and leaks.

Stands outside everything else, so that an error answer is guarded like a page. A name that an attacker
points at 127.0.0.1 (DNS rebinding, CVE-2018-5702) is refused before any page is made.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..config import WebConfig, is_loopback, split_listen
from ..errors import StoreError
from .problem import plain
from .visitors import Visitor

log = logging.getLogger("postwatch")

#: Nothing from elsewhere, and nobody may frame a page of ours.
PAGE_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: What anybody else's bytes are answered with: no script, no origin, no network. Their styles are let in, which
#: stand in the page as often as not: without them a copy shows what nobody saw, such as what was hidden. They fetch
#: nothing, and reach no page but their own.
COPY_CSP = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_PAGES = {
    "content-security-policy": PAGE_CSP,
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
_KEPT = {"cache-control": "private, no-cache"}
#: Of whatever a session is answered: nothing to go back to after a logout, nor in the browser's files. Programs
#: with a token keep what they got, and ask whether it is still so.
LEFT_NOWHERE = "private, no-store"
#: What every answer of ours bears; a copy of somebody's page has its own policy.
GUARDED = _ALWAYS | _PAGES | _KEPT

ErrorPage = Callable[[Request, int, str, str], Awaitable[Response]]


def allowed_hosts(web: WebConfig) -> frozenset[str]:
    """The names our pages may be asked under, in lower case and without port."""
    names = {"localhost", "127.0.0.1", "::1", split_listen(web.listen)[0].lower()}
    if web.base_url:
        names.add((urlsplit(web.base_url).hostname or "").lower())
    return frozenset(names - {"", "0.0.0.0", "::"})


def host_of(value: str) -> str | None:
    """The host in a Host header, in lower case; None where it is not one (RFC 9110 7.2)."""
    m = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?", value)
    return m[1].strip("[]").lower() if m else None


class Guard:
    """ASGI middleware: checks Host, sets the headers, and turns what we failed at into an error page."""

    def __init__(self, app: ASGIApp, *, web: WebConfig, error: ErrorPage) -> None:
        self._app = app
        self._error = error
        self._hosts = allowed_hosts(web)
        # Rebinding needs a name; where all addresses are listened on, any of them is ours.
        self._any_address = not is_loopback(split_listen(web.listen)[0])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                ours = "content-security-policy" not in headers  # a copy brings its own
                for name, value in (GUARDED if ours else _ALWAYS | _KEPT).items():
                    headers.setdefault(name, value)
                who = scope.get("state", {}).get("visitor")
                if isinstance(who, Visitor) and who.logged_in:
                    headers["cache-control"] = LEFT_NOWHERE
            await send(message)

        scope = _by_path(scope)
        request = Request(scope, receive)
        refused = _other_version(request) or self._refused(request) or _no_path(request)
        if refused is not None:
            await refused(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except ClientDisconnect:
            return  # there is nobody left to tell
        except Exception as e:
            if started:
                raise
            try:
                answer = await self._failed(request, e)
            except Exception:
                log.exception("the page that says so could not be made either")
                answer = plain(request, 500, "This page could not be made; the log says why.")
            await answer(scope, receive, guarded)

    def _refused(self, request: Request) -> Response | None:
        values = request.headers.getlist("host")
        host = host_of(values[0]) if len(values) == 1 else None
        if host is None:
            return plain(request, 400, "One Host header is needed.")
        if host in self._hosts or (self._any_address and _is_address(host)):
            return None
        text = "These pages are not served under that name. Set [web] base_url to use one."
        return plain(request, 421, text)

    async def _failed(self, request: Request, e: Exception) -> Response:
        number = secrets.token_hex(4)
        log.error("page failed number=%s path=%r", number, request.url.path, exc_info=e)
        if isinstance(e, StoreError):
            text = f"The database cannot be used at the moment. The log says why, under {number}."
            heading = "The history cannot be read now"
            if request.method == "POST":
                heading = "Nothing was kept: the database cannot be written now"
            return await self._error(request, 503, heading, text)
        text = f"The fault is ours and stands in the log. Its number is {number}."
        return await self._error(request, 500, "This page could not be made", text)


def _by_path(scope: Scope) -> Scope:
    """The request as it would be asked for by path: of a whole address (RFC 9112 3.2.2) its host counts, and
    not the Host header."""
    m = re.fullmatch(rb"(?i)https?://([^/]*)(/.*)?", scope.get("raw_path") or b"")
    if m is None:
        return scope
    path = m[2] or b"/"
    headers = [(b"host", m[1]), *[h for h in scope["headers"] if h[0] != b"host"]]
    return {**scope, "path": unquote(path.decode()), "raw_path": path, "headers": headers}


def _other_version(request: Request) -> Response | None:
    """What somebody is told who speaks another HTTP, such as the first line of an HTTP/2 connection."""
    if request.scope["http_version"] in ("1.0", "1.1", "2", "3"):
        return None
    return plain(request, 505, "These pages are served over HTTP/1.1.")


def _no_path(request: Request) -> Response | None:
    """The answer to what asks for no page: CONNECT, `OPTIONS *`, a target that is no path."""
    if request.method == "CONNECT":
        answer = plain(request, 405, "This is no proxy.")
    elif request.scope["path"] == "*" and request.method == "OPTIONS":
        answer = Response(status_code=204)
    elif not request.scope["path"].startswith("/"):
        return plain(request, 400, "The address has to begin with a slash.")
    else:
        return None
    answer.headers["allow"] = "GET, HEAD, POST, OPTIONS"
    return answer


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
