"""Is the chain of events whole? Each against its own seal, the one before it, and the head."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Connection, select, type_coerce

from ..errors import StoreError
from ..model import Event, Kind, Reason
from . import tables
from .chain import GENESIS, body_hash, link_hash
from .columns import Time, micros
from .events import as_text, columns_of, from_record, head, is_stub
from .record_text import text_of

_E = tables.events
#: The very values, whatever became of them: what cannot be a time must not end the search.
_AS_STORED = select(
    *(type_coerce(c, BigInteger).label(c.name) if isinstance(c.type, Time) else c for c in _E.c)
)
#: Records held at once.
_CHUNK = 500


def verify_chain(conn: Connection) -> list[str]:
    """One line for each fault of the chain: altered, missing or cut off; empty where it holds."""
    faults: list[str] = []
    called = _Names(conn)
    expected, prev = 1, GENESIS
    for row in _stream(conn):
        follows = row.id == expected or _is_seam(row, prev)
        if not follows:
            faults.append(_gap(expected, row.id - 1))
        fault = _fault(row, prev if follows else None, called)
        if fault:
            faults.append(f"event {row.id}: {fault}")
        expected, prev = row.id + 1, row.hash
    try:
        last, seal = head(conn)
    except (ValueError, KeyError, TypeError):
        return [*faults, "the chain's head was altered: it cannot be read"]
    if expected - 1 < last:
        faults.append(f"{_gap(expected, last)}: the chain's head is event {last}")
    elif expected - 1 > last:
        faults.append(f"event {expected - 1} stands after the chain's head, which is event {last}")
    elif seal != prev:
        faults.append(f"event {last}: the chain's head has another hash")
    return faults


def versions_named(conn: Connection) -> Iterator[tuple[int, int | None, int | None]]:
    """Each event's id, and the ids of the versions before and after that its record names."""
    for row in _stream(conn):
        try:
            record = json.loads(text_of(row))
            yield row.id, record["snapshot_before"], record["snapshot_after"]
        except (StoreError, ValueError, KeyError, TypeError):
            continue  # that it was altered is said by `verify_chain`


def _is_seam(row: Any, prev: str) -> bool:
    """Whether a restore left out numbers before this event: they may have been given out by the database
    that it replaced. None is missing, since it is linked to the one that stands before it."""
    seam = (Kind.WATCH_RESUMED.value, Reason.RESTORED.value)
    return (row.kind, row.reason) == seam and row.prev == prev


def _stream(conn: Connection) -> Iterator[Any]:
    last = 0
    while True:
        rows = conn.execute(_AS_STORED.where(_E.c.id > last).order_by(_E.c.id).limit(_CHUNK)).all()
        yield from rows
        if len(rows) < _CHUNK:
            return
        last = rows[-1].id


def _gap(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"


class _Names:
    """How sites are called now: a renamed one's events are found by its new name."""

    def __init__(self, conn: Connection) -> None:
        of_post = select(tables.posts.c.id, tables.sites.c.name).join_from(
            tables.posts, tables.sites
        )
        self._of_post = {post: name for post, name in conn.execute(of_post)}
        self._all = set(conn.execute(select(tables.sites.c.name)).scalars())

    def may_be(self, name: str | None, event: Event) -> bool:
        """Whether an event may be found by this name."""
        if name == event.site:
            return True
        own = self._of_post.get(event.post) if event.post is not None else None
        return event.site is not None and (name == own if own else name in self._all)


def _fault(row: Any, prev: str | None, called: _Names) -> str:
    """What is wrong with one event's row; `prev` None where the one before is missing."""
    try:
        text = text_of(row)
        record = json.loads(text)
        event = from_record(record)
        if event.as_record() != record:
            return "its record was altered (it is not in the contract's form)"
        if not is_stub(event) and body_hash(record) != event.body:
            return "its record was altered (its body has another hash)"
        if link_hash(record) != event.hash:
            return "its record was altered (its link has another hash)"
        if as_text(record) != text:
            return "its record was altered (it reads the same, and is written otherwise)"
    except (StoreError, ValueError, KeyError, TypeError, IndexError, AttributeError) as e:
        return f"its record was altered ({type(e).__name__}: it cannot be read)"
    if prev is not None and event.prev != prev:
        return "it is not linked to the event before it"
    expected = columns_of(event, record)
    del expected["record"], expected["packed"], expected["site"]
    expected["detected_at"] = micros(event.detected_at)
    wrong = [name for name, value in expected.items() if getattr(row, name) != value]
    wrong += [] if called.may_be(row.site, event) else ["site"]
    return f"its columns were altered ({', '.join(wrong)})" if wrong else ""
