"""Control pages as they were read last: one that stands as it did is not parsed again.

Nothing but a memory of our own work: a row may go at any time, and the page is read anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, bindparam, delete, select

from ..read.page import Page
from . import bodies, tables
from .codec import from_json, to_json
from .dialect import upsert

_R = tables.read_pages

#: Bytes of a page as it is kept, packed; what is larger is read each time.
LARGEST = 64 * 1024
#: How long a page that stands still is remembered.
KEPT = timedelta(days=30)
_HALVES = "."
_AT = select(_R.c.stands, _R.c.data).where(_R.c.place == bindparam("at"))


def read_page(conn: Connection, place: str, exact: str, settled: Callable[[], str]) -> Page | None:
    """The page that was read at a place, where it stood as it does now; None else. `exact` stands for its
    very bytes, `settled`, asked where those are others, for what a reader makes of them."""
    row = conn.execute(_AT, {"at": place}).first()
    if row is None:
        return None
    before, _, exactly = row.stands.partition(_HALVES)
    if exactly != exact and before != settled():
        return None
    try:
        return from_json(bodies.unpacked(bytes(row.data)), Page)
    except (ValueError, msgspec.DecodeError):
        return None  # damaged, or an older release's


def keep_page(
    conn: Connection, place: str, stands: tuple[str, str], page: Page, now: datetime
) -> None:
    """Remembers a page in the place of what was read there before; `stands` is settled and exact."""
    data = bodies.packed(to_json(page).encode())
    if len(data) <= LARGEST:
        row = {"place": place, "stands": _HALVES.join(stands), "data": data, "read_at": now}
        upsert(conn, _R, row, ("place",))


def let_go(conn: Connection, before: datetime | None = None) -> None:
    """Forgets all pages, or those that were read before a time."""
    conn.execute(delete(_R) if before is None else delete(_R).where(_R.c.read_at < before))
