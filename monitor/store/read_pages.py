"""Control pages as they were read last: one that stands as it did is not parsed again.

Nothing but a memory of our own work: a row may go at any time, and the page is read anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, select

from ..read.page import Page
from . import bodies, tables
from .codec import from_json, to_json
from .dialect import upsert

_R = tables.read_pages

#: Bytes of a page as it is kept, packed; what is larger is read each time.
LARGEST = 64 * 1024
#: How long a page that stands still is remembered.
KEPT = timedelta(days=30)


def read_page(conn: Connection, place: str, stands: str) -> Page | None:
    """The page that was read at a place, where it stood as it does now; None else."""
    query = select(_R.c.data).where(_R.c.place == place, _R.c.stands == stands)
    data = conn.execute(query).scalar_one_or_none()
    if data is None:
        return None
    try:
        return from_json(bodies.unpacked(bytes(data)), Page)
    except (ValueError, msgspec.DecodeError):
        return None  # damaged, or an older release's


def keep_page(conn: Connection, place: str, stands: str, page: Page, now: datetime) -> None:
    """Remembers a page in the place of what was read there before."""
    data = bodies.packed(to_json(page).encode())
    if len(data) <= LARGEST:
        row = {"place": place, "stands": stands, "data": data, "read_at": now}
        upsert(conn, _R, row, ("place",))


def let_go(conn: Connection, before: datetime | None = None) -> None:
    """Forgets all pages, or those that were read before a time."""
    conn.execute(delete(_R) if before is None else delete(_R).where(_R.c.read_at < before))
