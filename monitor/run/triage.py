"""What a person says of an event, for us alone: seen, noise, or a remark.

Kept beside the event, never in it: its record and the chain stay as they are, and nobody is told. Whoever
says that an event is seen or noise wants no reminders of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from ..errors import UsageError
from ..model import Event, Kind
from ..show.plain import one_line
from ..store import called_off, events
from ..store.marks import Mark, MarkKind, add_mark, verdicts
from ..units import shown_time
from ..words import MARKS
from .retract import nearest, numbered

#: Longer remarks and names are cut.
MOST_WORDS, MOST_NAME = 2000, 200


class Marked(Struct, frozen=True):
    """What a mark of one event came to."""

    event: Event
    mark: Mark  #: as kept; where nothing new was said, the one that stood already
    already: Mark | None  #: what said the same before
    reminders: int  #: of the event that had not left yet and are dropped


def mark(
    what: str, kind: MarkKind, *, text: str, by: str, now: datetime
) -> Callable[[Connection], tuple[Marked, ...]]:
    """The function that marks an event (by id) or all of a batch, for `Store.write`.

    To say again what was said last changes nothing, but a text that comes with it is kept. UsageError
    where there is none such, or a note says nothing.
    """
    words, name = one_line(text, MOST_WORDS), one_line(by, MOST_NAME)

    def write(conn: Connection) -> tuple[Marked, ...]:
        chosen = _chosen(conn, what)
        if kind is MarkKind.NOTE and not words:
            raise UsageError(f'the note says nothing: postwatch note {what} "what is to be kept"')
        last = verdicts(conn, [e.id for e in chosen])
        return tuple(
            _marked(conn, event, Mark(event.id, kind, words, name, now), last.get(event.id))
            for event in chosen
        )

    return write


def _chosen(conn: Connection, what: str) -> list[Event]:
    event = numbered(conn, what)
    if event is not None:
        return [event]
    batch = [e for e in events.events(conn, batch=what) if e.kind is not Kind.RETRACTED]
    if not batch:
        raise UsageError(f"no event or batch {what}. {nearest(conn, what)}")
    return batch


def _marked(conn: Connection, event: Event, new: Mark, last: Mark | None) -> Marked:
    already = last if last is not None and last.kind is new.kind else None
    kept = new if already is None or new.text else already
    if kept is new:
        add_mark(conn, new)
    ends = new.kind is not MarkKind.NOTE
    return Marked(event, kept, already, called_off.stop_reminders(conn, event.id) if ends else 0)


def said(mark: Mark) -> str:
    """`marked as seen by Rosa, 2026-11-23 09:30 UTC: a remark`."""
    by = f" by {one_line(mark.by, MOST_NAME)}" if mark.by else ""
    text = f": {one_line(mark.text, MOST_WORDS)}" if mark.text else ""
    return f"{MARKS[mark.kind]}{by}, {shown_time(mark.at)}{text}"
