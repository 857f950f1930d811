"""The events: append-only, each sealed to the one before, and the head kept apart so that a cut tail shows.

The record's JSON counts, its columns are for questions. A forgotten event keeps its place as a stub.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, insert, select, update

from ..model import Event, Kind, LookRecord, Reason, Role
from ..units import parse_rfc3339
from ..values import replace
from . import posts, tables
from .chain import GENESIS, body_hash, link_hash
from .codec import clean_all, said_if_damaged
from .dialect import upsert
from .record_text import COLUMNS, kept_as, text_of
from .search_events import add_event
from .within import within

if TYPE_CHECKING:
    from ..read.changed import Changed

_E = tables.events
_M = tables.meta
_HEAD = "head"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# Built once: to build a statement costs more than to run it, and each event needs these.
_RECORDS = select(*COLUMNS)
_HEAD_VALUE = select(_M.c.value).where(_M.c.key == _HEAD)
_INSERT = insert(_E)
_HEAD_LOCKED = _HEAD_VALUE.with_for_update()
_HEAD_MOVED = update(_M).where(_M.c.key == _HEAD).values(value=bindparam("fresh"))


def append(
    conn: Connection,
    event: Event,
    *,
    uid: str,
    salt: str,
    least: int = 1,
    changed: Changed | None = None,
) -> Event:
    """The event as it stands in the chain: numbered, sealed, its times to the second. Its number is
    `least` or more: a seam's alone skips some (restored.py). `changed` as `add_event` takes it."""
    kept = within(conn)
    if _HEAD not in kept:
        lock_head(conn)
        kept[_HEAD] = head(conn)
    last, prev = kept[_HEAD]
    number = max(last + 1, least)
    record = clean_all(replace(event, id=number, uid=uid, salt=salt, prev=prev).as_record())
    record["body"] = body_hash(record)
    record["hash"] = link_hash(record)
    stored = from_record(record)
    conn.execute(_INSERT, columns_of(stored, record))
    if stored.post is not None:
        posts.told(conn, stored.post, stored.id)
    _move_head(conn, stored.id, stored.hash)
    kept[_HEAD] = (stored.id, stored.hash)
    add_event(conn, stored, changed, anew=True)
    return stored


def event(conn: Connection, event_id: int) -> Event | None:
    """The event with that id."""
    row = conn.execute(_RECORDS.where(_E.c.id == event_id)).first()
    return None if row is None else read_record(text_of(row))


def events_by_id(conn: Connection, ids: Sequence[int]) -> list[Event]:
    """The events of these ids, ascending; those that are not there are left out."""
    query = _RECORDS.where(_E.c.id.in_(ids)).order_by(_E.c.id)
    return [read_record(text_of(row)) for row in conn.execute(query)]


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
    query = _RECORDS.order_by(_E.c.id.desc() if newest_first else _E.c.id)
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
    return [read_record(text_of(row)) for row in conn.execute(query)]


@said_if_damaged
def _record(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


@said_if_damaged
def read_record(text: str) -> Event:
    """The event of a record as it is stored; StoreError where it is damaged."""
    return from_record(json.loads(text))


def site_now(conn: Connection, event: Event) -> str:
    """The name that an event's site has now: its record keeps the one it had then. "" for none."""
    name = conn.execute(select(_E.c.site).where(_E.c.id == event.id)).scalar_one_or_none()
    return name or event.site or ""


def record(conn: Connection, event_id: int) -> dict[str, Any] | None:
    """The record exactly as stored; None where there is no such event."""
    row = conn.execute(_RECORDS.where(_E.c.id == event_id)).first()
    return None if row is None else _record(text_of(row))


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
            values = columns_of(stub, stub.as_record())
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


def beside(conn: Connection, event_id: int) -> tuple[int | None, int | None]:
    """The ids of the events before and after one in the chain."""
    older = select(_E.c.id).where(_E.c.id < event_id).order_by(_E.c.id.desc()).limit(1)
    newer = select(_E.c.id).where(_E.c.id > event_id).order_by(_E.c.id).limit(1)
    return conn.execute(older).scalar(), conn.execute(newer).scalar()


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


def as_text(record: dict[str, Any]) -> str:
    """A record as it is stored."""
    return _ENCODER.encode(record)


def columns_of(event: Event, record: dict[str, Any]) -> dict[str, Any]:
    """An event's row: its record, and what of it is asked for."""
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
        **kept_as(as_text(record), event, event.salt),
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
