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
    told = {r.name for r in rows if sites.is_told_of(conn, r)}
    said = []
    for site in config.sites:
        before = left.get(canonical_key(site.url))
        if before is not None and site.name not in told:
            said.append(
                f'"{site.name}" has the address of "{before.name}", which the config has no more. To go on'
                f" with its history: postwatch sites rename {before.name} {site.name}"
            )
    return said
