"""The words of one event for the search: its own, and those that its version added or dropped."""

from __future__ import annotations

from sqlalchemy import Connection

from ..model import Event
from ..read.changed import changed_texts
from . import search_index
from .snapshots import article


def add_event(conn: Connection, event: Event) -> None:
    """Keeps the words of an event, in place of those it had."""
    texts = [event.title, event.url or "", event.moved_to or "", event.why or ""]
    if event.snapshot_before is not None and event.snapshot_after is not None:
        before, after = article(conn, event.snapshot_before), article(conn, event.snapshot_after)
        if before is not None and after is not None:
            texts += changed_texts(before, after, frozenset(event.fields))
    search_index.put(conn, search_index.EVENTS, event.id, texts)
