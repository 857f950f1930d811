"""Has a site been given another name in the config alone? Then its history would end: it is to be told."""

from __future__ import annotations

from sqlalchemy import Connection

from ..config import Config
from ..read.urls import canonical_key
from ..store import sites


def renamed(conn: Connection, config: Config) -> list[str]:
    """A sentence for each new name whose address is that of a site that the config has no more."""
    rows = sites.sites(conn)
    names = {s.name for s in config.sites}
    left = {canonical_key(r.url): r for r in rows if r.name not in names}
    known = {r.name: r for r in rows}
    said = []
    for site in config.sites:
        before = left.get(canonical_key(site.url))
        if before is None:
            continue
        row = known.get(site.name)
        if row is None or not sites.is_told_of(conn, row):
            said.append(
                f'"{site.name}" has the address of "{before.name}", which the config has no more. To go on'
                f" with its history: postwatch sites rename {before.name} {site.name}"
            )
    return said
