"""The posts: their states and the URLs they had. When each is looked at next is asked of due.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from ..model import PostState, Status
from ..read.urls import canonical_key
from ..values import replace
from . import columns, tables
from .codec import from_json, said_if_damaged, to_json
from .dialect import upsert
from .rows import PostRow

_P = tables.posts
_A = tables.aliases
# Built once: each look and each event needs one.
_OF_SITE = select(_P).where(_P.c.site_id == bindparam("site")).order_by(_P.c.id)
_FORMER = select(_A.c.key, _A.c.post_id).where(_A.c.site_id == bindparam("site"))
_CURRENT = select(_P.c.key, _P.c.id).where(_P.c.site_id == bindparam("site"))
_NTH = select(_P.c.id).where(_P.c.site_id == bindparam("site")).limit(1).offset(bindparam("count"))
_CHANGE = update(_P).where(_P.c.id == bindparam("post"))
#: In place of a fingerprint that is to be worked out: none is as large (read/alike.py).
_WANTING = (1 << 64) - 1
_WORKED_OUT = (
    update(_P)
    .where(_P.c.id == bindparam("post"), _P.c.snapshot == bindparam("version"))
    .where(_P.c.fingerprint == _WANTING)
    .values(fingerprint=bindparam("found"))
)
_TOLD = _CHANGE.values(last_event=bindparam("event"))


def posts(conn: Connection, site_id: int) -> list[PostRow]:
    """All posts of a site, unwatched ones too, in the order they were met."""
    return [_row(r) for r in conn.execute(_OF_SITE, {"site": site_id}).all()]


def more_than(conn: Connection, site_id: int, count: int) -> bool:
    """Whether a site has more posts than so many."""
    return conn.scalar(_NTH, {"site": site_id, "count": count}) is not None


def some_posts(
    conn: Connection,
    *,
    after: int,
    limit: int,
    sites: Collection[str] = (),
    status: Status | None = None,
) -> list[PostRow]:
    """Posts by id, later than `after`; empty `sites` means all."""
    query = select(_P).where(_P.c.id > after).order_by(_P.c.id).limit(limit)
    if sites:
        query = query.where(_P.c.site.in_(list(sites)))
    if status is not None:
        query = query.where(_P.c.status == status.value)
    return rows_of(conn, query)


def missing(conn: Connection, site_id: int) -> list[PostRow]:
    """The posts of a site that are not live: removed, or missing and not confirmed gone; by id."""
    gone = (Status.SUSPECTED.value, Status.REMOVED.value)
    query = select(_P).where(_P.c.site_id == site_id, _P.c.status.in_(gone))
    return rows_of(conn, query.order_by(_P.c.id))


def post(conn: Connection, post_id: int) -> PostRow | None:
    """The post with that id."""
    found = rows_of(conn, select(_P).where(_P.c.id == post_id))
    return found[0] if found else None


def find_post(conn: Connection, key: str, *, site_id: int | None = None) -> list[PostRow]:
    """The posts that have or had this canonical key, the one that has it first; one a site at most."""
    mark = columns.short(key)
    former = select(_A.c.post_id).where(_A.c.key_short == mark, _A.c.key == key)
    query = select(_P).where(or_((_P.c.key_short == mark) & (_P.c.key == key), _P.c.id.in_(former)))
    if site_id is not None:
        query = query.where(_P.c.site_id == site_id)
    found = rows_of(conn, query.order_by(_P.c.id))
    found.sort(key=lambda p: p.key != key)
    one_a_site: dict[int, PostRow] = {}
    for row in found:
        one_a_site.setdefault(row.site_id, row)
    return list(one_a_site.values())


def read_at_host(conn: Connection, host: str, limit: int) -> list[tuple[str, str]]:
    """(canonical key, URL) of posts at a host (`urls.host_of`) of which a version is held, the newest posts first."""
    there = (_P.c.key.startswith(f"https://{w}{host}/", autoescape=True) for w in ("", "www."))
    held = select(tables.snapshots.c.id).where(tables.snapshots.c.post_id == _P.c.id).exists()
    query = (
        select(_P.c.key, _P.c.url).where(or_(*there), held).order_by(_P.c.id.desc()).limit(limit)
    )
    return [(key, url) for key, url in conn.execute(query)]


def add_post(
    conn: Connection,
    *,
    site_id: int,
    site: str,
    url: str,
    key: str,
    now: datetime,
    title: str = "",
    published_at: str = "",
    hand_picked: bool = False,
    published_told: bool = True,
) -> PostRow:
    """A new post, due at once; the one that has this key in the site already, where there is one."""
    known = [p for p in find_post(conn, key, site_id=site_id) if p.key == key]
    if known:
        return known[0]
    state = PostState(
        post_id=0,
        site=site,
        url=url,
        title=title,
        published_at=published_at,
        published_told=published_told,
    )
    row = PostRow(state=state, site_id=site_id, key=key, next_at=now, hand_picked=hand_picked)
    made = conn.execute(insert(_P), row_values(row))
    assert made.inserted_primary_key is not None
    fresh = post(conn, int(made.inserted_primary_key[0]))
    assert fresh is not None
    return fresh


def save_post(conn: Connection, row: PostRow) -> None:
    """Writes all of a post's row but its id; a URL among its aliases that is new is kept as one."""
    post_id = row.state.post_id
    if row.state.aliases:
        before = conn.execute(select(_P.c.state).where(_P.c.id == post_id)).scalar_one()
        known = set(from_json(before, PostState).aliases)
        for url in row.state.aliases:
            if url not in known:
                since = row.state.last_missing_at or row.state.last_seen_at or row.next_at
                add_alias(
                    conn,
                    site_id=row.site_id,
                    post_id=post_id,
                    key=canonical_key(url),
                    url=url,
                    now=since or datetime.fromtimestamp(0, tz=UTC),
                )
    conn.execute(_CHANGE, {"post": post_id, **row_values(row)})


def told(conn: Connection, post_id: int, event_id: int) -> None:
    """Notes that an event is the post's latest: what changed last stands first on its site's page."""
    conn.execute(_TOLD, {"post": post_id, "event": event_id})


def save_fingerprints(conn: Connection, rows: Iterable[PostRow], found: Mapping[int, int]) -> None:
    """Keeps the fingerprints found, by post, of posts whose rows have none; of those that have another version by
    now, none."""
    values = [
        {"post": row.state.post_id, "version": row.state.snapshot, "found": fingerprint}
        for row in rows
        if (fingerprint := found.get(row.state.post_id)) is not None
    ]
    if values:
        conn.execute(_WORKED_OUT, values)


def add_alias(
    conn: Connection, *, site_id: int, post_id: int, key: str, url: str, now: datetime
) -> None:
    """Remembers that the post was at `url` until `now`. The latest post to leave a URL owns it."""
    row = {
        "site_id": site_id,
        "key": key,
        "key_short": columns.short(key),
        "url": url,
        "post_id": post_id,
        "since": now,
    }
    upsert(conn, _A, row, ("site_id", "key_short"))


def alias_keys(
    conn: Connection, site_id: int, current: Iterable[PostRow] | None = None
) -> dict[str, int]:
    """Post id by canonical key, former and current; a current key wins. `current`: the site's posts, where they
    have been read."""
    keys = {key: int(post_id) for key, post_id in conn.execute(_FORMER, {"site": site_id})}
    if current is not None:
        return keys | {row.key: row.state.post_id for row in current}
    return keys | {key: int(post_id) for key, post_id in conn.execute(_CURRENT, {"site": site_id})}


def counts(conn: Connection, site_id: int, now: datetime) -> dict[str, int]:
    """Of a site's watched posts: posts, removed, suspected, delisted (and still up), seen_within_day."""
    removed = _P.c.status == Status.REMOVED.value

    def tally(name: str, condition: ColumnElement[bool]) -> Any:
        return func.count().filter(condition).label(name)

    query = select(
        func.count().label("posts"),
        tally("removed", removed),
        tally("suspected", _P.c.status == Status.SUSPECTED.value),
        tally("delisted", ~_P.c.listed & ~removed),
        tally("seen_within_day", _P.c.last_seen_at > now - timedelta(days=1)),
    ).where(_P.c.site_id == site_id, _P.c.watched)
    return dict(conn.execute(query).one()._mapping)


def rows_of(conn: Connection, query: Select[Any]) -> list[PostRow]:
    """The posts that a question about their table finds, in its order."""
    return [_row(r) for r in conn.execute(query)]


def row_values(row: PostRow) -> dict[str, Any]:
    """The columns of a post's row, by name."""
    state = row.state
    return {
        "site_id": row.site_id,
        "site": state.site,
        "url": state.url,
        "key": row.key,
        "key_short": columns.short(row.key),
        "title": state.title,
        "status": state.status.value,
        "listed": state.listed,
        "published_at": state.published_at,
        "first_seen_at": state.first_seen_at,
        "last_seen_at": state.last_seen_at,
        "snapshot": state.snapshot,
        "state": to_json(state),
        "next_at": row.next_at,
        "etag": row.etag,
        "last_modified": row.last_modified,
        "body_hash": row.body_hash,
        "article_digest": row.article_digest,
        "fingerprint": _WANTING if row.fingerprint is None else row.fingerprint,
        "hand_picked": row.hand_picked,
        "watched": row.watched,
        "failures": row.failures,
        "stretch_from": row.stretch and row.stretch[0],
        "stretch_to": row.stretch and row.stretch[1],
    }


@said_if_damaged
def _row(r: Row[Any]) -> PostRow:
    # The id is not known when the state is first written, and a site may have been renamed since.
    state = from_json(r.state, PostState)
    if (state.post_id, state.site) != (r.id, r.site):
        state = replace(state, post_id=r.id, site=r.site)
    return PostRow(
        state=state,
        site_id=r.site_id,
        key=r.key,
        next_at=r.next_at,
        etag=r.etag,
        last_modified=r.last_modified,
        body_hash=r.body_hash,
        article_digest=r.article_digest,
        fingerprint=None if r.fingerprint == _WANTING else r.fingerprint,
        hand_picked=r.hand_picked,
        watched=r.watched,
        failures=r.failures,
        stretch=None if r.stretch_to is None else (r.stretch_from, r.stretch_to),
    )
