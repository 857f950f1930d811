"""Can the schedule be held at the pace we ask each host at? The sums are decide/pacing.py's and decide/budget.py's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ...config import Config
from ...decide.budget import SHARE
from ...decide.pacing import LATE, Told, held, merged, pass_takes
from ...show.checkup import Finding, Level
from ...store import Store, sites
from ...units import shown_duration, shown_number
from ..paces import HostPace, SiteLoad, current, host_of

_GROUP = "schedule"


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """Host by host; those that can be held, and look at no post more seldom than every 6 hours, are one line."""
    hosts = _hosts(conn, config, now)
    found: list[Finding] = []
    well, worst = list[str](), (timedelta(0), "")
    for name, host in hosts.items():
        load = host.load
        apart = held(load)
        rows = host.told(config, load.every)
        if apart > load.every:
            found.append(_not_held(config, name, host, apart, rows))
            continue
        well.append(name)
        worst = max(worst, (pass_takes(load, load.every), name))
        if rows[-1].held > LATE:
            found.append(_slow(config, name, host, rows))
    if well:
        what = f"it can be held for {'all' if len(well) == len(hosts) else 'the other'} {len(well)} hosts"
        if len(well) == 1:
            what = f"it can be held for {well[0]}"
        what += f" (a pass over {worst[1]} takes {shown_duration(worst[0])}). "
        # The slowest of them: all others are told sooner.
        slowest = max((hosts[n].told(config, hosts[n].load.every) for n in well), key=_slowest)
        found.append(Finding(_GROUP, Level.OK, what + _latency(slowest)))
    return found


def _not_held(
    config: Config, name: str, host: HostPace, apart: timedelta, rows: Sequence[Told]
) -> Finding:
    load = host.load
    what = (
        f"{_named(name, host)} at {_apart(host.pace)} ({host.why}) cannot be looked at every"
        f" {shown_duration(load.every)}: a pass takes {shown_duration(apart)}. {_latency(rows)}"
    )
    mend = (
        f'every = "{_as_config(apart)}" for the site, a shorter per_host_delay, or a narrower include'
        f" in {config.path}"
    )
    return Finding(_GROUP, Level.MEND, what, mend)


def _slow(config: Config, name: str, host: HostPace, rows: Sequence[Told]) -> Finding:
    what = (
        f"{_named(name, host)} at {_apart(host.pace)} ({host.why}): posts over a year old are looked at every"
        f" {shown_duration(rows[-1].held)} only, so that we ask no more than {SHARE:.0%} of what the host could be asked."
        f" {_latency(rows)}"
    )
    ways = ["a narrower include", "a longer every"]
    if host.why == "per_host_delay":
        ways = ["a shorter per_host_delay", *ways]
    return Finding(_GROUP, Level.NOTE, what, f"{', or '.join(ways)} in {config.path}")


def _named(name: str, host: HostPace) -> str:
    many = sum(host.load.posts.values())
    return f"{name} ({', '.join(host.loads)}): {shown_number(many)} posts"


def _hosts(conn: Connection, config: Config, now: datetime) -> dict[str, HostPace]:
    rows = {row.name: row for row in sites.sites(conn, watched=True)}
    hosts: dict[str, dict[str, SiteLoad]] = defaultdict(dict)
    for site in config.sites:
        if not site.paused and site.name in rows:
            load = current(conn, config, site, rows[site.name], now)
            hosts[host_of(site)][site.name] = load
    return {name: HostPace(loads) for name, loads in hosts.items()}


def _slowest(rows: Sequence[Told]) -> tuple[timedelta, ...]:
    return tuple(row.removal for row in reversed(rows))


def _latency(rows: Sequence[Told]) -> str:
    said = "; ".join(
        f"{r.age} {shown_duration(r.removal)} (edits {shown_duration(r.edit)})"
        for r in merged(rows)
    )
    return f"A removal is told at the latest, by the post's age: {said}"


def _apart(pace: timedelta) -> str:
    return f"{pace.total_seconds():.3g} s a request"


def _as_config(span: timedelta) -> str:
    minutes = -int(-span.total_seconds() // 60)
    return f"{minutes}m" if minutes < 120 else f"{-(-minutes // 60)}h"
