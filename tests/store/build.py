"""Builders with defaults for the store's tests."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from monitor.model import Answer, Event, Kind, LookRecord, Reason, Role, Seen
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.digest import digest_of
from monitor.store import Store, events, posts, sites
from monitor.store.rows import Observation, PostRow
from monitor.values import replace

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
_uids = itertools.count(1)


def clock() -> datetime:
    """A clock that stands still."""
    return NOW


def later(**span: float) -> datetime:
    """NOW and a span."""
    return NOW + timedelta(**span)


def read(store: Store, fn: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """What a reading function says."""
    with store.read() as conn:
        return fn(conn, *args, **kw)


def write(store: Store, fn: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """What a writing function says, committed."""
    return store.write(lambda conn: fn(conn, *args, **kw))


def a_site(store: Store, name: str = "acme") -> int:
    """The id of a watched site beside those there are."""

    def add(conn: Connection) -> int:
        named = [(s.name, s.url) for s in sites.sites(conn, watched=True) if s.name != name]
        return sites.sync_sites(conn, [*named, (name, f"https://{name}.example/")], NOW)[name]

    return store.write(add)


def a_post(
    store: Store, site_id: int | None = None, path: str = "a", site: str = "acme"
) -> PostRow:
    """A post of a site that is made where there is none."""
    site_id = a_site(store, site) if site_id is None else site_id
    row: PostRow = write(
        store,
        posts.add_post,
        site_id=site_id,
        site=site,
        url=f"https://{site}.example/{path}/",
        key=f"{site}.example/{path}",
        now=NOW,
        title=f"Title of {path}",
    )
    return row


def an_answer(body: bytes = b"<p>words</p>", status: int | None = 200, **kw: Any) -> Answer:
    """An answer of a page."""
    given: dict[str, Any] = {
        "url": "https://acme.example/a/",
        "final_url": "https://acme.example/a/",
        "at": NOW,
        "took": timedelta(milliseconds=120),
        "headers": (("content-type", "text/html"), ("date", "Wed, 04 Mar 2026 05:06:07 GMT")),
        "request_headers": (("user-agent", "postwatch"),),
        "peer": "192.0.2.1:443",
        "certificate": b"DER",
    }
    return Answer(status=status, body=body, **(given | kw))


def page(seed: int, *, words: int = 3000, noise: str = "") -> bytes:
    """A page that compresses no better than prose, with a part that differs at each look."""
    rng = random.Random(seed)
    text = " ".join(
        "".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(words)
    )
    return f"<html>{noise}<p>{text}</p>{noise}</html>".encode()


def an_article(words: str = "some words", **kw: Any) -> Article:
    """An article of one paragraph; its digest follows its words."""
    given: dict[str, Any] = {
        "title": "A title",
        "blocks": (Block(BlockKind.PARAGRAPH, words, words.lower()),),
        "digest": "",
        "words": len(words.split()),
        "declared": frozenset({"title"}),
    }
    made = Article(**(given | kw))
    return made if made.digest else replace(made, digest=digest_of(made))


def a_look(post: PostRow, answer: Answer | None = None, **kw: Any) -> Observation:
    """A look that found a post missing."""
    given: dict[str, Any] = {
        "site_id": post.site_id,
        "post_id": post.state.post_id,
        "role": Role.POST,
        "answer": answer or an_answer(b"not here", 404),
        "seen": Seen.MISSING,
        "rule": "not_found",
        "why": "it answers 404",
        "reason": Reason.NOT_FOUND,
    }
    return Observation(**(given | kw))


def an_event(kind: Kind = Kind.REMOVED, **kw: Any) -> Event:
    """An event of a post, as decide makes it."""
    given: dict[str, Any] = {
        "detected_at": NOW,
        "reason": Reason.NOT_FOUND if kind is Kind.REMOVED else None,
        "site": "acme",
        "post": 1,
        "url": "https://acme.example/a/",
        "title": "A title",
        "last_seen_at": NOW - timedelta(hours=1),
        "evidence": ("404 at 05:06:07 UTC",),
        "looks": (LookRecord(NOW, "https://acme.example/a/", Role.POST, 404, "not_found", "Wed"),),
    }
    return Event(kind=kind, **(given | kw))


def appended(store: Store, event: Event | None = None) -> Event:
    """An event in the chain."""
    stored: Event = write(
        store, events.append, event or an_event(), uid=f"uid-{next(_uids)}", salt="a1b2"
    )
    return stored
