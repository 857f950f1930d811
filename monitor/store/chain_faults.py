"""Is the chain of events whole? Each against its own seal, the one before it, and the head."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from ..model import Kind, Reason
from . import tables
from .chain import GENESIS, body_hash, link_hash
from .events import columns_of, from_record, head, is_stub

_E = tables.events
#: Records held at once.
_CHUNK = 500


def verify_chain(conn: Connection) -> list[str]:
    """One line for each fault of the chain: altered, missing or cut off; empty where it holds."""
    faults: list[str] = []
    expected, prev = 1, GENESIS
    for row in _stream(conn):
        follows = row.id == expected or _is_seam(row, prev)
        if not follows:
            faults.append(_gap(expected, row.id - 1))
        fault = _fault(row, prev if follows else None)
        if fault:
            faults.append(f"event {row.id}: {fault}")
        expected, prev = row.id + 1, row.hash
    last, seal = head(conn)
    if expected - 1 < last:
        faults.append(f"{_gap(expected, last)}: the chain's head is event {last}")
    elif expected - 1 > last:
        faults.append(f"event {expected - 1} stands after the chain's head, which is event {last}")
    elif seal != prev:
        faults.append(f"event {last}: the chain's head has another hash")
    return faults


def _is_seam(row: Any, prev: str) -> bool:
    """Whether a restore left out numbers before this event: they may have been given out by the database
    that it replaced. None is missing, since it is linked to the one that stands before it."""
    seam = (Kind.WATCH_RESUMED.value, Reason.RESTORED.value)
    return (row.kind, row.reason) == seam and row.prev == prev


def _stream(conn: Connection) -> Iterator[Any]:
    last = 0
    while True:
        rows = conn.execute(select(_E).where(_E.c.id > last).order_by(_E.c.id).limit(_CHUNK)).all()
        yield from rows
        if len(rows) < _CHUNK:
            return
        last = rows[-1].id


def _gap(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"


def _fault(row: Any, prev: str | None) -> str:
    """What is wrong with one event's row; `prev` None where the one before is missing."""
    try:
        record = json.loads(row.record)
        event = from_record(record)
        if event.as_record() != record:
            return "its record was altered (it is not in the contract's form)"
        if not is_stub(event) and body_hash(record) != event.body:
            return "its record was altered (its body has another hash)"
        if link_hash(record) != event.hash:
            return "its record was altered (its link has another hash)"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as e:
        return f"its record was altered ({type(e).__name__}: it cannot be read)"
    if prev is not None and event.prev != prev:
        return "it is not linked to the event before it"
    expected = columns_of(event, record)
    del expected["record"], expected["site"]  # a renamed site's events are found by its new name
    wrong = [name for name, value in expected.items() if getattr(row, name) != value]
    return f"its columns were altered ({', '.join(wrong)})" if wrong else ""
