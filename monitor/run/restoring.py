"""A database brought back from a backup, and what it begins with: the seam, the held alerts, the numbers.

What was kept since the backup is lost to it. Links, mails and exports may still name numbers of that time,
so none of them is given out again; and what the backup calls pending may have been sent long ago.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, func, select

from ..errors import StoreError
from ..model import Event, Kind, Reason
from ..store import Store, backup, events, forget, held, left_copies, meta, posts, queue, tables
from ..store import restore as putting_back
from ..store.copying import NUMBERED, go_on_after, last_number
from ..store.present import Present
from ..store.scrub import scrub
from ..units import parse_rfc3339, rfc3339, shown_time
from .alerts import sealed
from .standstill import begin_again, looked_at

_RESTORED_AT = "restored_at"
#: How far numbers jump where it cannot be known which were given out since the backup.
MARGIN = 1_000_000


class Restored(Struct, frozen=True):
    """What a restore came to."""

    taken_at: datetime | None  #: when the backup was taken, as far as it is known
    seam: Event
    held: int  #: alerts
    sites: int
    posts: int
    events: int  #: the seam aside
    erased: int  #: posts that had been forgotten since the backup, and were again
    aside: str = ""  #: where what stood there is now; "" where nothing did


def restore(
    url: str,
    file: Path,
    *,
    aside: bool,
    now: datetime,
    say: Callable[[str], None],
    step: Callable[[int, int], None] = lambda *_: None,
) -> Restored:
    """Puts a backup in the place of the database at `url`; raises as `store.restore.restore` does."""
    made: list[Restored] = []

    def begin(conn: Connection, present: Present) -> None:
        made.append(anew(conn, present, now))

    place = putting_back.restore(url, file, aside=aside, now=now, begin=begin, say=say, step=step)
    done = made[-1]

    def remember(conn: Connection) -> None:
        taken = done.taken_at or now
        left_copies.remember(conn, left_copies.CopyKind.BACKUP, file, taken)
        if place:
            kept = Path(place) if not place.startswith("the schema ") else place
            left_copies.remember(conn, left_copies.CopyKind.ASIDE, kept, now)

    try:
        with Store.open(url, clock=lambda: now) as store:
            store.write(remember)
            if done.erased:
                scrub(store)
    except StoreError as e:
        moved = f"; what was there before is now {place}" if place else ""
        raise StoreError(f"the backup was restored{moved}; but then: {e}") from e
    return Restored(**{f: getattr(done, f) for f in _FIELDS} | {"aside": place})


_FIELDS = ("taken_at", "seam", "held", "sites", "posts", "events", "erased")


def anew(conn: Connection, present: Present, now: datetime) -> Restored:
    """Makes restored rows those of a database that begins again: alerts held, numbers beyond all that may
    have been given out, the seam in the chain."""
    taken = _taken_at(conn)
    meta.put(conn, backup.TAKEN_AT, "")
    for key, at in (present.copies or {}).items():
        meta.put(conn, key, at)
    erased = _erased_again(conn, present, now)
    queue.release_all(conn)
    waiting = held.hold(conn)
    last, seal = events.head(conn)
    theirs = present.hashes or {}
    # It holds our newest event: then it is what became of the backed-up database, and says all it gave.
    same = bool(last) and theirs.get(last) == seal
    margin = 0 if same else MARGIN
    for table in NUMBERED:
        given = (present.numbers or {}).get(table.name, 0)
        go_on_after(conn, table, max(last_number(conn, table), given) + margin)
    least = max(last, max(theirs, default=0)) + margin + 1
    begin_again(conn, now)
    meta.put(conn, _RESTORED_AT, rfc3339(now))
    seam = sealed(conn, random.SystemRandom(), _seam(taken, last, least, now), least=least)

    def count(of: str) -> int:
        table = tables.metadata.tables[of]
        return conn.execute(select(func.count()).select_from(table)).scalar_one()

    return Restored(
        taken, seam, waiting, count("sites"), count("posts"), count("events") - 1, erased
    )


def _erased_again(conn: Connection, present: Present, now: datetime) -> int:
    """Forgets what was forgotten since the backup; how many posts."""
    before = forget.forgotten(conn)
    found = {row.state.post_id for key in present.erased for row in posts.find_post(conn, key)}
    for post_id in found - before:
        forget.forget_post(conn, post_id, now)
    return len(found - before)


def restored_at(conn: Connection) -> datetime | None:
    """When this database was last brought back from a backup; None where it never was."""
    text = meta.value(conn, _RESTORED_AT)
    return parse_rfc3339(text) if text else None


def _taken_at(conn: Connection) -> datetime | None:
    """When a backup was taken; of another copy of a database, when something was last noted in it."""
    text = meta.value(conn, backup.TAKEN_AT)
    if text:
        return parse_rfc3339(text)
    latest = [
        conn.execute(select(func.max(column))).scalar()
        for column in (tables.events.c.detected_at, tables.observations.c.last_at)
    ]
    return max(filter(None, (*latest, looked_at(conn))), default=None)


def _seam(taken: datetime | None, last: int, least: int, now: datetime) -> Event:
    from_when = f"taken at {shown_time(taken)}" if taken else "of a time that is not known"
    gone = max(0, int((now - taken).total_seconds())) if taken else None
    unused = f"number {last + 1} may have been given to an event since then, and stays unused"
    if least > last + 2:
        numbers = f"{last + 1} to {least - 1}"
        unused = f"numbers {numbers} may have been given to events since then, and stay unused"
    return Event(
        kind=Kind.WATCH_RESUMED,
        reason=Reason.RESTORED,
        detected_at=now,
        first_missing_at=taken,
        last_missing_at=now,
        absent_for=None if gone is None else (gone, gone),
        title="postwatch was restored from a backup",
        evidence=(
            f"the database was restored from a backup {from_when}",
            *((unused,) if least > last + 1 else ()),
        ),
    )


def held_said(conn: Connection) -> str:
    """`3 alerts are held back since the restore: …`; "" where none is."""
    many = held.held(conn)
    if not many:
        return ""
    alerts = "1 alert is" if many == 1 else f"{many} alerts are"
    return f"{alerts} held back since the restore; to send what is still due: postwatch notify --resume"
