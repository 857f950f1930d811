"""The sources of a site, and which post each of them listed when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, fields
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from ..model import Form
from . import columns, tables
from .codec import from_json, to_json
from .columns import Time
from .dialect import upsert
from .rows import EntryRow, SourceRow

_S = tables.sources
_E = tables.entries
#: Built once: to build a statement costs more than to run it.
_OF_SITE = select(_S).where(_S.c.site_id == bindparam("site")).order_by(_S.c.id)
_CHANGE = update(_S).where(_S.c.id == bindparam("source"))
_LISTED = (
    select(*(_E.c[f.name] for f in fields(EntryRow)))
    .join(_S, _S.c.id == _E.c.source_id)
    .where(_S.c.site_id == bindparam("site"))
    .order_by(_E.c.source_id, _E.c.position, _E.c.post_id)
)
_STILL_AT = bindparam("at", type_=Time)
_STILL = (
    update(_E)
    .where(_E.c.source_id == bindparam("source"), _E.c.present, _E.c.last_at < _STILL_AT)
    .values(last_at=_STILL_AT)
)
_FIELDS = tuple(f.name for f in fields(SourceRow) if f.name != "id")


def sources(conn: Connection, site_id: int, *, active: bool | None = True) -> list[SourceRow]:
    """A site's sources in the order they were added; `active` None for all."""
    found = conn.execute(_OF_SITE, {"site": site_id})
    return [_source(r) for r in found if active is None or r.active == active]


def urls(conn: Connection) -> dict[str, list[str]]:
    """The addresses of all active sources, by the name of their site."""
    found: dict[str, list[str]] = {}
    query = select(tables.sites.c.name, _S.c.url).join(_S, _S.c.site_id == tables.sites.c.id)
    for name, url in conn.execute(query.where(_S.c.active)):
        found.setdefault(name, []).append(url)
    return found


def add_source(conn: Connection, site_id: int, url: str, form: Form, *, found: bool) -> SourceRow:
    """The site's source at `url`, added where it is new.

    One that had left comes back with a new baseline: what it listed meanwhile is no news. Its form and
    `found` follow the latest word of config or discovery; another form is another baseline too.
    """
    key = columns.short(url)
    where = (_S.c.site_id == site_id) & (_S.c.url_short == key)
    known = conn.execute(select(_S).where(where)).first()
    if known is None:
        fresh = SourceRow(id=0, site_id=site_id, url=url, form=form, found=found)
        conn.execute(insert(_S).values(_source_values(fresh)))
        known = conn.execute(select(_S).where(where)).one()
        return _source(known)
    changed: dict[str, Any] = {}
    if not known.active or known.form != form.value:
        # Without its validators, or a 304 would stand where the new baseline should be read.
        changed = {
            "active": True,
            "form": form.value,
            "baseline_at": None,
            "etag": "",
            "last_modified": "",
            "body_hash": "",
            "parts": None,
            "deep_at": None,
            "next_at": None,
        }
    if known.found != found:
        changed["found"] = found
    if changed:
        conn.execute(update(_S).where(_S.c.id == known.id).values(changed))
        known = conn.execute(select(_S).where(_S.c.id == known.id)).one()
    return _source(known)


def save_sources(conn: Connection, rows: Sequence[SourceRow]) -> None:
    """Writes all of some sources' rows but their ids."""
    if rows:
        conn.execute(_CHANGE, [{"source": row.id, **_source_values(row)} for row in rows])


def read_anew(conn: Connection, site_id: int) -> None:
    """Has a site's sources read in full at their next look, though they may stand still."""
    blank = {"etag": "", "last_modified": "", "body_hash": ""}
    conn.execute(update(_S).where(_S.c.site_id == site_id).values(blank))


def still_listed(conn: Connection, stood: Mapping[int, datetime]) -> None:
    """Notes that some sources stood then as they did, to their last part: they listed then what they list."""
    if stood:
        conn.execute(_STILL, [{"source": source, "at": at} for source, at in stood.items()])


def entries(conn: Connection, site_id: int) -> list[EntryRow]:
    """What all sources of a site, inactive ones too, list or listed; by source and position."""
    return [EntryRow(*r) for r in conn.execute(_LISTED, {"site": site_id}).all()]


def save_entries(conn: Connection, rows: Sequence[EntryRow]) -> None:
    """Writes entries, new or known; the key is (source, post)."""
    # One statement must not name a row twice (PostgreSQL): the last one counts.
    latest = {(r.source_id, r.post_id): asdict(r) for r in rows}
    upsert(conn, _E, list(latest.values()), ("source_id", "post_id"))


def _source_values(row: SourceRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _FIELDS}
    parts = None if row.parts is None else to_json(row.parts)
    return values | {
        "form": row.form.value,
        "url_short": columns.short(row.url),
        "parts": parts,
    }


def _source(r: Row[Any]) -> SourceRow:
    values = dict(r._mapping)
    del values["url_short"]
    parts = None if r.parts is None else from_json(r.parts, tuple[tuple[str, str], ...])
    return SourceRow(**values | {"form": Form(r.form), "parts": parts})
