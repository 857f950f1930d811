"""The watched sites: what the config names, what is known of each, and renaming one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from ..errors import StoreError
from ..model import SiteFacts, SiteView
from ..read.urls import canonical_key
from ..values import replace
from . import search_index, sources, tables
from .codec import from_json, said_if_damaged, to_json
from .rows import SiteRow

_T = tables.sites
_CHANGE = update(_T).where(_T.c.id == bindparam("of"))  # built once: that costs more than to run it


def sync_sites(conn: Connection, named: Sequence[tuple[str, str]], now: datetime) -> dict[str, int]:
    """Ids by name of the sites named (name, URL): new ones added, those no longer named unwatched."""
    known = {s.name: s for s in sites(conn)}
    ids: dict[str, int] = {}
    for name, url in named:
        row = known.get(name)
        if row is None:
            fresh = SiteRow(id=0, name=name, url=url, watched=True, watched_since=now)
            made = conn.execute(insert(_T).values(_values(fresh)))
            ids[name] = made.inserted_primary_key[0] if made.inserted_primary_key else 0
            continue
        ids[name] = row.id
        if row.url != url or not row.watched:
            since = row.watched_since if row.watched else now
            if canonical_key(row.url) != canonical_key(url):
                row = _elsewhere(conn, row)
            save_site(conn, replace(row, url=url, watched=True, watched_since=since))
    for name, row in known.items():
        if name not in ids and row.watched:
            conn.execute(update(_T).where(_T.c.id == row.id).values(watched=False))
    return ids


def _elsewhere(conn: Connection, row: SiteRow) -> SiteRow:
    """A site whose address the config changed: what is found from it is looked for anew, and what its old
    home and robots.txt said is not its new home's."""
    sources.read_anew(conn, row.id)
    facts = replace(row.facts, home_url="")
    return replace(row, facts=facts, discovered_at=None, robots_body="", robots_at=None)


def sites(conn: Connection, *, watched: bool | None = None) -> list[SiteRow]:
    """The sites by name; `watched` None for all."""
    query = select(_T).order_by(_T.c.name)
    if watched is not None:
        query = query.where(_T.c.watched == watched)
    return [_row(r) for r in conn.execute(query)]


def sites_by_id(conn: Connection, ids: Collection[int]) -> list[SiteRow]:
    """The sites with these ids, by id."""
    found = conn.execute(select(_T).where(_T.c.id.in_(ids)).order_by(_T.c.id))
    return [_row(r) for r in found]


def site_by_name(conn: Connection, name: str) -> SiteRow | None:
    """The site of that name."""
    found = conn.execute(select(_T).where(_T.c.name == name)).first()
    return None if found is None else _row(found)


def site(conn: Connection, site_id: int) -> SiteRow | None:
    """The site with that id."""
    found = conn.execute(select(_T).where(_T.c.id == site_id)).first()
    return None if found is None else _row(found)


def save_site(conn: Connection, row: SiteRow) -> None:
    """Writes all of a site's row but its id."""
    conn.execute(_CHANGE, {"of": row.id, **_values(row)})


def rename_site(conn: Connection, old: str, new: str) -> None:
    """Gives a site another name, in its posts and the events' index too; event records stay as sealed.

    A site of the new name may make room (`makes_room`). StoreError where there is no such site, or the new
    name has a history of its own.
    """
    row = site_by_name(conn, old)
    if row is None:
        raise StoreError(f"there is no site {old}")
    taken = site_by_name(conn, new)
    if taken is not None:
        if not makes_room(conn, row, taken):
            raise StoreError(f"there is a site {new} already, with a history of its own")
        drop_site(conn, taken.id)
    conn.execute(update(_T).where(_T.c.id == row.id).values(name=new))
    # The name within each post's state is read from this column (posts.py).
    conn.execute(update(tables.posts).where(tables.posts.c.site_id == row.id).values(site=new))
    conn.execute(update(tables.events).where(tables.events.c.site == old).values(site=new))


def makes_room(conn: Connection, row: SiteRow, taken: SiteRow) -> bool:
    """Whether the site that has a name is but the one that is to get it, met anew: the config was changed
    first. It is at the same address, and nothing was ever told of it."""
    return canonical_key(taken.url) == canonical_key(row.url) and not is_told_of(conn, taken.name)


def is_told_of(conn: Connection, name: str) -> bool:
    """Whether there is any event of the site of that name."""
    theirs = select(tables.events.c.id).where(tables.events.c.site == name).limit(1)
    return conn.execute(theirs).first() is not None


def drop_site(conn: Connection, site_id: int) -> None:
    """Takes a site of which there is no event away, with all that was kept of it."""
    posts = select(tables.posts.c.id).where(tables.posts.c.site_id == site_id)
    versions = select(tables.snapshots.c.id).where(tables.snapshots.c.post_id.in_(posts))
    for post_id in conn.execute(posts).scalars().all():
        search_index.take_post(conn, post_id)
    for table, mine in (
        (tables.entries, tables.entries.c.post_id.in_(posts)),
        (tables.aliases, tables.aliases.c.site_id == site_id),
        (tables.observations, tables.observations.c.site_id == site_id),
        (tables.articles, tables.articles.c.snapshot_id.in_(versions)),
        (tables.snapshots, tables.snapshots.c.post_id.in_(posts)),
        (tables.posts, tables.posts.c.site_id == site_id),
        (tables.sources, tables.sources.c.site_id == site_id),
        (_T, _T.c.id == site_id),
    ):
        conn.execute(delete(table).where(mine))


def _values(row: SiteRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": row.url,
        "watched": row.watched,
        "watched_since": row.watched_since,
        "view": to_json(row.view),
        "facts": to_json(row.facts),
        "baseline_at": row.baseline_at,
        "last_check_at": row.last_check_at,
        "next_check_at": row.next_check_at,
        "robots_body": row.robots_body,
        "robots_at": row.robots_at,
        "discovered_at": row.discovered_at,
    }


@said_if_damaged
def _row(r: Row[Any]) -> SiteRow:
    return SiteRow(
        id=r.id,
        name=r.name,
        url=r.url,
        watched=r.watched,
        watched_since=r.watched_since,
        view=from_json(r.view, SiteView),
        facts=from_json(r.facts, SiteFacts),
        baseline_at=r.baseline_at,
        last_check_at=r.last_check_at,
        next_check_at=r.next_check_at,
        robots_body=r.robots_body,
        robots_at=r.robots_at,
        discovered_at=r.discovered_at,
    )
