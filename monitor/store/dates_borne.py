"""Which dates did a post's page bear? The one at our first look stands, whatever it was changed to since."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection

from ..model import Event
from . import snapshots
from .rows import SnapshotRow

#: Changes of its date that are gone through: a post has one or two.
MOST = 50


def dates_borne(
    conn: Connection, versions: Sequence[SnapshotRow], told: Sequence[Event], now: str
) -> tuple[str, ...]:
    """The dates of a post's page in the order in which we read them, none twice in a row and `now` the
    last; "" where it bore none. `versions` and `told` (its events) are oldest first; () where no version
    is kept."""
    if not versions:
        return ()
    changes = [e for e in told if "published_at" in e.fields and e.snapshot_after is not None]
    ids = [versions[0].id, *(e.snapshot_after or 0 for e in changes[-MOST:])]
    read = [snapshots.article(conn, i, first=n == 0) for n, i in enumerate(ids)]
    dates = [article.published_at for article in read if article is not None]
    return tuple(date for date, _ in groupby([*dates, now]))
