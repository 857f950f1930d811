"""`/unsubscribe/{token}`: the page behind a mail's "unsubscribe". It is for everybody who has the link.

A GET changes nothing, since mail scanners follow links; a POST does it, whether it is our button or a
mail program's one click (RFC 8058), which comes without cookies or any sign of who asks. So neither
login nor form token is wanted: the address itself is the secret.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs

from msgspec import Struct
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..notify.email import mail_recipients
from ..show.plain import one_line
from ..store import unsubscribed
from .making import Pages, page, pages


class Whose(Struct, frozen=True):
    """Whom a link stands for."""

    channel: str
    recipient: str
    left_at: datetime | None  #: None while they are in the channel


async def ask(request: Request) -> Response:
    """Whether they mean it, with one button; or when they left, and the way back."""
    whose = await _whose(request)
    return _page(request, whose, "")


async def act(request: Request) -> Response:
    """Has them leave, or come back with `undo=1`, and says so."""
    p, whose = pages(request), await _whose(request)
    undo = parse_qs((await request.body()).decode("utf-8", "replace")).get("undo") == ["1"]

    def write(conn: Connection) -> datetime | None:
        if undo:
            unsubscribed.come_back(conn, whose.channel, whose.recipient)
        else:
            unsubscribed.leave(conn, whose.channel, whose.recipient, p.clock())
        return unsubscribed.gone(conn, whose.channel, whose.recipient)

    left_at = await run_in_threadpool(p.store.write, write)
    whose = Whose(whose.channel, whose.recipient, left_at)
    return _page(request, whose, "back" if undo else "left")


async def _whose(request: Request) -> Whose:
    p: Pages = pages(request)
    given = request.path_params["token"]

    def gather(conn: Connection) -> Whose | None:
        found = unsubscribed.meant(unsubscribed.key(conn), given, mail_recipients(p.config))
        return None if found is None else Whose(*found, unsubscribed.gone(conn, *found))

    whose = await p.read(gather)
    if whose is None:
        raise HTTPException(404)
    return whose


def _page(request: Request, whose: Whose, done: str) -> Response:
    return page(
        request,
        "unsubscribe.html",
        channel=one_line(whose.channel, 64),
        address=shortened(whose.recipient),
        left_at=whose.left_at,
        done=done,
    )


def shortened(address: str) -> str:
    """`d…k@example.org`: enough to know one's own address by, and no more."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"
