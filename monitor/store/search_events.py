"""The words of one event for the search: its own, and those that its version added or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ..errors import StoreError
from ..model import Event
from ..read.article import Article
from . import search_index
from .snapshots import article

if TYPE_CHECKING:
    from ..read.changed import Changed


def add_event(
    conn: Connection, event: Event, changed: Changed | None = None, *, anew: bool = False
) -> None:
    """Keeps the words of an event, in place of those it had; an event that is `anew` had none. `changed` is what its
    version added or dropped, where that is known already."""
    texts = [event.title, event.url or "", event.moved_to or "", event.why or ""]
    changed = changed or _changed(conn, event)
    if not anew:
        search_index.take_event(conn, event.id)
    search_index.put_event(conn, event.id, [*texts, *changed.words], changed.sentences)


def _changed(conn: Connection, event: Event) -> Changed:
    from ..read.changed import Changed, changed_texts  # here: most passes tell nothing

    before, after = (readable(conn, i) for i in (event.snapshot_before, event.snapshot_after))
    if before is None or after is None:
        return Changed()
    return changed_texts(before, after, frozenset(event.fields))


def readable(conn: Connection, snapshot_id: int | None) -> Article | None:
    """The article of a version; None where there is none, or a damaged one: `verify` names that."""
    try:
        return None if snapshot_id is None else article(conn, snapshot_id)
    except StoreError:
        return None
