"""The config's file, and what we run on: nothing here needs a database."""

from __future__ import annotations

import shlex
import sqlite3
import stat
import sys

from ...config import Config
from ...config.secrets import secrets
from ...show.checkup import Finding, Level

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
    found += _readers(config)
    if not config.sites:
        found.append(
            Finding(
                group, Level.NOTE, "no site is watched", "postwatch add https://example.com/blog/"
            )
        )
    return found


def exposed(config: Config) -> str:
    """Who may write a config, or read a password in it, that should not; "" where nobody may."""
    found = [f for f in _readers(config) if f.level is Level.MEND]
    return f"{found[0].what}; mend: {found[0].mend}" if found else ""


def _readers(config: Config) -> list[Finding]:
    path = config.path
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        around = stat.S_IMODE(path.resolve().parent.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except OSError:
        return []
    mend = f"chmod 600 {shlex.quote(str(path))}"
    group = "config"
    if mode & stat.S_IWOTH:
        what = f"everybody on this machine can write {path} (mode {mode:o})"
        return [Finding(group, Level.MEND, what, mend)]
    if around & stat.S_IWOTH and not around & stat.S_ISVTX:
        folder = path.resolve().parent
        what = f"everybody on this machine can put another file in the place of {path}"
        return [Finding(group, Level.MEND, what, f"chmod o-w {shlex.quote(str(folder))}")]
    found = []
    if mode & stat.S_IROTH:
        what = f"everybody on this machine can read {path} (mode {mode:o})"
        if any(secret in text for secret in secrets(config)):
            what += ", and a password or token stands in it"
            mend += "; or name it there as ${NAME} and set that in the service's environment"
            found.append(Finding(group, Level.MEND, what, mend))
        else:
            found.append(Finding(group, Level.NOTE, f"{what}; no secret stands in it", mend))
    if mode & stat.S_IWGRP:
        what = f"whoever is in the group of {path} can write it (mode {mode:o})"
        found.append(Finding(group, Level.NOTE, what, f"chmod g-w {shlex.quote(str(path))}"))
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
