"""All that whoever takes this installation over needs to know, on one page. No secret stands on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from ... import __version__
from ...config import Config
from ...config.secrets import variables
from ...errors import ConfigError
from ...notify import open_channels
from ...show.plain import one_line
from ...store import Store, posts, sites
from ...store.left_copies import last_backup
from ...store.rows import SiteRow
from ...units import shown_duration, shown_number, shown_time
from ...words import REASONS
from ..restoring import restored_at
from .machine import versions

#: Where systemd looks for units (systemd.unit(5)), the administrator's before the distribution's.
_UNITS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
_HOME = "https://github.com/postwatch/postwatch"


def handover(
    config: Config, store: Store | None, env: Mapping[str, str], now: datetime
) -> Iterator[str]:
    """The page, line by line. `store` None: it cannot be opened."""
    yield f"postwatch {__version__}, handed over at {shown_time(now)}"
    yield ""
    yield from _paths(config, store)
    yield ""
    yield from _told(config)
    yield ""
    yield from _variables(config, env)
    yield ""
    if store is not None:
        with store.read() as conn:
            yield from _watched(conn, config, now)
            yield ""
            yield from _copies(conn)
    else:
        yield "Sites and backups: the database cannot be opened; `postwatch doctor` says why."
    yield ""
    yield from _care(config)


def _paths(config: Config, store: Store | None) -> Iterator[str]:
    yield "Where things are"
    yield f"  program    {sys.prefix} ({versions()})"
    yield f"  config     {config.path.resolve()}"
    if store is not None:
        yield f"  database   {store.name}"
        if store.path is not None:
            yield f"  folder     {store.path.parent}: locks, write-ahead log, copies made before upgrades"
    else:
        yield "  database   see [database] url in the config"
    unit = service_unit()
    yield f"  service    {unit or 'no unit of systemd found; started by hand, or by a container'}"
    if config.web is not None:
        public = f", to readers {config.web.base_url}" if config.web.base_url else ""
        yield f"  pages      http://{config.web.listen}/{public}"


def service_unit() -> Path | None:
    """The unit that runs postwatch, where one can be found."""
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"
    for folder in (own, *map(Path, _UNITS)):
        found = sorted(folder.glob("postwatch*.service")) if folder.is_dir() else []
        if found:
            return found[0]
    return None


def _told(config: Config) -> Iterator[str]:
    yield "Who is told"
    try:
        channels = open_channels(config, json_output=True)
    except ConfigError as e:
        yield f"  a channel cannot be used: {e}"
        return
    if not channels:
        yield "  nobody: the config has no channel"
    for name, channel in channels.items():
        kind = config.channels[name].type
        yield f"  {name:<10} {kind}: {', '.join(one_line(r, 200) for r in channel.recipients())}"
    if config.health.ping:
        yield "  ping       a URL in [health] ping is fetched after good passes: who counts them?"


def _variables(config: Config, env: Mapping[str, str]) -> Iterator[str]:
    yield "Secrets it is given by the environment (their values stand nowhere here)"
    names = variables(config.path)
    if not names:
        yield "  none: the config names no ${NAME}"
    for name in names:
        yield f"  {name:<24} {'set for this command' if name in env else 'not set'}"


def _watched(conn: Connection, config: Config, now: datetime) -> Iterator[str]:
    yield "What is watched"
    rows = {row.name: row for row in sites.sites(conn)}
    pace = shown_duration(config.fetch.per_host_delay) if config.fetch.per_host_delay else "no time"
    yield f"  at most {config.fetch.per_host_concurrency} at once at a host, {pace} apart"
    if not config.sites:
        yield "  no site yet: postwatch add https://example.com/blog/"
    for site in config.sites:
        every = site.every or config.schedule.every
        often = every.cron or shown_duration(every.interval)
        row = rows.get(site.name)
        counts = posts.counts(conn, row.id, now) if row is not None else {}
        many = f"{shown_number(counts.get('posts', 0))} posts, {shown_number(counts.get('removed', 0))} removed"
        yield f"  {site.name:<16} {site.url}  every {often}; {many}; {_silent(row, site.paused)}"
    gone = [name for name, row in rows.items() if not row.watched]
    if gone:
        yield f"  no longer watched, their history is kept: {', '.join(gone)}"


def _silent(row: SiteRow | None, paused: bool) -> str:
    if paused:
        return "SILENT: paused by the config"
    if row is None or row.last_check_at is None:
        return "SILENT: never looked at"
    if not row.view.up:
        word = REASONS[row.view.reason].short if row.view.reason else "not seen"
        since = f" since {shown_time(row.view.last_up_at)}" if row.view.last_up_at else ""
        return f"SILENT: {word}, not seen{since}"
    return f"seen, last look {shown_time(row.last_check_at)}"


def _copies(conn: Connection) -> Iterator[str]:
    yield "Backups"
    made, restored = last_backup(conn), restored_at(conn)
    said = f"{shown_time(made.at)}: {one_line(made.path, 200)}" if made else "none is known"
    yield f"  last backup           {said}"
    yield f"  last tested restore   {shown_time(restored) if restored else 'none is known: try one'}"
    yield "  make one: postwatch db backup FILE · back again: postwatch db restore FILE   (keep the config beside it)"


def _care(config: Config) -> Iterator[str]:
    unit = service_unit()
    yield "How to"
    if unit is not None:
        user = "--user " if "/user" in str(unit) else ""
        name = unit.name.removesuffix(".service")
        verb = f"systemctl {user}"
        yield f"  start, stop    {verb}start {name} · {verb}stop {name}"
        yield f"  its log        journalctl {user}-u {name}"
        yield f"  new config     {verb}reload {name}   (it is also noticed by itself, within a minute)"
    else:
        yield f"  start          postwatch --config {config.path.resolve()} run"
        yield "  stop           SIGTERM, or Ctrl-C; it ends within 10 s"
        yield "  new config     SIGHUP   (it is also noticed by itself, within a minute)"
    yield "  update         stop it, install the new version, start it: the database is upgraded by itself,"
    yield "                 after a copy beside it; read CHANGELOG.md first"
    yield "  is it well?    postwatch doctor · postwatch sites · postwatch verify"
    yield f"  documentation  postwatch --help · {_HOME} (README.md, docs/running.md, docs/alerts.md)"
