"""Which events speak of these words, on this site, of this kind, in these days? The newest first.

An event is found by its own words (headline, addresses, what its version added or dropped) and by the
latest text of its post; each word of a search may stand in either. `search_index.py` keeps what is looked
up here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from sqlalchemy import ColumnElement, Connection, Select, TextClause, func, select, text

from ..model import Event, Kind
from ..read.terms import Search, Term
from . import tables
from .events import events_by_id, head
from .marks import MarkKind
from .record_text import COLUMNS, text_of
from .search_index import EVENTS, POSTS, SHIFT, asked, holds

_E, _M = tables.events, tables.event_marks

#: Ids looked through at once, at first and at most; a window without enough in it is followed by one
#: four times as wide. A common word fills the first.
_FIRST, _WIDEST = 2000, 2_000_000
#: Events read at once: a database takes so many numbers in one question, and not many more.
_AT_ONCE = 1000
#: A term found in fewer events and posts than this is where the search begins, whatever their ids.
_FEW_EVENTS, _FEW_POSTS = 1500, 300


class Wanted(Struct, frozen=True):
    """What is asked of the events; empty means all."""

    search: Search = field(default_factory=Search)
    sites: tuple[str, ...] = ()  #: by the names they have now
    kinds: tuple[Kind, ...] = ()
    silent: bool = False  #: only those without a note
    unseen: bool = False  #: neither marked as seen nor dismissed
    since: datetime | None = None  #: detected then or later
    until: datetime | None = None  #: detected before then
    after: int | None = None  #: an id, exclusive; so is `before`
    before: int | None = None
    origin: str = ""
    batch: str = ""  #: only events of this cause


def found(conn: Connection, wanted: Wanted, limit: int | None = None) -> list[int]:
    """The ids of the events that are wanted, newest first, so many at most."""
    if wanted.search.hopeless or limit == 0:
        return []
    ids: list[int] = []
    for window in _windows(conn, wanted):
        left = None if limit is None else limit - len(ids)
        ids.extend(conn.execute(window if left is None else window.limit(left)).scalars())
        if left is not None and len(ids) >= (limit or 0):
            break
    return ids


def wanted_events(conn: Connection, wanted: Wanted, limit: int | None = None) -> list[Event]:
    """The events that are wanted, newest first."""
    ids = found(conn, wanted, limit)
    parts = (ids[n : n + _AT_ONCE] for n in range(0, len(ids), _AT_ONCE))
    return [event for part in parts for event in reversed(events_by_id(conn, part))]


def records(conn: Connection, ids: Collection[int]) -> list[str]:
    """The events' records as JSON, exactly as stored, newest first."""
    query = select(*COLUMNS).where(_E.c.id.in_(list(ids))).order_by(_E.c.id.desc())
    return [text_of(row) for row in conn.execute(query)]


def _windows(conn: Connection, wanted: Wanted) -> Iterator[Select[Any]]:
    """The question, put to one stretch of ids after the other."""
    low = (wanted.after or 0) + 1
    high = min(wanted.before or 1 << 62, head(conn)[0] + 1)
    if days := _days(wanted):
        span = select(func.min(_E.c.id), func.max(_E.c.id)).where(*days)
        first, last = conn.execute(span).one()
        low, high = max(low, first or high), min(high, (last or 0) + 1)
    rare = _rare(conn, wanted.search)
    wide = high - low if rare or wanted.batch else _FIRST
    while low < high:
        start = max(low, high - wide)
        yield _question(conn, wanted, start, high, rare)
        high, wide = start, min(wide * 4, _WIDEST)


def _question(
    conn: Connection, wanted: Wanted, low: int, high: int, rare: Term | None
) -> Select[Any]:
    query = select(_E.c.id).where(_E.c.id >= low, _E.c.id < high).order_by(_E.c.id.desc())
    if wanted.sites:
        query = query.where(_E.c.site.in_(wanted.sites))
    if wanted.kinds:
        query = query.where(_E.c.kind.in_([k.value for k in wanted.kinds]))
    if wanted.silent:
        query = query.where(_E.c.silent.is_(True))
    query = query.where(*_days(wanted))
    if wanted.batch:
        query = query.where(_E.c.batch == wanted.batch)
    if wanted.origin:
        query = query.where(_E.c.origin == wanted.origin)
    if wanted.unseen:
        said = select(_M.c.event_id).where(_M.c.kind != MarkKind.NOTE.value)
        query = query.where(_E.c.id.not_in(said))
    for n, term in enumerate(wanted.search.terms):
        query = query.where(_holds(conn, term, f"t{n}", low, high, lead=term is rare))
    for n, term in enumerate(wanted.search.without):
        query = query.where(_holds(conn, term, f"w{n}", low, high, without=True))
    return query


def _days(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Ids rise with the days they were given in, but for what was imported."""
    since = [] if wanted.since is None else [_E.c.detected_at >= wanted.since]
    return since + ([] if wanted.until is None else [_E.c.detected_at < wanted.until])


def _holds(
    conn: Connection,
    term: Term,
    name: str,
    low: int,
    high: int,
    *,
    lead: bool = False,
    without: bool = False,
) -> TextClause:
    """That an event, or the latest text of its post, has a term. `lead`: the search begins there."""
    own = (
        f"SELECT rowid >> {SHIFT} FROM event_words WHERE {holds(conn, EVENTS, name, term)}"
        f" AND rowid BETWEEN :{name}_low AND :{name}_high"
    )
    latest = f"SELECT rowid >> {SHIFT} FROM post_words WHERE {holds(conn, POSTS, name, term)}"
    # A plus keeps SQLite from going through the index of every event that has a common word.
    plus = "+" if conn.dialect.name == "sqlite" and not lead else ""
    no = "NOT " if without else ""
    post = f"coalesce({plus}events.post_id, 0)"  # of no post: null would be neither in nor out
    if lead:
        post = "events.post_id"
    return text(f"{no}({plus}events.id IN ({own}) OR {post} IN ({latest}))").bindparams(
        **{
            name: asked(conn, term),
            f"{name}_low": low << SHIFT,
            f"{name}_high": (high << SHIFT) - 1,
        }
    )


def _rare(conn: Connection, search: Search) -> Term | None:
    """A term that few events and posts have; None where all are common, or there is none."""
    for term in search.terms:
        few = True
        for table, most in ((EVENTS, _FEW_EVENTS), (POSTS, _FEW_POSTS)):
            some = f"SELECT 1 FROM {table} WHERE {holds(conn, table, 'term', term)} LIMIT {most}"
            many = text(f"SELECT count(*) FROM ({some}) AS found")
            few = few and conn.execute(many, {"term": asked(conn, term)}).scalar_one() < most
        if few:
            return term
    return None
