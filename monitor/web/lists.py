"""`/events.json` and `/events.csv`: what `/events` is asked, for programs and for spreadsheets.

The newest first, as many as one answer may hold; where there are older ones, Link names the next part. A program
follows it; a spreadsheet does not, so a table holds more.
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

#: Events in one answer: 120 take some 185 kB as JSON where most are edits, a thousand 330 kB as a table; a quarter of it on the wire.
JSON_MOST, CSV_MOST = 120, 1000
#: And bytes of their records, whatever stands in them; one event at the least.
ROOM = 2_000_000


async def as_json(request: Request) -> Response:
    """An array of the contract's records, each as it is sealed."""
    return await _list(
        request, JSON_MOST, "/events.json", "application/json", lambda rows: f"[{','.join(rows)}]"
    )


async def as_csv(request: Request) -> Response:
    """A table with a header, as a file to keep."""
    return await _list(
        request,
        CSV_MOST,
        "/events.csv",
        spreadsheet.MEDIA_TYPE,
        lambda rows: spreadsheet.table(map(json.loads, rows)),
        {"content-disposition": 'attachment; filename="events.csv"'},
    )


async def _list(
    request: Request,
    most: int,
    path: str,
    media_type: str,
    write: Callable[[list[str]], str],
    headers: dict[str, str] | None = None,
) -> Response:
    asked = asked_by(request)
    wanted = asked.wanted()

    def gather(conn: Connection) -> tuple[bytes, int | None]:
        ids = found(conn, wanted, most + 1)
        rows = _within(records(conn, ids[:most]))
        older = ids[len(rows) - 1] if len(ids) > len(rows) else None
        return write(rows).encode(), older

    body, older = await pages(request).read(gather, long=True)
    headers = dict(headers or {})
    if older is not None:
        headers["link"] = f'<{base(request)}{asked.address(older, path=path)}>; rel="next"'
    return tagged(request, body, media_type, headers)


def _within(rows: list[str]) -> list[str]:
    room = ROOM
    for n, row in enumerate(rows):
        room -= len(row)
        if room < 0 and n:
            return rows[:n]
    return rows
