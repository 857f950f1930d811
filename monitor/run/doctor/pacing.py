"""Can the schedule be held at the pace we ask each host at? The sum is decide/pacing.py's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import urlsplit

from sqlalchemy import Connection

from ...config import Config, Every
from ...decide.due import interval_at
from ...decide.pacing import Load, Told, by_age, held, pass_takes
from ...model import Status
from ...read.robots import read_robots
from ...show.checkup import Finding, Level
from ...store import Store, bodies, health, sites, sources
from ...store.health import Aged
from ...units import parse_rfc3339, shown_duration, shown_number

_GROUP = "schedule"
#: Of every pass over a site: its home page, and now and then its robots.txt.
_CONTROLS = 1


@dataclass(slots=True)
class _Host:
    """All that is asked of one host."""

    names: list[str] = field(default_factory=list)
    every: timedelta = timedelta.max
    pace: timedelta = timedelta(0)
    why: str = ""  #: what the pace comes from
    each_pass: int = 0
    posts: Counter[timedelta] = field(default_factory=Counter)

    def load(self) -> Load:
        return Load(self.every, self.pace, self.each_pass, self.posts)


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """Host by host; those that can be held are one line."""
    hosts = _hosts(conn, config, now)
    if not hosts:
        return []
    found, well, worst = [], [], (timedelta(0), "")
    for name, host in hosts.items():
        load = host.load()
        apart = held(load)
        takes = pass_takes(load, load.every)
        if apart <= load.every:
            well.append(name)
            worst = max(worst, (takes, name))
            continue
        rows = _rows(config, load.every, apart)
        what = (
            f"{name} ({', '.join(host.names)}): {shown_number(sum(load.posts.values()))} posts at"
            f" {_apart(host.pace)} ({host.why}) cannot be looked at every {shown_duration(load.every)}:"
            f" a pass takes {shown_duration(apart)}. {_latency(rows)}"
        )
        mend = (
            f'every = "{_as_config(apart)}" for the site, a shorter per_host_delay, or a narrower include'
            f" in {config.path}"
        )
        found.append(Finding(_GROUP, Level.MEND, what, mend))
    if well:
        # The hosts that can be held share the defaults; the shortest `every` says the most.
        every = min(hosts[n].every for n in well)
        what = f"it can be held for {'all' if not found else 'the other'} {len(well)} hosts"
        if len(well) == 1:
            what = f"it can be held for {well[0]}"
        what += f" (a pass over {worst[1]} takes {shown_duration(worst[0])}). "
        found.append(Finding(_GROUP, Level.OK, what + _latency(_rows(config, every, every))))
    return found


def _hosts(conn: Connection, config: Config, now: datetime) -> dict[str, _Host]:
    rows = {row.name: row for row in sites.sites(conn, watched=True)}
    hosts: dict[str, _Host] = defaultdict(_Host)
    fetch = config.fetch
    for site in config.sites:
        row = rows.get(site.name)
        if site.paused or row is None:
            continue
        host = hosts[urlsplit(site.url).netloc]
        host.names.append(site.name)
        every = _interval(site.every or config.schedule.every, config.schedule.timezone, now)
        host.every = min(host.every, every)
        host.each_pass += _CONTROLS + len(sources.sources(conn, row.id))
        for post in health.ages(conn, row.id):
            hosts_own = hosts.get(_netloc(post.url), host)
            hosts_own.posts[_wanted(post, every, now)] += 1
        paces: list[tuple[timedelta, str]] = [(fetch.per_host_delay, "per_host_delay")]
        took = [x.took for x in health.look_times(conn, row.id) if x.took]
        if took:
            usual = timedelta(seconds=median(t.total_seconds() for t in took))
            paces.append((usual / fetch.per_host_concurrency, "as it answers"))
        if fetch.respect_robots and row.robots_body:
            asked = read_robots(bodies.body(conn, row.robots_body), 200).delay(fetch.user_agent)
            if asked is not None:
                paces.append((asked, "its robots.txt asks for that"))
        host.pace, host.why = max([(host.pace, host.why), *paces], key=lambda p: p[0])
    return {name: host for name, host in hosts.items() if host.names}


def _wanted(post: Aged, every: timedelta, now: datetime) -> timedelta:
    if post.status is not Status.LIVE:
        return min(
            every, timedelta(days=1)
        )  # looked at as the youngest are, for its first two weeks
    born = post.first_seen_at or now
    if post.published_at:
        try:
            born = min(born, parse_rfc3339(post.published_at))
        except ValueError:
            pass
    return interval_at(now - born, every)


def _interval(every: Every, timezone: str, now: datetime) -> timedelta:
    """Of a cron expression the time between its next two."""
    if not every.cron:
        return every.interval
    first = now + every.wait(now, timezone) + timedelta(seconds=1)
    return every.wait(first, timezone)


def _rows(config: Config, every: timedelta, apart: timedelta) -> tuple[Told, ...]:
    removal = config.removal
    return by_age(
        every,
        apart,
        confirmations=removal.confirmations,
        confirm_every=removal.confirm_every,
        min_missing=removal.min_missing,
        confirm_after=config.edits.confirm_after,
    )


def _latency(rows: Sequence[Told]) -> str:
    said = "; ".join(
        f"{r.age} {shown_duration(r.removal)} (edits {shown_duration(r.edit)})" for r in rows
    )
    return f"A removal is told at the latest, by the post's age: {said}"


def _apart(pace: timedelta) -> str:
    return f"{pace.total_seconds():.3g} s a request"


def _as_config(span: timedelta) -> str:
    minutes = -int(-span.total_seconds() // 60)
    return f"{minutes}m" if minutes < 120 else f"{-(-minutes // 60)}h"


def _netloc(url: str) -> str:
    return url.split("/", 3)[2] if url.count("/") > 1 else ""
