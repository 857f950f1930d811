"""`/events.json` and `/events.csv`: what `/events` is asked, for programs and for spreadsheets.

A thousand events at most, the newest first; where there are older ones, Link names the next part.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from ..show import spreadsheet
from ..store.search import found, records
from .asked import asked_by
from .fresh import tagged
from .making import base, pages
from .visitors import visitor

#: Events in one answer.
MOST = 1000


async def as_json(request: Request) -> Response:
    """An array of the contract's records, each as it is sealed."""
    return await _list(
        request, "/events.json", "application/json", lambda rows: f"[{','.join(rows)}]"
    )


async def as_csv(request: Request) -> Response:
    """A table with a header, as a file to keep."""
    return await _list(
        request,
        "/events.csv",
        spreadsheet.MEDIA_TYPE,
        lambda rows: spreadsheet.table(map(json.loads, rows)),
        {"content-disposition": 'attachment; filename="events.csv"'},
    )


async def _list(
    request: Request,
    path: str,
    media_type: str,
    write: Callable[[list[str]], str],
    headers: dict[str, str] | None = None,
) -> Response:
    asked = asked_by(request)
    wanted = asked.wanted()

    def gather(conn: Connection) -> tuple[bytes, int | None]:
        ids = found(conn, wanted, MOST + 1)
        part = ids[:MOST]
        older = part[-1] if len(ids) > MOST else None
        return write(records(conn, part)).encode(), older

    body, older = await pages(request).read(gather)
    headers = dict(headers or {})
    if older is not None:
        headers["link"] = f'<{base(request)}{asked.address(older, path=path)}>; rel="next"'
    if visitor(request).logged_in:
        headers["cache-control"] = "private, no-store"
    return tagged(request, body, media_type, headers)
