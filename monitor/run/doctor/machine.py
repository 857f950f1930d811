"""The config's file, and what we run on: nothing here needs a database."""

from __future__ import annotations

import sqlite3
import sys

from ...config import Config
from ...show.checkup import Finding, Level
from ..readers import readers

#: sqlite.org/wal.html#walresetbug: fixed here. We let one connection write at a time, so it does not bite.
SOUND_SQLITE = (3, 51, 3)
#: CVE-2024-6923: a subject with encoded line breaks became headers. We break such subjects ourselves.
_SOUND_MAIL = {(3, 11): 10, (3, 12): 5}


def config_findings(config: Config) -> list[Finding]:
    """What the config says, and who may read it."""
    path, group = config.path, "config"
    sites, channels = len(config.sites), len(config.channels)
    said = f"{path}: {_many(sites, 'site')}, {_many(channels, 'channel')}"
    found = [Finding(group, Level.OK, said)]
    for one in readers(config):
        found.append(Finding(group, Level.MEND if one.grave else Level.NOTE, one.what, one.mend))
    if not config.sites:
        found.append(
            Finding(
                group, Level.NOTE, "no site is watched", "postwatch add https://example.com/blog/"
            )
        )
    return found


def program_findings() -> list[Finding]:
    """What we run on, where it wants care that we take."""
    found = []
    if sqlite3.sqlite_version_info < SOUND_SQLITE:
        found.append(
            Finding(
                "program",
                Level.NOTE,
                f"SQLite {sqlite3.sqlite_version} can damage a database that two connections write at"
                " once; postwatch lets one write at a time, so nothing needs doing"
                f" ({'.'.join(map(str, SOUND_SQLITE))} has it mended)",
            )
        )
    python = sys.version_info
    least = _SOUND_MAIL.get((python.major, python.minor))
    if least is not None and python.micro < least:
        found.append(
            Finding(
                "program",
                Level.NOTE,
                f"Python {python.major}.{python.minor}.{python.micro} lets a hostile title write headers"
                f" of a mail (CVE-2024-6923); postwatch breaks such titles itself"
                f" ({python.major}.{python.minor}.{least} has it mended)",
            )
        )
    return found or [Finding("program", Level.OK, versions())]


def versions() -> str:
    """`Python 3.12.5, SQLite 3.51.3`."""
    return f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"


def _many(n: int, what: str) -> str:
    return f"1 {what}" if n == 1 else f"{n} {what}s"
