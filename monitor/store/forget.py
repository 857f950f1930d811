"""Lawful erasure of one post: its bytes and texts go, its place in the chain and its URL's bar stay.

Its URLs are kept in the post's own row alone, or they could not be told from new ones; the post is never
watched again. What else of the site's says its words goes as well (traces.py). After it the file is to be
written anew (scrub.py). Copies elsewhere (backups, exports, mails) are beyond us.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, delete, select, update

from ..errors import StoreError
from ..model import AlertState, PostState, Seen
from ..read.urls import canonical_key, same_site
from . import bodies, events, meta, posts, read_pages, search_index, tables
from .columns import SAME
from .rows import PostRow
from .sweep import NAMED_BY, sweep
from .traces import Words, drop_traces, words_of

#: meta: that a post was forgotten, and when.
MARK = "forgotten:"
_O, _S, _A = tables.observations, tables.snapshots, tables.alerts


def forget_post(conn: Connection, post_id: int, now: datetime) -> int:
    """How many rows of bytes, versions, looks and events were emptied. For who holds `Store.lock`.

    A row that was merged into the post when it moved is forgotten with it.
    """
    row = posts.post(conn, post_id)
    if row is None:
        raise StoreError(f"there is no post {post_id}")
    rows = [row, *_merged(conn, row)]
    words = Words()
    for one in rows:
        words |= words_of(conn, one)
    named = {h for one in rows for h in _bodies_of(conn, one.state.post_id)}
    emptied = sum(_empty(conn, one, now) for one in rows)
    traces, theirs = drop_traces(conn, row.site_id, words)
    emptied, named = emptied + traces, named | theirs
    bodies.detach(conn, named - _named_still(conn, named))
    return emptied + sweep(conn)


def _empty(conn: Connection, row: PostRow, now: datetime) -> int:
    post_id = row.state.post_id
    bar = _bar(conn, row)
    versions = select(_S.c.id).where(_S.c.post_id == post_id)
    told = select(tables.events.c.id).where(tables.events.c.post_id == post_id)
    emptied = events.forget(conn, post_id)
    waiting = (_A.c.event_id.in_(told), _A.c.state == AlertState.PENDING.value)
    conn.execute(update(_A).where(*waiting).values(state=AlertState.WITHDRAWN.value))
    for gone in (
        delete(tables.event_marks).where(tables.event_marks.c.event_id.in_(told)),
        delete(tables.asides).where(tables.asides.c.event_id.in_(told)),
        delete(tables.articles).where(tables.articles.c.snapshot_id.in_(versions)),
        delete(_S).where(_S.c.post_id == post_id),
        delete(_O).where(_O.c.post_id == post_id),
        delete(tables.entries).where(tables.entries.c.post_id == post_id),
    ):
        emptied += conn.execute(gone).rowcount
    search_index.forget(conn, post_id)
    read_pages.let_go(conn)  # some may show its headline
    posts.save_post(conn, bar)
    meta.put(conn, f"{MARK}{post_id}", now.isoformat())
    return emptied


def _merged(conn: Connection, row: PostRow) -> list[PostRow]:
    """Rows that were met at an address of the post before it was seen to have moved there."""
    keys = {row.key, *map(canonical_key, row.state.aliases)}
    theirs = (p for p in posts.posts(conn, row.site_id) if not p.watched and "#" in p.key)
    return [
        p for p in theirs if p.key.endswith(f"#{p.state.post_id}") and _bare(p) in keys and p != row
    ]


def _bare(row: PostRow) -> str:
    return row.key.removesuffix(f"#{row.state.post_id}")


def _bar(conn: Connection, row: PostRow) -> PostRow:
    """The row of a post of which only its URLs are left: those where it was ever read among them."""
    taken = posts.alias_keys(conn, row.site_id)
    site = conn.execute(
        select(tables.sites.c.url).where(tables.sites.c.id == row.site_id)
    ).scalar_one()
    own = {canonical_key(site), row.key}
    aliases = list(row.state.aliases)
    for url in _read_at(conn, row.state.post_id):
        key = canonical_key(url)
        if key not in own and key not in taken and same_site(url, row.state.url):
            aliases.append(url)
            own.add(key)
    state = PostState(
        post_id=row.state.post_id,
        site=row.state.site,
        url=row.state.url,
        aliases=tuple(aliases),
        status=row.state.status,
        published_told=True,
    )
    return PostRow(state=state, site_id=row.site_id, key=row.key, watched=False)


def _read_at(conn: Connection, post_id: int) -> list[str]:
    """Every address that answered with the article: where redirects led while it was there."""
    there = _O.c.seen.in_([Seen.PRESENT.value, Seen.SAME.value, Seen.ELSEWHERE.value])
    at = case((_O.c.final_url == SAME, _O.c.url), else_=_O.c.final_url)
    looked = select(at).where(_O.c.post_id == post_id, there).distinct()
    kept = select(_S.c.url).where(_S.c.post_id == post_id).distinct()
    told = (e.moved_to for e in events.events(conn, post_id=post_id))
    urls = [*conn.execute(looked).scalars(), *conn.execute(kept).scalars(), *told]
    return list(dict.fromkeys(u for u in urls if u))


def _bodies_of(conn: Connection, post_id: int) -> set[str]:
    """The bytes that a post's versions and looks name."""
    found: set[str] = set()
    for column in NAMED_BY[tables.bodies]:
        if "post_id" in column.table.c:
            of = select(column).where(column.table.c.post_id == post_id, column.is_not(None))
            found |= set(conn.execute(of).scalars())
    return found


def _named_still(conn: Connection, hashes: set[str]) -> set[str]:
    """Those of some bytes that something names."""
    found: set[str] = set()
    for column in NAMED_BY[tables.bodies]:
        found |= set(conn.execute(select(column).where(column.in_(hashes)).distinct()).scalars())
    return found


def forgotten(conn: Connection) -> frozenset[int]:
    """The posts that were forgotten: not to be watched again, whatever the config includes."""
    return frozenset(int(key.removeprefix(MARK)) for key in meta.values(conn, MARK))


def barred(conn: Connection) -> dict[int, tuple[str, ...]]:
    """Every address of each forgotten post, of whatever site."""
    ids = forgotten(conn)
    p, a = tables.posts.c, tables.aliases.c
    found: dict[int, list[str]] = {}
    for query in (
        select(p.id, p.url).where(p.id.in_(ids)),
        select(a.post_id, a.url).where(a.post_id.in_(ids)),
    ):
        for post_id, url in conn.execute(query) if ids else ():
            found.setdefault(post_id, []).append(url)
    return {post_id: tuple(dict.fromkeys(urls)) for post_id, urls in found.items()}
