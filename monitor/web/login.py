"""`/login` and `/logout`: a session for who knows the password."""

from __future__ import annotations

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .door import LOGIN, lock_of, onward, seconds
from .making import page
from .visitors import Mode, visitor


def _needed(request: Request) -> None:
    if lock_of(request).mode not in (Mode.LOCKED, Mode.PUBLIC_LOCKED):
        raise HTTPException(404)


async def ask(request: Request) -> Response:
    """The form, or the page that was asked for where there is a session already."""
    _needed(request)
    to = onward(request.query_params.get("next", "/"))
    if visitor(request).logged_in:
        return RedirectResponse(to, 303)
    return _form(request, 200, to)


def _form(
    request: Request, status: int, to: str, *, wrong: bool = False, wait: int = 0
) -> Response:
    return page(request, "login.html", status, to=to, wrong=wrong, wait=wait)


async def enter(request: Request, form: dict[str, str]) -> Response:
    """A session where the password is right, and on to the page that was asked for."""
    _needed(request)
    to = onward(form.get("next", "/"))
    right = await lock_of(request).try_password(request, form.get("password", ""))
    if isinstance(right, timedelta):
        later = _form(request, 429, to, wait=seconds(right))
        later.headers["retry-after"] = str(seconds(right))
        return later
    if not right:
        return _form(request, 403, to, wrong=True)
    answer = RedirectResponse(to, 303)
    answer.headers.append("set-cookie", await lock_of(request).logged_in())
    return answer


async def leave(request: Request, form: dict[str, str]) -> Response:
    """Ends the session for good: a copy of its cookie opens nothing either."""
    _needed(request)
    answer = RedirectResponse(LOGIN if lock_of(request).mode is Mode.LOCKED else "/", 303)
    answer.headers.append("set-cookie", await lock_of(request).log_out(request))
    return answer
