"""Has a site been given another name in the config alone? Then its history would end: it is to be told."""

from __future__ import annotations

from sqlalchemy import Connection

from ..config import Config
from ..read.urls import canonical_key
from ..store import sites
from ..store.due import turns


def renamed(conn: Connection, config: Config) -> list[str]:
    """A sentence for each new name whose address is that of a site that the config has no more."""
    names = {s.name for s in config.sites}
    known = {t.name: t.url for t in sorted(turns(conn), key=lambda t: t.name)}
    left = {canonical_key(url): name for name, url in known.items() if name not in names}
    said = []
    for site in config.sites if left else ():
        before = left.get(canonical_key(site.url))
        if before is None:
            continue
        if site.name not in known or not sites.is_told_of(conn, site.name):
            said.append(
                f'"{site.name}" has the address of "{before}", which the config has no more. To go on'
                f" with its history: postwatch sites rename {before} {site.name}"
            )
    return said
