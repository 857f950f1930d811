"""Which posts, versions and events are a site's? By number alone: for what is published of one site."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, or_, select

from . import tables

_P, _S, _E = tables.posts, tables.snapshots, tables.events


def post_ids(conn: Connection, site_id: int) -> frozenset[int]:
    """The posts of a site."""
    query = select(_P.c.id).where(_P.c.site_id == site_id)
    return frozenset(conn.execute(query).scalars())


def snapshot_ids(conn: Connection, site_id: int) -> frozenset[int]:
    """The versions of a site's posts."""
    query = select(_S.c.id).join(_P, _P.c.id == _S.c.post_id).where(_P.c.site_id == site_id)
    return frozenset(conn.execute(query).scalars())


def event_ids(conn: Connection, site: str) -> frozenset[int]:
    """The events of a site, by the name it has now, and those of none: of our own watch."""
    query = select(_E.c.id).where(or_(_E.c.site == site, _E.c.site.is_(None)))
    return frozenset(conn.execute(query).scalars())


def content_types(conn: Connection) -> Iterator[tuple[int, str]]:
    """(version, the type its bytes were sent with), of those that were sent with another than HTML's."""
    plain = or_(_S.c.content_type == "", _S.c.content_type.ilike("text/html%"))
    for row in conn.execute(select(_S.c.id, _S.c.content_type).where(~plain)):
        yield row.id, row.content_type
