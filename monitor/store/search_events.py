"""The words of one event for the search: its own, and those that its version added or dropped."""

from __future__ import annotations

from sqlalchemy import Connection

from ..errors import StoreError
from ..model import Event
from ..read.article import Article
from ..read.changed import Changed, changed_texts
from . import search_index
from .snapshots import article


def add_event(conn: Connection, event: Event) -> None:
    """Keeps the words of an event, in place of those it had."""
    texts = [event.title, event.url or "", event.moved_to or "", event.why or ""]
    before, after = (readable(conn, i) for i in (event.snapshot_before, event.snapshot_after))
    changed = Changed()
    if before is not None and after is not None:
        changed = changed_texts(before, after, frozenset(event.fields))
    search_index.put_event(conn, event.id, [*texts, *changed.words], changed.sentences)


def readable(conn: Connection, snapshot_id: int | None) -> Article | None:
    """The article of a version; None where there is none, or a damaged one: `verify` names that."""
    try:
        return None if snapshot_id is None else article(conn, snapshot_id)
    except StoreError:
        return None
