"""Which posts do the sources say have changed since they were read last? Those are looked at in the same pass.

It is a reason to look, and nothing else: what is told is what the look itself saw.
"""

from __future__ import annotations

from sqlalchemy import Connection

from ..decide.hints import Trust, made_anew
from ..model import Seen, Status
from ..read.listing import Entry
from ..read.urls import canonical_key
from ..store import meta
from .gathered import Gathered, Looked
from .sources import SourceLook


def last_change(entry: Entry) -> str:
    """When an entry changed last, as its source says; "" where it does not."""
    return entry.updated_at or entry.published_at


def hinted(got: Gathered) -> dict[int, frozenset[int]]:
    """The posts that each source read in this pass gives another date than at the look before, or lists again
    after they had gone; by source."""
    found = {}
    for look in got.sources:
        if look.listing is not None and not look.broken and look.source.baseline_at is not None:
            posts = frozenset(_changed(got, look))
            if posts:
                found[look.source.id] = posts
    return found


def _changed(got: Gathered, look: SourceLook) -> list[int]:
    assert look.listing is not None
    known, posts = got.known, []
    for entry in look.listing.entries:
        post = known.keys.get(canonical_key(entry.url))
        old = known.entries.get((look.source.id, post)) if post is not None else None
        if post is None or old is None:
            continue
        date = last_change(entry)
        if old.present and old.updated and date and date != old.updated:
            posts.append(post)
        elif not old.present and post in known.posts:
            state = known.posts[post].state
            if state.status is Status.REMOVED or not state.listed:
                posts.append(post)
    return posts


def believed(conn: Connection, got: Gathered) -> frozenset[int]:
    """Those of the hinted posts that are worth a look for it."""
    listed = {s.source.id: len(s.listing.entries) for s in got.sources if s.listing is not None}
    found: set[int] = set()
    for source, posts in got.hinted.items():
        if not made_anew(len(posts), listed[source]) and trust(conn, source).believed:
            found |= posts
    return frozenset(found)


def learn(conn: Connection, got: Gathered) -> None:
    """Notes what came of the looks at hinted posts, whatever led to them."""
    for source, posts in got.hinted.items():
        looked = [got.looked[p] for p in posts if p in got.looked]
        looked = [
            x for x in looked if not x.first_look and x.seeing.verdict.seen is not Seen.UNCLEAR
        ]
        if looked:
            told = trust(conn, source).after(len(looked), sum(map(_found, looked)))
            meta.put(conn, _key(source), f"{told.looks} {told.found}")


def _found(x: Looked) -> bool:
    """Whether a look found something."""
    if x.written:
        return False  # while the pass ran: it came to nothing
    gone = x.seeing.verdict.seen in (Seen.MISSING, Seen.ELSEWHERE)
    return x.changed or gone is not (x.row.state.status is Status.REMOVED)


def trust(conn: Connection, source: int) -> Trust:
    """What is known of a source's word."""
    said = meta.value(conn, _key(source)).split()
    return Trust(*map(int, said)) if len(said) == 2 else Trust()


def _key(source: int) -> str:
    return f"hints:{source}"
