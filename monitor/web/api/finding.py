"""What the API is asked becomes what it answers, read of one moment of the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from ...config import Config
from ...model import Event, Kind
from ...read.article import Article
from ...read.urls import canonical_key
from ...run import records
from ...run.coverage import blind_events
from ...show.life import Blind, blindness
from ...store import events, observations, posts, sites, snapshots
from ...store.marks import Mark, MarkKind, marks
from ...store.withdrawn import withdrawals
from ...units import rfc3339, rfc3339_or_none
from .answers import (
    ArticleEntry,
    Beside,
    BlindStretch,
    BlockEntry,
    Coverage,
    EventRecord,
    Events,
    LinkEntry,
    MarkEntry,
    NoteEntry,
    OneEvent,
    Posts,
    Sites,
    Version,
    Versions,
)
from .asking import (
    AsksCoverage,
    AsksEvents,
    AsksOne,
    AsksPosts,
    AsksSites,
    AsksVersions,
    unknown,
)

T = TypeVar("T")


class Moment(Struct, frozen=True):
    """What an answer is made from."""

    conn: Connection
    config: Config
    now: datetime
    ours: bool  #: who asks is one of us, and is told what we said among ourselves
    onward: Callable[[int | str], str]  #: the same question, after this one


def site_list(m: Moment, asks: AsksSites) -> Sites:
    """The sites by name."""
    later = [r for r in records.site_records(m.conn, m.config, m.now) if r.name > asks.after]
    found, following = _page(m, later, asks.limit, lambda r: r.name)
    return Sites(found, following)


def post_list(m: Moment, asks: AsksPosts) -> Posts:
    """Posts by id; a URL finds those that have it and those that had it."""
    _must_be_sites(m, asks.site)
    if asks.url:
        rows = [
            p
            for p in posts.find_post(m.conn, canonical_key(asks.url))
            if (not asks.site or p.state.site in asks.site)
            and asks.state in (None, p.state.status)
            and p.state.post_id > asks.after
        ]
        rows.sort(key=lambda p: p.state.post_id)
    else:
        rows = posts.some_posts(
            m.conn, after=asks.after, limit=asks.limit + 1, sites=asks.site, status=asks.state
        )
    found, following = _page(m, rows, asks.limit, lambda p: p.state.post_id)
    return Posts(records.post_records(m.conn, found), following)


def one_post(m: Moment, asks: AsksOne) -> records.PostRecord | None:
    """A post."""
    row = posts.post(m.conn, asks.id)
    return None if row is None else records.post_records(m.conn, [row])[0]


def version_list(m: Moment, asks: AsksVersions) -> Versions | None:
    """The versions of a post, oldest first."""
    if posts.post(m.conn, asks.id) is None:
        return None
    later = [v for v in snapshots.snapshots(m.conn, asks.id) if v.number > asks.after]
    found, following = _page(m, later, asks.limit, lambda v: v.number)
    return Versions(asks.id, [records.version_record(v) for v in found], following)


def coverage(m: Moment, asks: AsksCoverage) -> Coverage | None:
    """What looks at a post saw, oldest first, and when it could not be seen."""
    row = posts.post(m.conn, asks.id)
    if row is None:
        return None
    rows = observations.observations(
        m.conn, post_id=asks.id, after=asks.after, limit=asks.limit + 1
    )
    found, following = _page(m, rows, asks.limit, lambda o: o.id)
    return Coverage(
        post=asks.id,
        first_seen_at=rfc3339_or_none(row.state.first_seen_at),
        last_seen_at=rfc3339_or_none(row.state.last_seen_at),
        blind=[_stretch(b) for b in blindness(blind_events(m.conn, row.state))],
        observations=[records.observation_record(o) for o in found],
        next=following,
    )


def one_version(m: Moment, asks: AsksOne) -> Version | None:
    """A version with its text."""
    row = snapshots.snapshot(m.conn, asks.id)
    if row is None:
        return None
    article = snapshots.article(m.conn, asks.id)
    place = f"/snapshots/{row.id}"
    return Version(
        version=records.version_record(row),
        article=None if article is None else _article(article),
        page=place,
        raw=f"{place}/raw",
        latest_raw=f"{place}/raw?look=latest",
        text=f"{place}/text",
    )


def event_list(m: Moment, asks: AsksEvents) -> Events:
    """Events by id."""
    _must_be_sites(m, asks.site)
    rows = events.events(
        m.conn,
        after=asks.after,
        since=asks.since,
        sites=asks.site,
        kinds=asks.kind,
        post_id=asks.post,
        limit=asks.limit + 1,
    )
    found, following = _page(m, rows, asks.limit, lambda e: e.id)
    beside = _beside(m, found)
    return Events([_event(e) for e in found], {str(e.id): beside[e.id] for e in found}, following)


def one_event(m: Moment, asks: AsksOne) -> OneEvent | None:
    """An event."""
    found = events.event(m.conn, asks.id)
    return None if found is None else OneEvent(_event(found), _beside(m, [found])[found.id])


def _page(
    m: Moment, rows: list[T], limit: int, place: Callable[[T], int | str]
) -> tuple[list[T], str | None]:
    """(a page of the rows, the address of the next page or None)."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], m.onward(place(rows[limit - 1]))


def _must_be_sites(m: Moment, names: Sequence[str]) -> None:
    known = [s.name for s in sites.sites(m.conn)] if names else []
    for name in names:
        if name not in known:
            raise unknown("site", name, known)


def _event(event: Event) -> EventRecord:
    return msgspec.convert(event.as_record(), EventRecord)


def _beside(m: Moment, told: Sequence[Event]) -> dict[int, Beside]:
    taken_back = withdrawals(m.conn, after=min((e.id for e in told), default=0))
    said: dict[int, list[Mark]] = {}
    for mark in marks(m.conn, [e.id for e in told]) if m.ours else []:
        said.setdefault(mark.event_id, []).append(mark)
    return {
        e.id: Beside(
            retracted_by=taken_back.get(e.id),
            imported=e.origin != "observed",
            forgotten=events.is_stub(e),
            dismissed=_last(said.get(e.id, [])) is MarkKind.DISMISS,
            marks=[MarkEntry(x.kind, x.text, x.by, rfc3339(x.at)) for x in said.get(e.id, [])],
        )
        for e in told
    }


def _last(said: Sequence[Mark]) -> MarkKind | None:
    """What was said last, seen or noise; a note says neither."""
    return next((x.kind for x in reversed(said) if x.kind is not MarkKind.NOTE), None)


def _stretch(b: Blind) -> BlindStretch:
    return BlindStretch(
        since=rfc3339(b.since),
        until=rfc3339_or_none(b.until),
        whose="site" if b.told.kind is Kind.SITE_UNREACHABLE else "us",
        reason=b.told.reason,
        event=b.told.id,
    )


def _article(a: Article) -> ArticleEntry:
    return ArticleEntry(
        title=a.title,
        byline=a.byline,
        published_at=a.published_at or None,
        modified_at=a.modified_at or None,
        language=a.language or None,
        canonical=a.canonical or None,
        words=a.words,
        extractor=a.extractor,
        blocks=[
            BlockEntry(b.kind, b.text, [LinkEntry(x.text, x.target) for x in b.links])
            for b in a.blocks
        ],
        notes=[NoteEntry(n.kind, n.text) for n in a.notes],
    )
