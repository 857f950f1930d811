"""One post, several addresses: aliases, redirects, and a new row that turns out to be a post we know."""

from __future__ import annotations

from sqlalchemy import Connection

from ..decide.moved import same_article
from ..decide.retraction import is_muted_target
from ..model import Seen, Status
from ..read.article import Article
from ..read.urls import canonical_key, same_host, same_site
from ..store import posts, snapshots
from ..store.merge import absorb_post, merge_listings
from ..store.rows import PostRow
from ..values import replace
from .gathered import Gathered, Looked


def held(got: Gathered) -> frozenset[int]:
    """New posts that may be a missing one at its new address: nothing is told of them yet."""
    targets: set[str] = set()
    for x in got.looked.values():
        verdict = x.final.verdict
        there = verdict.moved_to if verdict.seen is Seen.ELSEWHERE else ""
        state = x.row.state
        found = (u for u in (there, x.twin) if u and not is_muted_target(state, u))
        targets |= {canonical_key(u) for u in found}
    for row in got.known.posts.values():
        if row.state.status is Status.SUSPECTED and row.state.moved_to:
            targets.add(canonical_key(row.state.moved_to))
    return frozenset(got.held) | {
        i for i, x in got.looked.items() if x.first_look and not x.written and x.row.key in targets
    }


def is_alias(conn: Connection, got: Gathered, x: Looked) -> bool:
    """Whether a new URL is but another address of a post that is known: then it is its alias."""
    article = x.seeing.article
    if not x.first_look or x.seeing.verdict.seen is not Seen.PRESENT or article is None:
        return False
    final = x.seeing.answer.final_url
    for url in (final, article.canonical, final.partition("?")[0], _other_case(got, x)):
        owner = got.known.post_at(url) if url else None
        if owner is None or owner.state.post_id == x.row.state.post_id:
            continue
        if owner.state.post_id in got.known.forgotten:
            if url not in (final, article.canonical):
                continue
            absorb(conn, got, owner.state.post_id, x.row.state.url)
            return True
        theirs = _article_of(conn, got, owner)
        redirected = url == x.seeing.answer.final_url and bool(x.seeing.answer.hops)
        if redirected or (theirs is not None and same_article(article, theirs)):
            absorb(conn, got, owner.state.post_id, x.row.state.url)
            return True
    return False


def _other_case(got: Gathered, x: Looked) -> str:
    """The URL of a known post that differs from this one's in upper and lower case alone, or ""."""
    mine = x.row.key.casefold()
    return next(
        (
            row.state.url
            for row in got.known.posts.values()
            if row.key != x.row.key and row.key.casefold() == mine
        ),
        "",
    )


def _article_of(conn: Connection, got: Gathered, row: PostRow) -> Article | None:
    """A post's article as this pass read it, or as it was last read."""
    x = got.looked.get(row.state.post_id)
    read = None if x is None else x.seeing.article or x.known
    if read is None and row.state.snapshot is not None:
        read = snapshots.article(conn, row.state.snapshot)
    return read


def settle_redirect(got: Gathered, x: Looked) -> None:
    """A new post whose listed URL redirects within its site lives where that leads."""
    answer = x.seeing.answer
    if not x.first_look or not answer.hops or x.seeing.verdict.seen is not Seen.PRESENT:
        return
    key = canonical_key(answer.final_url)
    if (
        key != x.row.key
        and same_site(answer.final_url, x.row.state.url)
        and key not in got.known.keys
    ):
        state = replace(x.row.state, url=answer.final_url, aliases=(x.row.state.url,))
        x.row = replace(x.row, state=state)
        got.known.keys[key] = state.post_id


def settle_canonical(conn: Connection, got: Gathered, x: Looked) -> None:
    """A new post whose page names itself by another query (or none) is known by that address too."""
    article = x.seeing.article
    if not x.first_look or x.seeing.verdict.seen is not Seen.PRESENT or article is None:
        return
    url, key = article.canonical, canonical_key(article.canonical) if article.canonical else ""
    own = x.row.state.url
    if key and key not in got.known.keys and same_host(url, own):
        if url.partition("?")[0].rstrip("/") == own.partition("?")[0].rstrip("/"):
            posts.add_alias(
                conn,
                site_id=got.known.row.id,
                post_id=x.row.state.post_id,
                key=key,
                url=url,
                now=got.now,
            )
            got.known.keys[key] = x.row.state.post_id


def absorb(conn: Connection, got: Gathered, keep: int, url: str) -> None:
    """Makes a URL an address of the post `keep`; a row that was made for it goes."""
    key, known = canonical_key(url), got.known
    other = known.keys.get(key)
    if other is not None and other != keep:
        row = known.posts.get(other)
        if row is not None and row.state.snapshot is not None:
            # It was met on its own before the move was seen: its versions stay, its watch ends here.
            rest = replace(row, watched=False, key=f"{row.key}#{other}", next_at=None)
            posts.save_post(conn, rest)
            known.posts[other] = rest
            got.held.add(other)
            merge_listings(conn, keep=keep, absorbed=other)
        else:
            absorb_post(conn, keep=keep, absorbed=other)
            known.posts.pop(other, None)
        theirs = {s for s, p in known.entries if p == other}
        known.entries = {
            (s, keep if p == other else p): replace(e, post_id=keep) if p == other else e
            for (s, p), e in known.entries.items()
            if p != keep or s not in theirs
        }
    posts.add_alias(conn, site_id=known.row.id, post_id=keep, key=key, url=url, now=got.now)
    known.keys[key] = keep
