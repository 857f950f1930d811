"""The door: lets in who may read, sends the others to the login page, and says to the views who asks.

Feeds and scripts may bring the password as HTTP Basic (any user name) with GET, or a token for what is
made for them (bearer.py); whoever wants to change something needs a session.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..config import WebConfig
from ..errors import StoreError
from ..store import Store, meta
from .access import ErrorPage
from .bearer import Tokens, brought, opens
from .ended import Ended
from .guesses import Guesses
from .keys import LASTS, Keys, Ticket, form_token, keys, kind_of, ticket
from .making import query
from .problem import for_programs, plain
from .throttle import place_of
from .visitors import NOBODY, Mode, Visitor, mode

log = logging.getLogger("postwatch")

#: Answered to everybody, without asking who it is.
_FOR_ALL = frozenset({"/healthz", "/readyz", "/static/style.css"})
_ONE_CLICK = re.compile(r"/unsubscribe/[^/]+", re.ASCII)
LOGIN, LOGOUT = "/login", "/logout"
#: Where a login may lead on to: an address of ours.
_ONWARD = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~%?&=+\-:,;@!$'()*]{0,500}", re.ASCII)
_NEEDED = "The password is needed."


class Lock:
    """The keys of these pages, and whether a password is right. One for an application."""

    def __init__(self, store: Store, web: WebConfig, clock: Callable[[], datetime]) -> None:
        self.mode = mode(web)
        self.clock = clock
        self.tokens = Tokens(store, clock)
        self._ended = Ended(store, clock)
        self._store = store
        self._password = web.password.reveal()
        self._secure = web.base_url.lower().startswith("https:")
        self._keys: Keys | None = None
        self._making = asyncio.Lock()
        self._guesses = Guesses(self.keys, clock)

    async def keys(self) -> Keys:
        """The keys; made at the first call, and kept in the database by the first install to ask."""
        async with self._making:
            if self._keys is None:
                self._keys = await run_in_threadpool(self._made)
            return self._keys

    def _made(self) -> Keys:
        with self._store.read() as conn:
            kept = meta.value(conn, meta.WEB_SECRET)
        if not kept:
            try:
                kept = self._store.write(lambda conn: meta.secret(conn, meta.WEB_SECRET))
            except StoreError as e:
                log.warning("sessions of the pages end with this process: %s", e)
                kept = secrets.token_hex(32)
        return keys(bytes.fromhex(kept), self._password)

    async def try_password(self, request: Request, text: str) -> bool | timedelta:
        """Whether it is the password; how long to wait where too many were wrong."""
        place = place_of(request.client.host if request.client else None)
        kind, _ = await self.bearer(request)
        return await self._guesses.right(place, text, session=kind is Ticket.SESSION)

    async def new_ticket(self, kind: Ticket) -> str:
        """A ticket nobody has had."""
        return ticket(await self.keys(), kind, secrets.token_urlsafe(16), self.clock())

    async def cookie(self, value: str, lasts: timedelta | None = None) -> str:
        """The Set-Cookie of a ticket; without `lasts` until the browser ends."""
        name, until = self.cookie_name(await self.keys()), ""
        if lasts is not None:
            until = f"; Max-Age={int(lasts.total_seconds())}"
        secure = "; Secure" if self._secure else ""
        return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{until}{secure}"

    def cookie_name(self, found: Keys) -> str:
        """The cookie's name; its prefix lets a browser refuse one that another host has set."""
        return f"{'__Host-' if self._secure else ''}postwatch-{found.cookie}"

    async def bearer(self, request: Request) -> tuple[Ticket | None, str]:
        """(what the request's ticket says, the ticket); (None, "") where it has no good one."""
        found = await self.keys()
        text = request.cookies.get(self.cookie_name(found), "")
        kind = kind_of(found, text, self.clock())
        if kind is Ticket.SESSION and await self._ended.has(text):
            return None, ""
        return (kind, text) if kind is not None else (None, "")

    async def log_out(self, request: Request) -> str:
        """The Set-Cookie that takes the request's session away, which is good for nothing from now on."""
        kind, text = await self.bearer(request)
        if kind is Ticket.SESSION:
            await self._ended.add(text)
        return await self.cookie("", timedelta(0))

    async def logged_in(self) -> str:
        """The Set-Cookie of a new session."""
        return await self.cookie(await self.new_ticket(Ticket.SESSION), LASTS)


def lock_of(request: Request) -> Lock:
    """The lock of the application that got this request."""
    found = request.app.state.lock
    assert isinstance(found, Lock)
    return found


class Door:
    """ASGI middleware: finds out who asks, and refuses who may not."""

    def __init__(self, app: ASGIApp, *, lock: Lock, error: ErrorPage) -> None:
        self._app = app
        self._lock = lock
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or hands it on with `visitor` in its state."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        found = await self._found(request)
        if isinstance(found, Visitor):
            scope.setdefault("state", {})["visitor"] = found
            await self._app(scope, receive, send)
        else:
            await found(scope, receive, send)

    async def _found(self, request: Request) -> Visitor | Response:
        path, lock = request.scope["path"], self._lock
        if path in _FOR_ALL or _ONE_CLICK.fullmatch(path):
            return NOBODY
        reads = _reads(request)
        if lock.mode is not Mode.OPEN and reads and (token := brought(request)) is not None:
            known = opens(path) and await lock.tokens.know(token)
            return Visitor(ours=True) if known else _challenge(request, token=True)
        if lock.mode is Mode.READ_ONLY:
            return NOBODY if reads else await self._forbidden(request)
        kind, text = await lock.bearer(request)
        if lock.mode is Mode.OPEN and opens(path) and (token := brought(request)) is not None:
            # It opens nothing more here; but a program is to learn of a wrong one where it tries it out.
            if not await lock.tokens.know(token):
                return _challenge(request, token=True)
        if lock.mode is Mode.OPEN or (path == LOGIN and kind is not Ticket.SESSION):
            return await self._without_session(text)
        if kind is Ticket.SESSION:
            token = form_token(await lock.keys(), text)
            return Visitor(ours=True, changes=True, logged_in=True, token=token)
        if not reads:
            return await self._forbidden(request)
        if (password := _basic(request)) is not None:
            return await self._with_basic(request, password)
        return Visitor(may_log_in=True) if lock.mode is Mode.PUBLIC_LOCKED else self._shut(request)

    async def _without_session(self, text: str) -> Visitor:
        """One whose forms are bound to a cookie that says nothing else."""
        cookie = ""
        if not text:
            text = await self._lock.new_ticket(Ticket.VISITOR)
            cookie = await self._lock.cookie(text)
        token = form_token(await self._lock.keys(), text)
        opened = self._lock.mode is Mode.OPEN
        return Visitor(ours=opened, changes=opened, token=token, cookie=cookie)

    async def _with_basic(self, request: Request, password: str) -> Visitor | Response:
        right = await self._lock.try_password(request, password)
        if isinstance(right, timedelta):
            text = f"Too many wrong passwords. Try again in {seconds(right)} seconds."
            answer = plain(request, 429, text)
            answer.headers["retry-after"] = str(seconds(right))
            return answer
        return Visitor(ours=True) if right else _challenge(request)

    def _shut(self, request: Request) -> Response:
        if not _for_people(request):
            return _challenge(request)
        path = quote(request.scope["path"], safe="/:~")
        path += f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(LOGIN + query(next=onward(path) if path != "/" else ""), 303)

    async def _forbidden(self, request: Request) -> Response:
        text = "These pages can only be read."
        if self._lock.mode is not Mode.READ_ONLY:
            text = "To change something, log in first."
        return await self._error(request, 403, "Nothing was changed", text)


def onward(path: str) -> str:
    """The address a login may lead on to; "/" where it is not one of ours."""
    return path if _ONWARD.fullmatch(path) else "/"


def seconds(wait: timedelta) -> int:
    """Whole seconds after which a guess is looked at again."""
    return int(wait.total_seconds()) + 1


def _challenge(request: Request, *, token: bool = False) -> Response:
    """401, with what may be brought; `token`: one was, and opens nothing here."""
    answer = plain(request, 401, "This token opens nothing here." if token else _NEEDED)
    answer.headers["www-authenticate"] = 'Basic realm="postwatch", charset="UTF-8"'
    if opens(request.scope["path"]):
        wrong = ', error="invalid_token"' if token else ""
        answer.headers.append("www-authenticate", f'Bearer realm="postwatch"{wrong}')
    return answer


def _reads(request: Request) -> bool:
    """Whether it changes nothing; below /api/ there is nothing to change, whatever the method."""
    return request.method in ("GET", "HEAD", "OPTIONS") or for_programs(request)


def _for_people(request: Request) -> bool:
    """Whether a browser asks for a page; feeds, the API and scripts are asked for the password itself."""
    path = request.scope["path"]
    for_programs = path.endswith(".atom") or path.startswith(("/api/", "/metrics"))
    return not for_programs and "text/html" in request.headers.get("accept", "")


def _basic(request: Request) -> str | None:
    """The password of an Authorization header (RFC 7617); None where there is none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(given) > 8192:
        return None
    try:
        text = base64.b64decode(given.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2]
