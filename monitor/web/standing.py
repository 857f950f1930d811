"""How does a watched site stand: does it answer, is it seen, what to do if not? For home and site page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection
from starlette.requests import Request

from ..model import Event
from ..show.gathering import rows
from ..show.rows import Row
from ..show.strip import DAYS, Day, days
from ..store import overview, posts, snapshots
from ..store.events import head
from ..store.marks import verdicts
from ..store.outlines import outlines
from ..store.rows import SiteRow
from ..store.withdrawn import withdrawals
from ..units import shown_duration_long, shown_number, shown_time
from ..words import ADVICE, MARKS, REASONS
from .visitors import Visitor

#: Events of the last weeks that are looked at; beyond it the strips begin later.
RECENT = 5000


class Standing(Struct, frozen=True):
    """A site with what its row on the home page shows."""

    row: SiteRow
    counts: dict[str, int]
    word: str  #: answering, blocked, down …
    health: str  #: the rest of the sentence
    trouble: bool
    advice: str
    cells: tuple[Day, ...]
    locked: int  #: of the removed posts, by a login or a refusal


def standing(
    conn: Connection, row: SiteRow, recent: Sequence[Event], now: datetime, *, paused: bool
) -> Standing:
    """How one site stands; `recent` are its events and our own blindness of the last weeks."""
    counts = posts.counts(conn, row.id, now)
    view = row.view
    word, health, advice = "answering", "", ""
    if not row.watched:
        word, health = "no longer watched", "its history stays"
    elif paused:
        word, health = "paused", "by the config"
    elif row.last_check_at is None:
        word, health = "not looked at yet", ""
    elif not view.up:
        word = REASONS[view.reason].short if view.reason else "unreachable"
        since = (
            f"not seen since {shown_time(view.last_up_at)}" if view.last_up_at else "never seen yet"
        )
        health = f"{since}; posts keep their state"
        advice = ADVICE.get(view.reason, "") if view.reason else ""
    elif row.baseline_at is None:
        read = overview.read_posts(conn, row.id)
        word = "first pass"
        health = (
            f"baseline: {shown_number(read)} of {shown_number(counts['posts'])} posts read; nothing is"
            " reported until it is complete"
        )
    ours = [e for e in recent if e.site in (row.name, None)]
    trouble = not view.up and row.watched
    shut = overview.locked(conn, row.id, unwatched=False) if counts["removed"] else 0
    return Standing(row, counts, word, health, trouble, advice, days(ours, now), shut)


def looked(row: SiteRow, now: datetime, *, paused: bool) -> str:
    """`looked at 4 minutes ago, next look in 6 minutes`; "" where there was none. No next one is due of a site
    that the config has paused."""
    if row.last_check_at is None:
        return ""
    said = f"looked at {ago(row.last_check_at, now)}"
    if row.watched and row.next_check_at is not None and not paused:
        left = row.next_check_at - now
        due = f"in {shown_duration_long(left)}" if left > timedelta(0) else "is due"
        said += f", next look {due}"
    return said


def ago(at: datetime, now: datetime) -> str:
    """`4 minutes ago`, or `just now`."""
    return (
        f"{shown_duration_long(now - at)} ago" if now - at >= timedelta(seconds=1) else "just now"
    )


class Late:
    """What happened in the last weeks, to all sites and to our own watch: enough of each event for the day
    strips and the week's headline. Kept until another is told: to read some thousands takes long."""

    def __init__(self) -> None:
        self._kept: tuple[object, list[Event]] = (None, [])

    def events(self, conn: Connection, names: Sequence[str], now: datetime) -> list[Event]:
        """Oldest first; some may be older than the strips. `names` are those the sites have now: a
        renamed site's events bear its new one."""
        # With what is forgotten, nothing goes that stands here.
        key = (head(conn), tuple(names), now.date())
        kept = self._kept
        if kept[0] != key:
            kept = (key, outlines(conn, since=now - timedelta(days=DAYS), limit=RECENT))
            self._kept = kept
        return kept[1]


def late_of(request: Request) -> Late:
    """The `Late` of the application that got this request."""
    found = request.app.state.late
    assert isinstance(found, Late)
    return found


def numbers(conn: Connection, told: Iterable[Event]) -> dict[int, int]:
    """Version number by snapshot id, of all that these events name."""
    wanted = {i for e in told for i in (e.snapshot_before, e.snapshot_after) if i is not None}
    return snapshots.numbers(conn, sorted(wanted))


def told_rows(
    conn: Connection, told: Sequence[Event], who: Visitor, *, together: bool = True
) -> list[Row]:
    """The rows of events, the latest first, with the versions they name, what was taken back, and, for who
    is one of us, what we said of them; with `together`, one row for events of one cause."""
    first = min((e.id for e in told), default=0)
    taken_back = withdrawals(conn, after=first)
    return rows(told, numbers(conn, told), taken_back, said(conn, who, told), together=together)


def said(conn: Connection, who: Visitor, told: Sequence[Event]) -> dict[int, str]:
    """What we said of these events last, in words, for who is one of us: by event."""
    if not who.ours:
        return {}
    return {i: MARKS[m.kind] for i, m in verdicts(conn, [e.id for e in told]).items()}
