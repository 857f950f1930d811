"""How a page is made: what the views share. Reads run in a thread, words come from `templates/pages`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter, to_thread
from msgspec import Struct, field
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..config import Config
from ..show.templating import ZONE, environment, templates
from ..store import Store
from .drawings import Drawings
from .visitors import visitor

if TYPE_CHECKING:
    from ..run.heartbeat import Heartbeat

T = TypeVar("T")
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

#: Pages are read one after the other: side by side they would share one interpreter, and the page that
#: takes most would take as long as all of them (4 clients, 95th percentile: 109 ms for 166). What may take
#: long, most of it in the database, holds up none of them; the store keeps connections for both.
LONG_READS = 3

STYLE = (templates() / "static" / "style.css").read_bytes()
STYLE_MARK = hashlib.sha256(STYLE).hexdigest()[:12]


class Pages(Struct, frozen=True):
    """What every view works with."""

    store: Store
    config: Config
    clock: Callable[[], datetime]
    beat: Heartbeat | None = None  #: of the daemon that serves them, where one does
    turn: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    long_turns: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(LONG_READS))
    drawings: Drawings = field(default_factory=Drawings)

    async def read(self, fn: Callable[[Connection], T], *, long: bool = False) -> T:
        """What `fn` returned of one moment of the database, read in a thread; `long` for what may take its
        time."""

        def work() -> T:
            with self.store.read() as conn:
                return fn(conn)

        return await self.work(work, long=long)

    async def work(self, fn: Callable[[], T], *, long: bool = False) -> T:
        """What `fn` returned in a thread, when it was its turn."""
        return await to_thread.run_sync(fn, limiter=self.long_turns if long else self.turn)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returned, once what it wrote is committed; beside a daemon, when it is our turn."""
        return await self.store.awrite(fn)


def pages(request: Request) -> Pages:
    """The `Pages` of the application that got this request."""
    found = request.app.state.pages
    assert isinstance(found, Pages)
    return found


def base(request: Request) -> str:
    """Where readers find the pages, without a last slash: the config's word for it, else the name we
    were asked under."""
    web = pages(request).config.web
    if web is not None and web.base_url:
        return web.base_url.rstrip("/")
    return f"{request.url.scheme}://{request.headers['host']}"


def zone(config: Config) -> tzinfo | None:
    """The zone of `[web] timezone`; None for UTC, which every time is told in anyway, and where this
    machine does not know it (any more)."""
    name = config.web.timezone if config.web is not None else "UTC"
    try:
        return None if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def number(text: str) -> int:
    """The id in a path or query; 404 where it is none that could be ours."""
    if not _ID.fullmatch(text):
        raise HTTPException(404)
    return int(text)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template, for the one who asks."""
    who = visitor(request)
    html = environment("pages").get_template(template)
    before = ZONE.set(zone(pages(request).config))
    try:
        text = html.render(style=STYLE_MARK, visitor=who, **values)
    finally:
        ZONE.reset(before)
    answer = HTMLResponse(text, status)
    if who.cookie:
        answer.headers.append("set-cookie", who.cookie)
    return answer


def outside(url: str | None) -> str:
    """The URL if it may be a link: http or https and nothing else; else ""."""
    return url if url and re.match(r"https?://[^\s/]", url, re.ASCII | re.IGNORECASE) else ""


def query(**values: str | int | list[str] | None) -> str:
    """`?a=1&b=2` of the values that are not empty; "" of none."""
    pairs = {k: v for k, v in values.items() if v not in (None, "", [])}
    return "?" + urlencode(pairs, doseq=True) if pairs else ""
