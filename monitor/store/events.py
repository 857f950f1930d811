"""The events: append-only, each sealed to the one before, and the head kept apart so that a cut tail shows.

The record's JSON counts, its columns are for questions. A forgotten event keeps its place as a stub.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from ..model import Event, Kind, LookRecord, Reason, Role
from ..units import parse_rfc3339
from . import posts, tables
from .chain import GENESIS, body_hash, link_hash
from .codec import clean_all
from .dialect import upsert
from .search_events import add_event

_E = tables.events
_M = tables.meta
_HEAD = "head"
# Built once: to build a statement costs more than to run it, and each event needs these.
_HEAD_VALUE = select(_M.c.value).where(_M.c.key == _HEAD)
_HEAD_LOCKED = _HEAD_VALUE.with_for_update()
_HEAD_MOVED = update(_M).where(_M.c.key == _HEAD).values(value=bindparam("fresh"))

#: Records a verification holds at once.
_CHUNK = 500


def append(conn: Connection, event: Event, *, uid: str, salt: str) -> Event:
    """The event as it stands in the chain: numbered, sealed, its times to the second."""
    lock_head(conn)
    last, prev = head(conn)
    record = clean_all(replace(event, id=last + 1, uid=uid, salt=salt, prev=prev).as_record())
    record["body"] = body_hash(record)
    record["hash"] = link_hash(record)
    stored = from_record(record)
    conn.execute(insert(_E), _values(stored, record))
    if stored.post is not None:
        posts.told(conn, stored.post, stored.id)
    _move_head(conn, stored.id, stored.hash)
    add_event(conn, stored)
    return stored


def event(conn: Connection, event_id: int) -> Event | None:
    """The event with that id."""
    found = record(conn, event_id)
    return None if found is None else from_record(found)


def events_by_id(conn: Connection, ids: Sequence[int]) -> list[Event]:
    """The events of these ids, ascending; those that are not there are left out."""
    query = select(_E.c.record).where(_E.c.id.in_(ids)).order_by(_E.c.id)
    return [from_record(json.loads(text)) for text in conn.execute(query).scalars()]


def events(
    conn: Connection,
    *,
    after: int | None = None,
    since: datetime | None = None,
    sites: Collection[str] = (),
    kinds: Collection[Kind] = (),
    post_id: int | None = None,
    batch: str | None = None,
    limit: int | None = None,
    newest_first: bool = False,
    before: int | None = None,
) -> list[Event]:
    """Events by id; `after` and `before` are ids, exclusive; `since` is a time, inclusive.

    Empty `sites` and `kinds` mean all. Sites go by the name they have now.
    """
    query = select(_E.c.record).order_by(_E.c.id.desc() if newest_first else _E.c.id)
    if after is not None:
        query = query.where(_E.c.id > after)
    if before is not None:
        query = query.where(_E.c.id < before)
    if since is not None:
        query = query.where(_E.c.detected_at >= since)
    if sites:
        query = query.where(_E.c.site.in_(list(sites)))
    if kinds:
        query = query.where(_E.c.kind.in_([Kind(k).value for k in kinds]))
    if post_id is not None:
        query = query.where(_E.c.post_id == post_id)
    if batch is not None:
        query = query.where(_E.c.batch == batch)
    if limit is not None:
        query = query.limit(limit)
    return [from_record(json.loads(text)) for text in conn.execute(query).scalars()]


def record(conn: Connection, event_id: int) -> dict[str, Any] | None:
    """The record exactly as stored; None where there is no such event."""
    text = conn.execute(select(_E.c.record).where(_E.c.id == event_id)).scalar_one_or_none()
    if text is None:
        return None
    found: dict[str, Any] = json.loads(text)
    return found


def head(conn: Connection) -> tuple[int, str]:
    """Id and hash of the newest event; (0, GENESIS) where there is none."""
    text = conn.execute(_HEAD_VALUE).scalar_one_or_none()
    if not text:
        return 0, GENESIS
    kept = json.loads(text)
    return int(kept["id"]), str(kept["hash"])


def forget(conn: Connection, post_id: int) -> int:
    """How many events of the post were made stubs: content and salt gone, their seals kept."""
    ids = list(conn.execute(select(_E.c.id).where(_E.c.post_id == post_id)).scalars())
    for event_id in ids:
        whole = event(conn, event_id)
        if whole is not None:
            stub = stub_of(whole)
            values = _values(stub, stub.as_record())
            conn.execute(update(_E).where(_E.c.id == event_id).values(values))
    return len(ids)


def stub_of(event: Event) -> Event:
    """What is left of an event once its post is forgotten."""
    return Event(
        kind=event.kind,
        detected_at=event.detected_at,
        site=event.site,
        post=event.post,
        origin=event.origin,
        id=event.id,
        uid=event.uid,
        body=event.body,
        prev=event.prev,
        hash=event.hash,
    )


def is_stub(event: Event) -> bool:
    """Whether the event was forgotten: an unsalted one that says nothing but its place in the chain."""
    return not event.salt and event == stub_of(event)


def verify_chain(conn: Connection) -> list[str]:
    """One line for each fault of the chain: altered, missing or cut off; empty where it holds."""
    faults: list[str] = []
    expected, prev = 1, GENESIS
    for row in _stream(conn):
        if row.id != expected:
            faults.append(_gap(expected, row.id - 1))
        fault = _fault(row, prev if row.id == expected else None)
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


def from_record(record: dict[str, Any]) -> Event:
    """The event that a record says; its `as_record()` is the same record again."""
    return Event(
        kind=Kind(record["kind"]),
        detected_at=parse_rfc3339(record["detected_at"]),
        reason=None if record["reason"] is None else Reason(record["reason"]),
        site=record["site"],
        post=record["post"],
        url=record["url"],
        title=record["title"],
        published_at=record["published_at"],
        last_seen_at=_time(record["last_seen_at"]),
        first_missing_at=_time(record["first_missing_at"]),
        last_missing_at=_time(record["last_missing_at"]),
        removed_event=record["removed_event"],
        absent_for=None if record["absent_for"] is None else _pair(record["absent_for"]),
        moved_to=record["moved_to"],
        retracts=record["retracts"],
        why=record["why"],
        by=record["by"],
        snapshot_before=record["snapshot_before"],
        snapshot_after=record["snapshot_after"],
        fields=tuple(record["fields"]),
        words_added=record["words_added"],
        words_removed=record["words_removed"],
        similarity=record["similarity"],
        silent=record["silent"],
        phrases_lost=tuple(record["phrases_lost"]),
        phrases_gained=tuple(record["phrases_gained"]),
        batch=record["batch"],
        origin=record["origin"],
        vantage=record["vantage"],
        evidence=tuple(record["evidence"]),
        looks=tuple(_look(x) for x in record["looks"]),
        id=record["id"],
        uid=record["uid"],
        salt=record["salt"],
        body=record["body"],
        prev=record["prev"],
        hash=record["hash"],
    )


def _look(record: dict[str, Any]) -> LookRecord:
    return LookRecord(
        at=parse_rfc3339(record["at"]),
        url=record["url"],
        role=Role(record["role"]),
        status=record["status"],
        rule=record["rule"],
        server_date=record["server_date"] or "",
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_rfc3339(text)


def _pair(values: list[int]) -> tuple[int, int]:
    return values[0], values[1]


def _values(event: Event, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": event.id,
        "uid": event.uid,
        "kind": event.kind.value,
        "reason": record["reason"],
        "site": event.site,
        "post_id": event.post,
        "url": event.url,
        "title": event.title,
        "detected_at": event.detected_at,
        "batch": event.batch,
        "origin": event.origin,
        "silent": event.silent,
        "record": json.dumps(record, ensure_ascii=False, separators=(",", ":")),
        "body": event.body,
        "prev": event.prev,
        "hash": event.hash,
    }


def lock_head(conn: Connection) -> None:
    """Holds others off from appending until this transaction ends."""
    # Two processes may append to one PostgreSQL database; SQLite's write lock is held already.
    upsert(conn, _M, {"key": _HEAD, "value": ""}, ("key",), update=False)
    conn.execute(_HEAD_LOCKED)


def _move_head(conn: Connection, event_id: int, seal: str) -> None:
    value = json.dumps({"id": event_id, "hash": seal})
    conn.execute(_HEAD_MOVED, {"fresh": value})


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
    expected = _values(event, record)
    del expected["record"], expected["site"]  # a renamed site's events are found by its new name
    wrong = [name for name, value in expected.items() if getattr(row, name) != value]
    return f"its columns were altered ({', '.join(wrong)})" if wrong else ""
