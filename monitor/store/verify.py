"""Whether all that is stored is still what it was: bytes against their hashes, versions, the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, except_, func, select
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError
from ..read.article.digest import digest_of
from . import bodies, header_sets, snapshots, tables
from .chain_faults import verify_chain, versions_named
from .columns import SAME
from .dialect import STREAMED, meaning
from .sweep import NAMED_BY

_B, _S = tables.bodies, tables.snapshots


def verify(conn: Connection) -> list[str]:
    """One line a fault, for people; empty where all is well. Reads everything: seconds a gigabyte."""
    faults: list[str] = []
    with _whatever_is_written(conn):
        for part in (
            _file,
            _bodies,
            _content_addressed,
            _names,
            _versions,
            _missing_versions,
            verify_chain,
        ):
            try:
                faults += part(conn)
            except (
                StoreError,
                SQLAlchemyError,
            ) as e:  # one damaged table hides no fault of another
                faults.append(str(meaning(e, "file")))
    return faults


@contextmanager
def _whatever_is_written(conn: Connection) -> Iterator[None]:
    """Has SQLite hand over texts that are no UTF-8 any more, a flipped bit in them, to be compared."""
    raw: Any = conn.connection.dbapi_connection if conn.dialect.name == "sqlite" else None
    if raw is None:
        yield
        return
    before, raw.text_factory = raw.text_factory, _decoded
    try:
        yield
    finally:
        raw.text_factory = before


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _file(conn: Connection) -> Iterator[str]:
    """Faults of a SQLite file itself: damaged pages, indexes that disagree, rows that refer to nothing."""
    if conn.dialect.name != "sqlite":
        return
    for (line,) in conn.exec_driver_sql("PRAGMA integrity_check(20)").all():
        if line != "ok":
            yield f"database file: {line}"
    for row in conn.exec_driver_sql("PRAGMA foreign_key_check").all()[:20]:
        yield f"database file: a row of {row[0]} refers to one of {row[2]} that is not there"


def _bodies(conn: Connection) -> Iterator[str]:
    kept = select(_B.c.hash).where(_B.c.encoding != bodies.DROPPED).order_by(_B.c.hash)
    for digest in conn.execute(kept).scalars().all():
        try:
            bodies.body(conn, digest)
        except StoreError as e:
            yield str(e)


def _names(conn: Connection) -> Iterator[str]:
    """Bytes, headers and certificates that something names and that are not there."""
    for table, columns in NAMED_BY.items():
        for column in columns:
            key = header_sets.key_in(column) if table is tables.header_sets else column
            named = select(key).where(column.is_not(None), column.not_in(["", SAME]))
            for digest in conn.execute(except_(named, select(table.c.hash))).scalars():
                yield f"{column.table.name}: {column.name} {digest} is missing from {table.name}"


def _content_addressed(conn: Connection) -> Iterator[str]:
    """Header sets and certificates that are not what their hash says."""
    sets = {}
    for row in conn.execute(select(tables.header_sets)):
        sets[row.hash] = row.json
        if not header_sets.is_of(row.hash, row.json):
            yield f"header_sets: {row.hash} is not what its hash says"
    for column in NAMED_BY[tables.header_sets]:
        yield from _altered_headers(conn, column, sets)
    for row in conn.execute(select(tables.certificates)):
        if hashlib.sha256(bytes(row.der)).hexdigest() != row.hash:
            yield f"certificates: {row.hash} is not what its hash says"


def _altered_headers(conn: Connection, column: Column[str], sets: dict[str, str]) -> Iterator[str]:
    """Headers of an answer that are not what was sent; those whose set is missing are said elsewhere."""
    named = select(column).where(column.is_not(None)).distinct()
    for reference in conn.execute(named, execution_options=STREAMED).scalars():
        if (text := sets.get(header_sets.key_of(reference))) is not None:
            try:
                header_sets.completed(text, reference)
            except StoreError as e:
                yield f"{column.table.name}: {column.name}: {e}"


def _versions(conn: Connection) -> Iterator[str]:
    """Versions whose article is missing, cannot be read, or is not what their digest says."""
    query = select(_S.c.id, _S.c.post_id, _S.c.number, _S.c.digest, _S.c.title).order_by(_S.c.id)
    for row in conn.execute(query).all():
        try:
            article = snapshots.article(conn, row.id)
        except StoreError as e:
            yield f"version {row.number} of post {row.post_id}: {e}"
            continue
        if article is None:
            yield f"version {row.number} of post {row.post_id}: its article is missing"
            continue
        # The version bears the digest of its first reading; a later extractor's is checked by itself.
        first = snapshots.article(conn, row.id, first=True) or article
        for read in (first, article):
            if read.digest and digest_of(read) != read.digest:
                yield f"version {row.number} of post {row.post_id}: its article was altered"
                break
        else:
            if first.digest and first.digest != row.digest:
                yield f"version {row.number} of post {row.post_id}: its digest is another article's"


def _missing_versions(conn: Connection) -> Iterator[str]:
    """Versions that are gone: a post's are numbered from 1 on, and it and its events name them."""
    many = func.count()
    gaps = select(_S.c.post_id, many, func.max(_S.c.number)).group_by(_S.c.post_id)
    for post, found, last in conn.execute(gaps.having(many != func.max(_S.c.number))):
        gone = "a version is" if last - found == 1 else f"{last - found} versions are"
        yield f"post {post}: {gone} missing: its newest is number {last}"
    there = set(conn.execute(select(_S.c.id)).scalars())
    latest = select(tables.posts.c.id, tables.posts.c.snapshot)
    for post, version in conn.execute(latest.where(tables.posts.c.snapshot.is_not(None))):
        if version not in there:
            yield f"post {post}: its version with the id {version} is missing"
    for event, before, after in versions_named(conn):
        for version in {before, after} - there - {None}:
            yield f"event {event}: the version with the id {version} that it names is missing"
