"""What looks saw, run-length: one row for a stretch of looks that read alike.

A stretch ends where a look differs (a robots.txt: where its text does), where an event was told in between,
or where we did not look when it was time: the bytes and headers of its first and its last look are kept,
so those that stood beside an event stay. Of answers that say nothing of a page, small ones and a few a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from ..model import Hop, Kind, Reason, Role, Seen
from . import bodies, header_sets, tables
from .codec import from_json, said_if_damaged, to_json
from .columns import SAME, Time
from .rows import Observation, ObservationRow
from .stretches import failure_of, final_url_of, goes_on, joined, microseconds, thread_of, told_from

_O = tables.observations
_E = tables.events

#: Bytes of an unclear answer that are kept, and of how many stretches of one page within a day: a server in
#: trouble may send other megabytes each time, and no event stands on them.
LARGEST_UNCLEAR, UNCLEAR_A_DAY = 256 * 1024, 8

#: These say nothing of a page's disappearance, and a lively site has many: they end no stretch of its
#: control pages and sources.
_ORDINARY = (Kind.PUBLISHED.value, Kind.EDITED.value)

# Built once: to build a statement costs more than to run it, and a look needs all of these.
_LATEST = select(_O).where(_O.c.thread == bindparam("of")).order_by(_O.c.id.desc()).limit(1)
_SINCE = select(_E.c.id).where(_E.c.detected_at >= bindparam("since", type_=Time)).limit(1)
_TOLD_OF_POST = _SINCE.where(_E.c.post_id == bindparam("of"))
_TOLD_OF_SITE = _SINCE.where(
    _E.c.site
    == select(tables.sites.c.name).where(tables.sites.c.id == bindparam("of")).scalar_subquery(),
    # One by one: a list of values is written into the statement each time that it runs.
    *(_E.c.kind != kind for kind in _ORDINARY),
)
_UNCLEAR_OF_LATE = select(func.count()).where(
    _O.c.thread == bindparam("of"),
    _O.c.seen == Seen.UNCLEAR.value,
    _O.c.first_body.is_not(None),
    _O.c.first_at >= bindparam("since", type_=Time),
)
_OF_VERSION = (
    select(tables.snapshots.c.latest_body_hash)
    .join(tables.posts, tables.posts.c.snapshot == tables.snapshots.c.id)
    .where(tables.posts.c.id == bindparam("of"))
)
_INSERT = insert(_O)
_CHANGE = update(_O).where(_O.c.id == bindparam("row"))


def observe(conn: Connection, obs: Observation) -> int:
    """The id of the row the look stands in: the latest of its page where nothing differs, or a new one."""
    answer = obs.answer
    thread = thread_of(obs)
    before = conn.execute(_LATEST, {"of": thread}).first()
    body = None
    if _keeps(conn, obs, thread):
        body = bodies.keep_body(conn, answer.body, near=_near(conn, before, obs))
    if (
        before is not None
        and goes_on(before, obs, body)
        and not _told_since(conn, obs, before.last_at)
    ):
        return _join(conn, before, obs, body)
    headers = header_sets.keep_headers(conn, answer.headers) if answer.headers else None
    made = conn.execute(
        _INSERT,
        {
            "site_id": obs.site_id,
            "post_id": obs.post_id,
            "source_id": obs.source_id,
            "role": obs.role.value,
            "url": answer.url,
            "thread": thread,
            "final_url": SAME if answer.final_url == answer.url else answer.final_url,
            "seen": obs.seen.value,
            "rule": obs.rule,
            "why": obs.why,
            "reason": None if obs.reason is None else obs.reason.value,
            "status": answer.status,
            "failure": failure_of(answer),
            "first_at": answer.at,
            "last_at": answer.at,
            "looks": 1,
            "peer": answer.peer,
            "hops": to_json(answer.hops),
            "first_body": body,
            "last_body": body,
            "request_headers": (
                header_sets.keep_headers(conn, answer.request_headers)
                if answer.request_headers
                else None
            ),
            "first_headers": headers,
            "last_headers": headers and SAME,
            "certificate": (
                bodies.keep_certificate(conn, answer.certificate) if answer.certificate else None
            ),
            "server_date": answer.header("date"),
            "took": microseconds(answer.took),
            "uncounted": obs.uncounted,
        },
    )
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def observations(
    conn: Connection,
    *,
    post_id: int | None = None,
    site_id: int | None = None,
    role: Role | None = None,
    limit: int = 500,
    after: int | None = None,
) -> list[ObservationRow]:
    """Stretches of a post or a site, newest first; oldest first those after an id."""
    query = select(_O).order_by(_O.c.id.desc() if after is None else _O.c.id).limit(limit)
    if after is not None:
        query = query.where(_O.c.id > after)
    if post_id is not None:
        query = query.where(_O.c.post_id == post_id)
    if site_id is not None:
        query = query.where(_O.c.site_id == site_id)
    if role is not None:
        query = query.where(_O.c.role == role.value)
    return [row_of(r) for r in conn.execute(query)]


def observation(conn: Connection, row_id: int) -> ObservationRow | None:
    """The stretch with that number."""
    found = conn.execute(select(_O).where(_O.c.id == row_id)).first()
    return None if found is None else row_of(found)


def _keeps(conn: Connection, obs: Observation, thread: str) -> bool:
    """Whether the bytes of a look are kept."""
    if not obs.keep_body or not obs.answer.body:
        return False
    if obs.seen is not Seen.UNCLEAR:
        return True
    if len(obs.answer.body) > LARGEST_UNCLEAR:
        return False
    since = obs.answer.at - timedelta(days=1)
    kept = conn.execute(_UNCLEAR_OF_LATE, {"of": thread, "since": since}).scalar_one()
    return int(kept) < UNCLEAR_A_DAY


def _near(conn: Connection, before: Row[Any] | None, obs: Observation) -> str:
    """The stored bytes that a look's are probably much like: those of the stretch before; where it kept
    none, as of a post whose bytes stayed the same, those of the post's version. "" for none."""
    if before is not None and (before.last_body or before.first_body):
        return str(before.last_body or before.first_body)
    if obs.post_id is None:
        return ""
    return str(conn.execute(_OF_VERSION, {"of": obs.post_id}).scalar_one_or_none() or "")


def _told_since(conn: Connection, obs: Observation, last_at: datetime) -> bool:
    """Whether an event of this post (of this site, for other pages) was told since the last look."""
    if obs.post_id is None:
        return told_of_site(conn, obs.site_id, last_at)
    found = conn.execute(_TOLD_OF_POST, {"of": obs.post_id, "since": told_from(last_at)})
    return found.first() is not None


def told_of_site(conn: Connection, site_id: int, last_at: datetime) -> bool:
    """Whether an event that ends the stretches of a site's control pages and sources was told since a look."""
    found = conn.execute(_TOLD_OF_SITE, {"of": site_id, "since": told_from(last_at)})
    return found.first() is not None


def _join(conn: Connection, before: Row[Any], obs: Observation, body: str | None) -> int:
    answer = obs.answer
    changed = joined(before, obs)
    if body is not None:
        # Headers stand by the bytes they came with. Those of looks that keep no bytes (a page as it
        # was) are not worth a row a look.
        changed |= {"first_body": before.first_body or body, "last_body": body}
        if answer.headers:
            changed["last_headers"] = header_sets.keep_headers(conn, answer.headers)
    elif obs.seen is Seen.UNCLEAR and before.last_body is not None:
        changed |= {"last_body": None, "last_headers": None}  # those that stand there are older
    conn.execute(_CHANGE, {"row": before.id, **changed})
    return int(before.id)


@said_if_damaged
def row_of(r: Row[Any]) -> ObservationRow:
    """A stretch as a row of its table has it."""
    return ObservationRow(
        id=r.id,
        site_id=r.site_id,
        post_id=r.post_id,
        source_id=r.source_id,
        role=Role(r.role),
        url=r.url,
        final_url=final_url_of(r),
        seen=Seen(r.seen),
        rule=r.rule,
        why=r.why,
        reason=None if r.reason is None else Reason(r.reason),
        status=r.status,
        failure=r.failure,
        first_at=r.first_at,
        last_at=r.last_at,
        looks=r.looks,
        peer=r.peer,
        hops=from_json(r.hops, tuple[Hop, ...]),
        body_hash=r.last_body or "",
        server_date=r.server_date,
        took=timedelta(microseconds=r.took),
        uncounted=r.uncounted,
    )
