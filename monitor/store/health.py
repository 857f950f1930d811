"""What `doctor` asks of the database: ages and last sightings of posts, dates servers gave, its own size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, func, select, text

from ..decide.growth import KEPT, Note
from ..model import Role, Status
from ..units import parse_rfc3339, rfc3339
from . import meta, tables

_P, _O = tables.posts, tables.observations
#: meta: the size of the database and the room on its disk, once a day.
_NOTES = "size_notes"


class LookTime(Struct, frozen=True):
    """When a look was made, by us and by them."""

    url: str
    at: datetime
    server_date: str
    took: timedelta


class Aged(Struct, frozen=True):
    """What the age of a post is told by."""

    status: Status
    published_at: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None


def ages(conn: Connection, site_id: int) -> list[Aged]:
    """The watched posts of a site, in no order; none of their states is read."""
    asked = (_P.c.status, _P.c.published_at, _P.c.first_seen_at, _P.c.last_seen_at)
    found = conn.execute(select(*asked).where(_P.c.site_id == site_id, _P.c.watched))
    return [Aged(Status(status), *rest) for status, *rest in found]


def unseen(conn: Connection, site_id: int, before: datetime) -> tuple[int, datetime | None]:
    """How many watched posts that should be up were not truly seen since `before`, of those that ever
    were; when the one that was not for the longest was."""
    query = select(func.count(), func.min(_P.c.last_seen_at)).where(
        _P.c.site_id == site_id,
        _P.c.watched,
        _P.c.status == Status.LIVE.value,
        _P.c.last_seen_at < before,
    )
    many, oldest = conn.execute(query).one()
    return int(many), oldest


def never_read(conn: Connection, site_id: int) -> int:
    """How many watched posts of a site no article was ever read of."""
    query = select(func.count()).where(
        _P.c.site_id == site_id, _P.c.watched, _P.c.snapshot.is_(None)
    )
    return int(conn.execute(query).scalar_one())


def look_times(conn: Connection, site_id: int, limit: int = 40) -> list[LookTime]:
    """The latest stretches of looks at a site's pages, at its control pages first."""
    found = []
    for roles in ((Role.HOME, Role.ROBOTS), (Role.POST, Role.SOURCE)):
        query = (
            select(_O.c.url, _O.c.last_at, _O.c.server_date, _O.c.took)
            .where(_O.c.site_id == site_id, _O.c.role.in_([r.value for r in roles]))
            .where(_O.c.failure == "")
            .order_by(_O.c.id.desc())
            .limit(limit)
        )
        found += [
            LookTime(url, at, date, timedelta(microseconds=took))
            for url, at, date, took in conn.execute(query)
        ]
    return found


def size(conn: Connection, path: Path | None) -> int:
    """Bytes of the database; of a file with its write-ahead log."""
    if path is None:
        asked = text("SELECT pg_database_size(current_database())")
        return int(conn.execute(asked).scalar_one())
    return sum(p.stat().st_size for p in (path, Path(f"{path}-wal")) if p.exists())


def noted(conn: Connection, path: Path | None, now: datetime) -> Note:
    """The size of the database and the room on its disk, now; a server's disk is not seen from here."""
    free = shutil.disk_usage(path.parent).free if path is not None else 0
    return Note(now, size(conn, path), free)


def note_size(conn: Connection, path: Path | None, now: datetime) -> list[Note]:
    """Writes down what the disk looks like, and gives all that was noted, oldest first."""
    kept = [*(n for n in notes(conn) if n.at < now), noted(conn, path, now)][-KEPT:]
    meta.put(conn, _NOTES, json.dumps([[rfc3339(n.at), n.size, n.free] for n in kept]))
    return kept


def notes(conn: Connection) -> Sequence[Note]:
    """What was noted of the disk, oldest first."""
    rows = json.loads(meta.value(conn, _NOTES) or "[]")
    return [Note(parse_rfc3339(at), size_, free) for at, size_, free in rows]
