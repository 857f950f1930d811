"""What the sources of a site say after a pass: who is listed where, which source broke, who was delisted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..decide.due import MAX_HOST_WAIT, retry_after
from ..decide.listed import Shelf, absent, leavers, window
from ..model import Event, Form, Kind, LookRecord, Role
from ..read.urls import canonical_key
from ..store import sources
from ..store.rows import EntryRow, SourceRow
from ..values import replace
from .gathered import Gathered
from .hints import last_change
from .source_looks import observe_sources
from .sources import SourceLook

#: A source is looked at as often as the site's `every`; nothing slower would keep the claim narrow. One that
#: asks for more patience has it, for an hour at most.
SOURCE_FORMS = {Form.FEED: "feed", Form.SITEMAP: "sitemap", Form.LISTING: "listing"}
#: Positions from here on are those of boxes beside the list.
BESIDE = 1_000_000


def shelf_of(got: Gathered, look: SourceLook) -> Shelf:
    """A source's look against the one before, as post ids."""
    assert look.listing is not None
    known, source = got.known, look.source
    old = sorted(
        (e for e in known.entries.values() if e.source_id == source.id and e.present),
        key=lambda e: e.position,
    )
    after: dict[int, bool] = {}  # post -> does it stand beside the list?
    for entry in look.listing.entries:
        post = known.keys.get(canonical_key(entry.url))
        if post is not None:
            after[post] = after.get(post, True) and entry.beside
    return Shelf(
        complete=look.listing.complete,
        before=[e.post_id for e in old if e.position < BESIDE],
        after=[p for p, beside in after.items() if not beside],
        dates={i: p.state.published_at for i, p in known.posts.items() if p.state.published_at},
        late=_late(got, old, source.baseline_at),
        beside=frozenset(p for p, beside in after.items() if beside)
        | {e.post_id for e in old if e.position >= BESIDE},
    )


def _late(got: Gathered, old: Iterable[EntryRow], baseline: datetime | None) -> frozenset[int]:
    """The posts that a source came to list when another had listed them before, or the config had
    named them: an update, a pin or a draw of lots brought them there, and may take them away."""
    came = {e.post_id: e.first_at for e in old if baseline is not None and e.first_at > baseline}
    late = {p for p in came if p in got.known.posts and got.known.posts[p].hand_picked}
    for entry in got.known.entries.values() if came else ():
        if entry.first_at < came.get(entry.post_id, entry.first_at):
            late.add(entry.post_id)
    return frozenset(late)


def left(got: Gathered) -> frozenset[int]:
    """The posts that left a source which could still show them: looked at in the same pass."""
    gone: set[int] = set()
    for look in got.sources:
        if look.listing is not None and not look.broken:
            gone |= absent(shelf_of(got, look))
    return frozenset(gone)


def write_sources(
    conn: Connection,
    got: Gathered,
    *,
    site_up: bool,
    every: timedelta,
    alert_after: timedelta,
    vantage: str,
) -> list[Event]:
    """Writes every source's row, entries and observation; the source_* events it comes to."""
    drafts: list[Event] = []
    rows: list[SourceRow] = []
    stood: dict[int, datetime] = {}
    observe_sources(conn, got)
    for look in got.sources:
        if look.forbidden:
            continue
        row = _row(got, look, every, site_up=site_up)
        if look.broken:
            draft, row = _broken(got, look, row, site_up, alert_after, vantage)
        else:
            draft, row = _works(got, look, row, vantage)
            if look.listing is not None:
                _write_entries(conn, got, look)
            elif look.ended_at is not None or (look.body_hash and _is_deep(look)):
                _still_listed(got, look)
                stood[look.source.id] = look.answer.at
        drafts += draft
        rows.append(row)
    sources.still_listed(conn, stood)
    sources.save_sources(conn, rows)
    return drafts


def _row(got: Gathered, look: SourceLook, every: timedelta, *, site_up: bool) -> SourceRow:
    row = replace(look.source, next_at=got.now + every)
    if look.broken:
        asked = retry_after(look.answer.header("retry-after"), got.now) if site_up else None
        later = got.now + max(every, min(asked or every, MAX_HOST_WAIT))
        return replace(row, etag="", last_modified="", body_hash="", next_at=later)
    if look.listing is None:
        row = replace(
            row,
            body_hash=look.body_hash or row.body_hash,
            parts=row.parts if look.parts is None else look.parts,
        )
        return replace(row, deep_at=got.now) if _is_deep(look) else row
    dates = sorted(e.published_at for e in look.listing.entries if e.published_at)
    # Before a listing's first page is believed that a post left it, all its pages are read.
    doubted = not look.deep and bool(look.listing.next_page) and bool(leavers(shelf_of(got, look)))
    return replace(
        row,
        etag=look.answer.header("etag"),
        last_modified=look.answer.header("last-modified"),
        body_hash=look.body_hash,
        parts=look.parts,
        entries=len(look.listing.entries),
        oldest=dates[0] if dates else "",
        baseline_at=row.baseline_at or (None if look.listing.partial else got.now),
        deep_at=got.now if _is_deep(look) else None if doubted else row.deep_at,
    )


def _is_deep(look: SourceLook) -> bool:
    """Whether a listing was followed to its last page."""
    return look.deep and look.source.form is Form.LISTING


def _broken(
    got: Gathered,
    look: SourceLook,
    row: SourceRow,
    site_up: bool,
    alert_after: timedelta,
    vantage: str,
) -> tuple[list[Event], SourceRow]:
    at = look.read_at
    since = row.broken_since or at
    row = replace(row, broken_since=since, broken_why=look.broken)
    if not site_up or row.broken_told or row.baseline_at is None or at - since < alert_after:
        return [], row
    event = Event(
        kind=Kind.SOURCE_BROKEN,
        detected_at=at,
        site=got.known.row.name,
        url=row.url,
        title=f"{SOURCE_FORMS[row.form]} of {got.known.row.name}",
        last_seen_at=row.last_ok_at,
        first_missing_at=since,
        last_missing_at=at,
        evidence=(f"{SOURCE_FORMS[row.form]}: {look.broken}", "the site itself answers"),
        looks=(record(look),),
        vantage=vantage,
    )
    return [event], replace(row, broken_told=True)


def _works(
    got: Gathered, look: SourceLook, row: SourceRow, vantage: str
) -> tuple[list[Event], SourceRow]:
    events: list[Event] = []
    if row.broken_told and row.broken_since is not None:
        events.append(
            Event(
                kind=Kind.SOURCE_RECOVERED,
                detected_at=look.read_at,
                site=got.known.row.name,
                url=row.url,
                title=f"{SOURCE_FORMS[row.form]} of {got.known.row.name}",
                last_seen_at=row.last_ok_at,
                first_missing_at=row.broken_since,
                evidence=(f"it could not be read before: {row.broken_why}",),
                vantage=vantage,
            )
        )
    at = look.answer.at
    good = replace(row, broken_since=None, broken_why="", broken_told=False, last_ok_at=at)
    return events, good


def record(look: SourceLook) -> LookRecord:
    """The look as events keep it."""
    return LookRecord(
        at=look.answer.at,
        url=look.answer.url,
        role=Role.SOURCE,
        status=look.answer.status,
        rule="source_broken" if look.broken else "source_read",
        server_date=look.answer.header("date"),
    )


def _write_entries(conn: Connection, got: Gathered, look: SourceLook) -> None:
    assert look.listing is not None
    known, source = got.known, look.source.id
    shelf = shelf_of(got, look)
    dropped, could = leavers(shelf), set(window(shelf))
    dated = {canonical_key(e.url): e.published_at for e in look.listing.entries}
    updated = {canonical_key(e.url): last_change(e) for e in look.listing.entries}
    keys = (canonical_key(e.url) for e in look.listing.entries)
    named = dict.fromkeys(known.keys[k] for k in keys if k in known.keys)
    listed = {p: i for i, p in enumerate(shelf.after)}
    rows: list[EntryRow] = []
    for place, post in enumerate(named):
        old = known.entries.get((source, post))
        since, without = _came(look, old)
        rows.append(
            EntryRow(
                source_id=source,
                post_id=post,
                first_at=old.first_at if old else got.now,
                last_at=look.answer.at,
                present=True,
                position=listed.get(post, BESIDE + place),
                dated=dated.get(known.posts[post].key, "") or (old.dated if old else ""),
                updated=updated.get(known.posts[post].key, "") or (old.updated if old else ""),
                since=since,
                otherwise_at=without,
            )
        )
    shallow = look.source.form is Form.LISTING and not look.listing.complete
    position = len(shelf.after)
    before = [e for e in known.entries.values() if e.source_id == source and e.present]
    for old in sorted(before, key=lambda e: e.position):
        post = old.post_id
        if post in named:
            continue
        if shallow and old.position < BESIDE and post not in could:
            # What stands on later pages was not looked at: it keeps its order behind the first.
            rows.append(replace(old, position=position))
            position += 1
        else:
            last = _last_listed(look, old)
            went = replace(old, present=False, since=look.read_at, otherwise_at=last)
            rows.append(replace(went, dropped=post in dropped))
    sources.save_entries(conn, rows)
    known.entries |= {(r.source_id, r.post_id): r for r in rows}


def _still_listed(got: Gathered, look: SourceLook) -> None:
    """All parts of a source stand as they did: so do its entries."""
    source, at = look.source.id, look.answer.at
    got.known.entries |= {
        key: replace(e, last_at=max(at, e.last_at))
        for key, e in got.known.entries.items()
        if e.source_id == source and e.present
    }


def _came(look: SourceLook, old: EntryRow | None) -> tuple[datetime | None, datetime | None]:
    """Since when an entry is listed, and when the source was last read without it; None: not known."""
    if old is None:
        return look.read_at, None
    if old.present:
        return old.since, old.otherwise_at
    source = look.source
    # What stands on later pages of a listing is not seen at every look.
    paged = source.form is Form.LISTING and look.ended_at is not None
    without = source.deep_at if paged else source.last_ok_at
    return look.read_at, max(filter(None, (old.since, without)), default=None)


def _last_listed(look: SourceLook, old: EntryRow) -> datetime:
    """When a source that has lost an entry held it last. A source that stood still, byte for byte, held
    it; the first page of a listing says so of no other page."""
    last_ok, entries = look.source.last_ok_at, look.listing.entries if look.listing else ()
    paged = look.source.form is Form.LISTING and (
        look.ended_at is not None or old.position >= len(entries)
    )
    return old.last_at if paged or last_ok is None else max(old.last_at, last_ok)
