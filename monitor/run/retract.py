"""An event is withdrawn by a person: state, correction and alerts, written in one transaction.

Whoever had the event (or may have had it) is told at once, whatever `now`, `alert_on` and digests say.
Where its alert still waits, that alert is dropped instead, and nobody needs a correction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from rapidfuzz import process
from sqlalchemy import Connection

from ..decide.retraction import retraction, state_before
from ..errors import UsageError
from ..model import Event, Kind, PostState
from ..read.alike import fingerprint
from ..read.urls import canonical_key
from ..store import called_off, events, posts, queue, snapshots
from ..store.merge import part
from ..store.rows import PostRow
from ..store.withdrawn import batches, withdrawals
from ..values import replace
from .alerts import sealed

#: Of an event's id: what a database can count to.
_DIGITS = 18


class Withdrawn(Struct, frozen=True):
    """What a withdrawal came to."""

    events: tuple[Event, ...]  #: the corrections, in the order of what they withdraw
    told: tuple[tuple[str, str], ...]  #: (channel, recipient) of all who get one, each once
    spared: int  #: alerts that had not left yet and are dropped
    resting: tuple[Event, ...]  #: events that say what can't be so any more


def retract(
    what: str, *, why: str, by: str, now: datetime, rng: random.Random
) -> Callable[[Connection], Withdrawn]:
    """The function that withdraws an event (by id) or all of a batch, for `Store.write`.

    UsageError where there is none such, or it was withdrawn already, or is a withdrawal itself.
    """

    def write(conn: Connection) -> Withdrawn:
        events.lock_head(conn)
        already = withdrawals(conn)
        chosen = _chosen(conn, what, already)
        changed = _rewind(conn, chosen, set(already), now)
        made, told, spared = [], list[tuple[str, str]](), 0
        for event in chosen:
            draft = retraction(event, why=why, by=by, now=now, changed=event.id in changed)
            stored = sealed(conn, rng, draft)
            had, dropped = called_off.withdraw(conn, event.id)
            told += queue.add_alerts(conn, stored.id, had, now)
            made.append(stored)
            spared += dropped
        gone = {*already, *(e.id for e in chosen)}
        return Withdrawn(
            tuple(made), tuple(dict.fromkeys(told)), spared, _resting(conn, chosen, gone)
        )

    return write


def _chosen(conn: Connection, what: str, already: dict[int, int]) -> list[Event]:
    event = numbered(conn, what)
    if event is not None:
        if event.kind is Kind.RETRACTED:
            raise UsageError(
                f"event {event.id} is itself the withdrawal of event {event.retracts}; it stays"
            )
        if event.id in already:
            raise UsageError(
                f"event {event.id} was withdrawn already, by event {already[event.id]}"
            )
        return [event]
    batch = [e for e in events.events(conn, batch=what) if e.kind is not Kind.RETRACTED]
    left = [e for e in batch if e.id not in already]
    if batch and not left:
        raise UsageError(f"all {len(batch)} events of batch {what} were withdrawn already")
    if not left:
        raise UsageError(f"no event or batch {what}. {nearest(conn, what)}")
    return left


def numbered(conn: Connection, what: str) -> Event | None:
    """The event of this number; None where there is none, or it is no number."""
    return events.event(conn, int(what)) if what.isdecimal() and len(what) <= _DIGITS else None


def nearest(conn: Connection, what: str) -> str:
    """What may have been meant by what is no event or batch: a sentence."""
    near = process.extractOne(what, batches(conn), score_cutoff=60)
    if near and not what.isdecimal():
        return f"Did you mean batch {near[0]}?"
    newest = events.head(conn)[0]
    return f"The newest is event {newest}." if newest else "There are no events yet."


def _rewind(
    conn: Connection, chosen: Sequence[Event], withdrawn: set[int], now: datetime
) -> set[int]:
    """Gives every post its state before; ids of the events whose post went back. Newest first, so that
    a post with two events in a batch goes back through both."""
    changed: set[int] = set()
    for event in reversed(chosen):
        row = posts.post(conn, event.post) if event.post is not None else None
        if row is not None and not events.is_stub(event):
            told = events.events(conn, post_id=row.state.post_id)
            state = state_before(row.state, event, told, withdrawn)
            if state != row.state:
                posts.save_post(conn, _row_before(conn, row, state, now))
                if state.url != row.state.url:
                    part(conn, row, canonical_key(row.state.url), now)
                changed.add(event.id)
        withdrawn.add(event.id)
    return changed


def _row_before(conn: Connection, row: PostRow, state: PostState, now: datetime) -> PostRow:
    """The post's row with that state, due at once. What is known of the page as last answered goes
    where another version, or none, is the last good one now."""
    saved = replace(row, state=state, key=canonical_key(state.url), next_at=now)
    if (state.url, state.snapshot, state.status) == (
        row.state.url,
        row.state.snapshot,
        row.state.status,
    ):
        return saved
    article = snapshots.article(conn, state.snapshot) if state.snapshot is not None else None
    return replace(
        saved,
        etag="",
        last_modified="",
        body_hash="",
        stretch=None,
        article_digest=article.digest if article is not None else "",
        fingerprint=fingerprint(article) if article is not None else 0,
    )


def _resting(conn: Connection, chosen: Sequence[Event], gone: set[int]) -> tuple[Event, ...]:
    """Returns of posts that, with these events withdrawn, were never gone."""
    ids = {e.id for e in chosen if e.kind is Kind.REMOVED}
    found: list[Event] = []
    for post in dict.fromkeys(e.post for e in chosen if e.id in ids and e.post is not None):
        found += [
            e
            for e in events.events(conn, post_id=post, kinds=[Kind.REINSTATED])
            if e.removed_event in ids and e.id not in gone
        ]
    return tuple(found)
