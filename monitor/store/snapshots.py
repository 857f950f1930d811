"""The versions of a post: one per distinct article, with the bytes of its first and latest full look."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from ..errors import StoreError
from ..model import Answer
from ..read.article import Article
from ..values import replace
from . import bodies, header_sets, search_index, tables
from .articles import article as article
from .articles import keep_article
from .codec import clean, said_if_damaged, to_json
from .rows import SnapshotRow

_S = tables.snapshots

#: Ids in one question.
_AT_ONCE = 500

# Built once: to build a statement costs more than to run it, and each look, or row of a search, needs one of these.
_READ = select(_S.c.last_read_at, _S.c.looks, _S.c.latest_body_hash).where(
    _S.c.id == bindparam("version")
)
_CHANGE = update(_S).where(_S.c.id == bindparam("version"))
_ONE = select(_S).where(_S.c.id == bindparam("version"))
_OF_DIGEST = select(_S.c.id).where(
    _S.c.post_id == bindparam("post"), _S.c.digest == bindparam("digest")
)
_NEWEST = (
    select(_S.c.number, _S.c.latest_body_hash)
    .where(_S.c.post_id == bindparam("post"))
    .order_by(_S.c.number.desc())
    .limit(1)
)
_LATEST = select(_S.c.latest_body_hash, _S.c.latest_headers).where(_S.c.id == bindparam("version"))
_INSERT = insert(_S)


def keep_version(conn: Connection, post_id: int, article: Article, answer: Answer) -> SnapshotRow:
    """The post's version with this article: a new one, or the one it has, now read once more. Time,
    bytes and headers are the answer's."""
    digest = article.digest or hashlib.sha256(to_json(article).encode()).hexdigest()
    known = conn.execute(_OF_DIGEST, {"post": post_id, "digest": digest}).scalar_one_or_none()
    if known is not None:
        touch_version(conn, known, answer.at, answer=answer)
        redate(conn, known, article)
        search_index.add_post(conn, post_id, article)
        return _must(conn, known)
    before = conn.execute(_NEWEST, {"post": post_id}).first()
    number = 0 if before is None else before.number
    near = "" if before is None else before.latest_body_hash or ""
    body = bodies.keep_body(conn, answer.body, near=near)
    headers = header_sets.keep_headers(conn, answer.headers)
    row: dict[str, Any] = {
        "post_id": post_id,
        "number": number + 1,
        "digest": digest,
        "body_hash": body,
        "latest_body_hash": body,
        "first_read_at": answer.at,
        "last_read_at": answer.at,
        "looks": 1,
        "url": clean(answer.final_url or answer.url),
        "status": answer.status,
        "content_type": clean(answer.header("content-type")),
        "peer": answer.peer,
        "words": article.words,
        "title": clean(article.title),
        "size": len(answer.body),
    }
    beside = {
        "latest_at": answer.at,
        "headers": headers,
        "latest_headers": headers,
        "request_headers": header_sets.keep_headers(conn, answer.request_headers),
        "certificate": (
            bodies.keep_certificate(conn, answer.certificate) if answer.certificate else None
        ),
    }
    made = conn.execute(_INSERT, {**row, **beside})
    assert made.inserted_primary_key is not None
    snapshot_id = int(made.inserted_primary_key[0])
    keep_article(conn, snapshot_id, article, anew=True)
    search_index.add_post(conn, post_id, article)
    return SnapshotRow(id=snapshot_id, **row)


def touch_version(
    conn: Connection,
    snapshot_id: int,
    at: datetime,
    *,
    answer: Answer | None = None,
    looks: int = 1,
) -> None:
    """Notes that the same article was read again at `at`, the last time of so many; the `answer` of that
    look, where it came in full, is kept."""
    row = conn.execute(_READ, {"version": snapshot_id}).first()
    if row is None:
        raise StoreError(f"there is no version {snapshot_id}")
    changed: dict[str, Any] = {
        "last_read_at": max(row.last_read_at, at),
        "looks": row.looks + looks,
    }
    if answer is not None and answer.body:
        changed["latest_at"] = answer.at
        body = bodies.keep_body(conn, answer.body, near=row.latest_body_hash)
        if body != row.latest_body_hash:
            changed["latest_body_hash"] = body
            changed["latest_headers"] = header_sets.keep_headers(conn, answer.headers)
    conn.execute(_CHANGE, {"version": snapshot_id, **changed})


def keep_reading(conn: Connection, snapshot_id: int, article: Article) -> int:
    """The version that holds this article, as it was read of another version's latest bytes with other
    selectors: a new one, or the one that has it."""
    row = conn.execute(select(_S).where(_S.c.id == snapshot_id)).one()
    same = (_S.c.post_id == row.post_id, _S.c.digest == article.digest)
    known = conn.execute(select(_S.c.id).where(*same)).scalar_one_or_none()
    if known is not None:
        return int(known)
    size = select(tables.bodies.c.size).where(tables.bodies.c.hash == row.latest_body_hash)
    made = conn.execute(
        insert(_S).values(
            {k: v for k, v in row._mapping.items() if k != "id"}
            | {
                "number": newest(conn, row.post_id) + 1,
                "digest": article.digest,
                "body_hash": row.latest_body_hash,
                "size": conn.execute(size).scalar_one(),
                "headers": row.latest_headers,
                # What later looks found unchanged they did not keep.
                "first_read_at": row.latest_at or row.last_read_at,
                "looks": 1,
                "words": article.words,
                "title": article.title,
            }
        )
    )
    assert made.inserted_primary_key is not None
    keep_article(conn, int(made.inserted_primary_key[0]), article)
    return int(made.inserted_primary_key[0])


def redate(conn: Connection, snapshot_id: int, seen: Article) -> None:
    """Keeps of a version that was read again when it now says that it was last changed."""
    kept = article(conn, snapshot_id)
    if kept is None:
        return
    now = replace(kept, modified_at=seen.modified_at, shown_at=seen.shown_at)
    if now != kept:
        keep_article(conn, snapshot_id, now)


def snapshots(conn: Connection, post_id: int) -> list[SnapshotRow]:
    """The versions of a post, oldest first."""
    return _rows(conn, _S.c.post_id == post_id)


def counts(conn: Connection, post_ids: Sequence[int]) -> dict[int, int]:
    """How many versions each of these posts has; no entry for one without."""
    found: dict[int, int] = {}
    for start in range(0, len(post_ids), _AT_ONCE):
        some = post_ids[start : start + _AT_ONCE]
        query = select(_S.c.post_id, func.count()).where(_S.c.post_id.in_(some))
        found |= {i: n for i, n in conn.execute(query.group_by(_S.c.post_id))}
    return found


def numbers(conn: Connection, snapshot_ids: Sequence[int]) -> dict[int, int]:
    """The number within its post of each of these versions; no entry for one that is not there."""
    found: dict[int, int] = {}
    for start in range(0, len(snapshot_ids), _AT_ONCE):
        some = snapshot_ids[start : start + _AT_ONCE]
        query = select(_S.c.id, _S.c.number).where(_S.c.id.in_(some))
        found |= {i: n for i, n in conn.execute(query)}
    return found


def newest(conn: Connection, post_id: int) -> int:
    """The number of a post's newest version; 0 where it has none."""
    row = conn.execute(_NEWEST, {"post": post_id}).first()
    return 0 if row is None else int(row.number)


def snapshot(conn: Connection, snapshot_id: int) -> SnapshotRow | None:
    """The version with that id."""
    row = conn.execute(_ONE, {"version": snapshot_id}).first()
    return None if row is None else _row(row)


def headers(conn: Connection, snapshot_id: int) -> tuple[tuple[str, str], ...]:
    """The headers that a version's first look was answered with, in the order sent; () where there is no
    such version."""
    query = select(_S.c.headers).where(_S.c.id == snapshot_id)
    digest = conn.execute(query).scalar_one_or_none()
    return header_sets.headers(conn, digest) if digest else ()


def latest_bytes(conn: Connection, snapshot_id: int) -> tuple[bytes, str] | None:
    """The bytes of a version's latest full look and the content type they came with; None where they
    are not stored."""
    row = conn.execute(_LATEST, {"version": snapshot_id}).first()
    digest = None if row is None else row.latest_body_hash
    data = None if digest is None else bodies.find_body(conn, digest)
    return None if row is None or data is None else (data, _type_of(conn, row.latest_headers))


def latest_type(conn: Connection, snapshot_id: int) -> str:
    """The content type that the bytes of a version's latest full look came with; "" for none."""
    row = conn.execute(_LATEST, {"version": snapshot_id}).first()
    return "" if row is None else _type_of(conn, row.latest_headers)


def _type_of(conn: Connection, reference: str | None) -> str:
    found = header_sets.headers(conn, reference) if reference else ()
    return next((v for k, v in found if k.lower() == "content-type"), "")


def save_article(conn: Connection, snapshot_id: int, article: Article) -> None:
    """Keeps what an extractor read of a version, in place of what the same extractor read before."""
    keep_article(conn, snapshot_id, article)
    latest = select(tables.posts.c.id).where(
        tables.posts.c.snapshot == snapshot_id,
        tables.posts.c.id == select(_S.c.post_id).where(_S.c.id == snapshot_id).scalar_subquery(),
    )
    post_id = conn.execute(latest).scalar_one_or_none()
    if post_id is not None:
        search_index.add_post(conn, post_id, article)


def _must(conn: Connection, snapshot_id: int) -> SnapshotRow:
    row = snapshot(conn, snapshot_id)
    assert row is not None
    return row


def _rows(conn: Connection, condition: Any) -> list[SnapshotRow]:
    return [_row(r) for r in conn.execute(select(_S).where(condition).order_by(_S.c.number))]


@said_if_damaged
def _row(r: Row[Any]) -> SnapshotRow:
    return SnapshotRow(
        id=r.id,
        post_id=r.post_id,
        number=r.number,
        digest=r.digest,
        body_hash=r.body_hash,
        latest_body_hash=r.latest_body_hash,
        first_read_at=r.first_read_at,
        last_read_at=r.last_read_at,
        looks=r.looks,
        url=r.url,
        status=r.status,
        content_type=r.content_type,
        peer=r.peer,
        words=r.words,
        title=r.title,
        size=r.size,
    )
