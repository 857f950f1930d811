"""A rule for a dismissed edit, tried out on what is stored: which edits it would have muted, and what of
other posts it would have left out.

Nothing is fetched and nothing is written. Stored bytes are hostile: they are read in worker processes,
under a deadline each, and all of it within a budget.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from ..config import Config, SiteConfig
from ..decide.ignore_rule import Muted, Rules, Taken, muted, propose, taken
from ..model import Event, Kind, SiteFacts, Status
from ..read.article.sheet import Copy
from ..show.ignore_rule import Offer
from ..store import Store, bodies, events, posts, sites, snapshots
from ..values import replace
from .parse import ParseFailed, Parser

T = TypeVar("T")
R = TypeVar("R")

#: Edits and posts that a rule is tried on, the newest first.
MOST_EDITS, MOST_POSTS = 200, 300
#: Pages that are read at once.
_AT_ONCE = 4
_EDITS = (Kind.EDITED, Kind.REINSTATED)

_NO_CHANGE = "it tells of no change of a text"
_NO_SITE = "its site is not in the config any more"
_NO_COPIES = "the copies it compares are not kept any more"
_UNREAD = "its copies could not be read in time"


async def offer(
    store: Store, parser: Parser, config: Config, event_id: int, *, budget: timedelta
) -> Offer | None:
    """What is offered for an event; None where there is no such event.

    `budget` is how long the rule is tried out; what was not tried by then is left, and said so.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + budget.total_seconds()
    with store.read() as conn:
        event = events.event(conn, event_id)
        if event is None:
            return None
        found = Offer(event_id)
        if event.kind not in _EDITS or not event.fields:
            return replace(found, why=_NO_CHANGE)
        site = _site_of(conn, config, event)
        if site is None:
            return replace(found, why=_NO_SITE)
        pair = _pair(conn, event)
        row = sites.site_by_name(conn, site.name)
    if pair is None:
        return replace(found, why=_NO_COPIES)
    facts = row.facts if row is not None else SiteFacts()
    rules = Rules(site.content, tuple(site.ignore), facts, frozenset(event.fields))
    found = replace(found, site=site.name, config=str(config.path), ignore=rules.ignore)
    try:
        proposal = await parser.call(propose, *pair, rules)
    except ParseFailed:
        return replace(found, why=_UNREAD)
    found = replace(found, selectors=proposal.selectors, why=proposal.why)
    if not proposal.selectors:
        return found
    trial = _Trial(store, parser, rules, proposal.selectors, lambda: loop.time() > until)
    found = await trial.on_edits(found, event)
    return await trial.on_posts(found, event)


def _site_of(conn: Connection, config: Config, event: Event) -> SiteConfig | None:
    """The event's site, by the name it has now."""
    post = posts.post(conn, event.post) if event.post is not None else None
    return config.site(post.state.site if post is not None else event.site or "")


def _pair(conn: Connection, event: Event) -> tuple[Copy, Copy] | None:
    """What an event compares: the last look at the older version, the first at the newer."""
    if event.snapshot_before is None or event.snapshot_after is None:
        return None
    before = snapshots.snapshot(conn, event.snapshot_before)
    after = snapshots.snapshot(conn, event.snapshot_after)
    latest = snapshots.latest_bytes(conn, event.snapshot_before)
    data = bodies.find_body(conn, after.body_hash) if after is not None else None
    if before is None or after is None or latest is None or data is None:
        return None
    return Copy(latest[0], before.url, latest[1]), Copy(data, after.url, after.content_type)


class _Trial:
    """One rule, and the time in which it is tried."""

    def __init__(
        self,
        store: Store,
        parser: Parser,
        rules: Rules,
        selectors: tuple[str, ...],
        late: Callable[[], bool],
    ) -> None:
        self._store, self._parser = store, parser
        self._rules, self._selectors = rules, selectors
        self._late = late

    def _read(self, fn: Callable[[Connection], R]) -> R:
        with self._store.read() as conn:
            return fn(conn)

    async def on_edits(self, found: Offer, own: Event) -> Offer:
        """The offer with what the rule would have done to the site's edits."""
        with self._store.read() as conn:
            told = events.events(
                conn, sites=[found.site], kinds=_EDITS, limit=MOST_EDITS + 1, newest_first=True
            )
        told = [own, *(e for e in told if e.fields and e.id != own.id)]
        tried: list[Event] = []
        muting: dict[Muted, list[int]] = {kind: [] for kind in Muted}

        async def one(event: Event) -> Muted:
            pair = await asyncio.to_thread(self._read, lambda conn: _pair(conn, event))
            if pair is None:
                return Muted.UNKNOWN
            rules = replace(self._rules, steady=frozenset(event.fields))
            try:
                return await self._parser.call(muted, *pair, rules, self._selectors)
            except ParseFailed:
                return Muted.UNKNOWN

        seen = 0
        async for event, how in self._each(one, told[:MOST_EDITS]):
            seen += 1
            muting[how].append(event.id)
            if how is not Muted.UNKNOWN:
                tried.append(event)
        return replace(
            found,
            tried=len(tried),
            since=min((e.detected_at for e in tried), default=None),
            wholly=tuple(sorted(muting[Muted.WHOLLY])),
            partly=tuple(sorted(muting[Muted.PARTLY])),
            cut=seen < len(told) or len(told) > MOST_EDITS,
        )

    async def on_posts(self, found: Offer, own: Event) -> Offer:
        """The offer with what the rule takes out of the site's other posts."""
        with self._store.read() as conn:
            row = sites.site_by_name(conn, found.site)
            rows = [] if row is None else posts.posts(conn, row.id)
            muting = {e.post for e in events.events_by_id(conn, found.wholly)} | {own.post}
        live = [
            p.state for p in rows if p.state.status is Status.LIVE and p.state.post_id not in muting
        ]
        live.sort(key=lambda s: s.post_id, reverse=True)
        chosen = [(s.post_id, s.url, s.snapshot) for s in live if s.snapshot is not None]

        async def one(post: tuple[int, str, int]) -> Taken:
            latest = await asyncio.to_thread(
                self._read, lambda conn: snapshots.latest_bytes(conn, post[2])
            )
            if latest is None:
                return Taken()
            try:
                return await self._parser.call(
                    taken, Copy(latest[0], post[1], latest[1]), self._rules, self._selectors
                )
            except ParseFailed:
                return Taken()

        looked, losing, sample = 0, [], ""
        async for post, lost in self._each(one, chosen[:MOST_POSTS]):
            looked += 1
            if lost.words:
                losing.append((post[0], lost.words))
                sample = sample or lost.text
        return replace(
            found,
            posts=looked,
            losing=tuple(losing),
            sample=sample,
            cut=found.cut or looked < len(chosen),
        )

    async def _each(
        self, one: Callable[[T], Awaitable[R]], all_: Sequence[T]
    ) -> AsyncIterator[tuple[T, R]]:
        """What `one` says of each, a few at a time, until the time is up."""
        for start in range(0, len(all_), _AT_ONCE):
            if start and self._late():
                return
            chunk = all_[start : start + _AT_ONCE]
            for item, said in zip(chunk, await asyncio.gather(*map(one, chunk)), strict=True):
                yield item, said
