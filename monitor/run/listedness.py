"""Who is listed and who is not, once a pass has read its sources: `delisted` and `relisted`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..decide.listed import Standing, judge_listed
from ..model import Event, Kind, LookRecord, Role, Seen, Status
from ..store import posts
from ..store.rows import EntryRow, PostRow
from ..values import replace
from .gathered import Gathered
from .shelves import SOURCE_FORMS, record

#: How long a broken source still vouches for what it listed.
VOUCHES = timedelta(hours=24)


def write_listedness(conn: Connection, got: Gathered, vantage: str) -> list[Event]:
    """Judges who is listed, for posts that were truly seen in this pass; delisted and relisted events."""
    good = {s.source.id for s in got.sources if not s.broken and not s.forbidden}
    by_post: dict[int, list[EntryRow]] = defaultdict(list)
    # A source that has been broken for long does not vouch for what it once listed.
    active = {
        s.id
        for s in got.known.sources
        if s.broken_since is None or got.now - s.broken_since < VOUCHES
    }
    for entry in got.known.entries.values():
        if entry.source_id in active:
            by_post[entry.post_id].append(entry)
    events: list[Event] = []
    for post_id, x in got.looked.items():
        if x.final.verdict.seen not in (Seen.PRESENT, Seen.SAME):
            continue
        row = got.known.posts.get(post_id)
        if row is None or row.state.status is not Status.LIVE or row.state.snapshot is None:
            continue
        if not row.watched:
            continue
        state = row.state
        standings = [_standing(e, good) for e in by_post.get(post_id, ())]
        if any(not e.present and e.dropped and e.source_id not in good for e in by_post[post_id]):
            continue  # a source that should tell is broken now
        before = (state.listed, state.absences, state.muted_listing)
        now = judge_listed(
            standings, listed=state.listed, absences=state.absences, muted=state.muted_listing
        )
        if (now.listed, now.absences, now.muted) == before:
            continue
        judged = replace(state, listed=now.listed, absences=now.absences, muted_listing=now.muted)
        saved = replace(row, state=judged)
        posts.save_post(conn, saved)
        got.known.posts[post_id] = saved
        if now.changed:
            everywhere = [e for e in got.known.entries.values() if e.post_id == post_id]
            look = x.final.record(Role.POST)
            events.append(_event(got, saved, by_post[post_id], everywhere, look, vantage))
    return events


def left_between(entries: Sequence[EntryRow], now: datetime) -> tuple[datetime | None, datetime]:
    """When a post left the last source that held it: (the last look that found it listed anywhere, the
    first one after it that found it missing). Rows of an older release say less than they could."""
    last = max(
        (e.last_at if e.present else e.otherwise_at or e.last_at for e in entries), default=None
    )
    first = max((e.since for e in entries if not e.present and e.since), default=None)
    return last, first if first is not None and (last is None or first > last) else now


def came_between(entries: Sequence[EntryRow], now: datetime) -> tuple[datetime | None, datetime]:
    """When a post that had left every source came back: (the last look before which none of those that
    list it now did, the first one that found it in one of them)."""
    away = max((e.since for e in entries if not e.present and e.since), default=None)
    back = [e for e in entries if e.present and e.since and (away is None or e.since > away)]
    without = [e.otherwise_at for e in back if e.otherwise_at]
    return min(without, default=away), min((e.since for e in back if e.since), default=now)


def _standing(entry: EntryRow, good: set[int]) -> Standing:
    if entry.present:
        return Standing.LISTED
    return Standing.DROPPED if entry.dropped and entry.source_id in good else Standing.SILENT


def _event(
    got: Gathered,
    row: PostRow,
    entries: Sequence[EntryRow],
    everywhere: Sequence[EntryRow],
    look: LookRecord,
    vantage: str,
) -> Event:
    """The event; `entries` are those of sources that can be read, `everywhere` those of all."""
    state = row.state
    by_id = {s.id: s for s in got.known.sources}
    names = [
        f"{SOURCE_FORMS[by_id[e.source_id].form]} {by_id[e.source_id].url}"
        for e in entries
        if e.present is state.listed and (state.listed or e.dropped)
    ]
    verb = "is listed again in" if state.listed else "has left"
    earliest, latest = (came_between if state.listed else left_between)(everywhere, look.at)
    shown = {e.source_id for e in entries if e.present is state.listed}
    sources = (record(s) for s in got.sources if s.source.id in shown and not s.broken)
    return Event(
        kind=Kind.RELISTED if state.listed else Kind.DELISTED,
        detected_at=max(look.at, latest),
        site=state.site,
        post=state.post_id,
        url=state.url,
        title=state.title,
        published_at=state.published_at or None,
        last_seen_at=None if state.listed else earliest,
        first_missing_at=None if state.listed else latest,
        last_missing_at=earliest if state.listed else None,
        snapshot_before=state.snapshot,
        snapshot_after=state.snapshot,
        evidence=(*(f"it {verb} {n}" for n in names), "the post itself answers"),
        looks=(look, *sources),
        vantage=vantage,
    )
