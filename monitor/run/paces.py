"""How often can the posts of a site be looked at, beside all that is asked of its host? Counted once an hour.

What each site asks is noted, so that the sites of one host know of each other, in whatever process they are
looked at, and a page can tell how soon something is noticed without reading ten thousand rows. The sums are
decide/budget.py's and decide/pacing.py's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from msgspec import Struct, field
from sqlalchemy import Connection

from ..config import Config, Every, SiteConfig
from ..decide.budget import Asked, older_in_a_pass, slower, wanted
from ..decide.due import YOUNG, born, ceiling, gone_interval
from ..decide.pacing import Load, Told, by_age, held
from ..model import Status
from ..read.robots import read_robots
from ..store import bodies, health, meta, sites, sources
from ..store.health import Aged
from ..store.rows import SiteRow
from ..units import parse_rfc3339, rfc3339
from ..values import replace

#: Of every pass over a site: its home page, and now and then its robots.txt.
_CONTROLS = 1
#: So long what was counted of a site holds: posts grow older by days.
COUNTED_EVERY = timedelta(hours=1)


class SiteLoad(Struct, frozen=True):
    """What one site asks of its host, and what it is asked at."""

    asked: Asked
    pace: timedelta  #: between the starts of two requests
    why: str  #: what the pace comes from
    at: datetime  #: when it was counted


class HostPace(Struct, frozen=True):
    """All that is asked of one host."""

    loads: Mapping[str, SiteLoad]  #: by site

    @property
    def pace(self) -> timedelta:
        """Between the starts of two requests: the slowest any of its sites is asked at."""
        return max((load.pace for load in self.loads.values()), default=timedelta(0))

    @property
    def why(self) -> str:
        """What the pace comes from."""
        return max(self.loads.values(), key=lambda load: load.pace).why

    @property
    def slower(self) -> timedelta:
        """How far apart looks at older posts are (decide/budget.py)."""
        return slower((load.asked for load in self.loads.values()), self.pace)

    @property
    def load(self) -> Load:
        """What the host is asked in all."""
        slow, posts = self.slower, Counter[timedelta]()
        for each in self.loads.values():
            posts.update(wanted(each.asked, slow))
        asked = [load.asked for load in self.loads.values()]
        every = min(a.every for a in asked)
        return Load(every, self.pace, sum(a.each_pass for a in asked), posts)

    def told(self, config: Config, every: timedelta) -> tuple[Told, ...]:
        """How soon something is noticed at this pace, by the age of a post of a site with this `every`."""
        load, removal = self.load, config.removal
        late = held(load)
        return by_age(
            every,
            every if late <= load.every else max(late, every),
            self.slower,
            confirmations=removal.confirmations,
            confirm_every=removal.confirm_every,
            min_missing=removal.min_missing,
            confirm_after=config.edits.confirm_after,
        )


class Plan(Struct, frozen=True):
    """What one pass goes by."""

    slower: timedelta = timedelta(0)
    most: int = 2**31  #: looks at older posts in this pass
    usual: int = 2**31  #: in a pass that comes in time: where more are made, they bunch up
    fresh: SiteLoad | None = field(default=None)  #: counted in this pass, to be noted


def plan(
    conn: Connection,
    config: Config,
    site: SiteConfig,
    row: SiteRow,
    now: datetime,
    crawl: timedelta | None,
) -> Plan:
    """What a pass over a site goes by: its own load as noted, or counted anew where that is old, and what
    is noted of the other sites of its host. `crawl`: the Crawl-delay of its robots.txt in this pass."""
    known = noted(conn, row.id)
    every = interval(site.every or config.schedule.every, config.schedule.timezone, now)
    fresh = None
    if known is None or _is_old(known, row, every, now):
        known = fresh = counted(conn, config, site, row, now, crawl)
    host = HostPace({**_beside(conn, config, site), site.name: known})
    slow, asked = host.slower, known.asked
    since = now - row.last_check_at if row.last_check_at is not None else every
    return Plan(
        slow,
        older_in_a_pass(asked, slow, host.pace, since),
        older_in_a_pass(asked, slow, timedelta.max, every),
        fresh,
    )


def host_pace(conn: Connection, config: Config, site: SiteConfig, now: datetime) -> HostPace | None:
    """All that is asked of a site's host, by what is noted; None where the site was not looked at yet."""
    row = sites.site_by_name(conn, site.name)
    known = noted(conn, row.id) if row is not None else None
    return HostPace({**_beside(conn, config, site), site.name: known}) if known else None


def host_of(site: SiteConfig) -> str:
    """The host whose pace a site is looked at by."""
    return urlsplit(site.url).netloc.lower()


def current(
    conn: Connection, config: Config, site: SiteConfig, row: SiteRow, now: datetime
) -> SiteLoad:
    """What a site asks of its host under this config: its posts as noted within the hour, or counted anew."""
    known = noted(conn, row.id)
    every = interval(site.every or config.schedule.every, config.schedule.timezone, now)
    if known is None or _is_old(known, row, every, now):
        return counted(conn, config, site, row, now)
    pace, why = _pace(conn, config, row, None)
    return replace(known, pace=pace, why=why)


def _is_old(known: SiteLoad, row: SiteRow, every: timedelta, now: datetime) -> bool:
    if row.baseline_at is not None and known.at <= row.baseline_at:
        return True  # most dates are read in the first pass only
    return known.asked.every != every or abs(now - known.at) >= COUNTED_EVERY


def counted(
    conn: Connection,
    config: Config,
    site: SiteConfig,
    row: SiteRow,
    now: datetime,
    crawl: timedelta | None = None,
) -> SiteLoad:
    """What a site asks of its host. Reads a line of each of its posts: 10,000 take 30 ms."""
    every = interval(site.every or config.schedule.every, config.schedule.timezone, now)
    fixed, older = Counter[timedelta](), Counter[timedelta]()
    for post in health.ages(conn, row.id):
        age = now - born(post.first_seen_at, post.published_at, now)
        if post.first_seen_at is None and not post.published_at:
            age = timedelta.max  # of a first pass, before its date is read: most are old
        if post.status is Status.LIVE and age > YOUNG:
            older[ceiling(age)] += 1
        else:
            fixed[_fixed(post, every, now)] += 1
    each_pass = _CONTROLS + len(sources.sources(conn, row.id))
    pace, why = _pace(conn, config, row, crawl)
    return SiteLoad(Asked(every, each_pass, fixed, older), pace, why, now)


def note(conn: Connection, site_id: int, load: SiteLoad) -> None:
    """Keeps what was counted."""
    asked = load.asked
    meta.put(conn, _key(site_id), json.dumps({
        "at": rfc3339(load.at),
        "every": asked.every.total_seconds(),
        "each_pass": asked.each_pass,
        "fixed": [[k.total_seconds(), n] for k, n in asked.fixed.items()],
        "older": [[k.total_seconds(), n] for k, n in asked.older.items()],
        "pace": load.pace.total_seconds(),
        "why": load.why,
    }))  # fmt: skip


def noted(conn: Connection, site_id: int) -> SiteLoad | None:
    """What was counted last; None where nothing was."""
    text = meta.value(conn, _key(site_id))
    if not text:
        return None
    of = json.loads(text)

    def spans(name: str) -> dict[timedelta, int]:
        return {timedelta(seconds=k): n for k, n in of[name]}

    every = timedelta(seconds=of["every"])
    asked = Asked(every, of["each_pass"], spans("fixed"), spans("older"))
    return SiteLoad(asked, timedelta(seconds=of["pace"]), of["why"], parse_rfc3339(of["at"]))


def interval(every: Every, timezone: str, now: datetime) -> timedelta:
    """How far apart looks are; of a cron expression the time between its next two."""
    if not every.cron:
        return every.interval
    first = now + every.wait(now, timezone) + timedelta(seconds=1)
    return every.wait(first, timezone)


def _key(site_id: int) -> str:
    return f"asked:{site_id}"


def _beside(conn: Connection, config: Config, site: SiteConfig) -> dict[str, SiteLoad]:
    """What is noted of the other sites of the same host."""
    host = host_of(site)
    found = {}
    for other in config.sites:
        if other.name != site.name and not other.paused and host_of(other) == host:
            row = sites.site_by_name(conn, other.name)
            load = noted(conn, row.id) if row is not None else None
            if load is not None:
                found[other.name] = load
    return found


def _fixed(post: Aged, every: timedelta, now: datetime) -> timedelta:
    if post.status is Status.REMOVED:
        return gone_interval(now - (post.last_seen_at or now), every)
    return min(every, timedelta(days=1))


def _pace(
    conn: Connection, config: Config, row: SiteRow, crawl: timedelta | None
) -> tuple[timedelta, str]:
    """How far apart requests to a site start, and what that comes from."""
    fetch = config.fetch
    paces: list[tuple[timedelta, str]] = [(fetch.per_host_delay, "per_host_delay")]
    took = [x.took for x in health.look_times(conn, row.id) if x.took]
    if took:
        from statistics import median  # here: it takes 2 ms to import

        usual = timedelta(seconds=median(t.total_seconds() for t in took))
        paces.append((usual / fetch.per_host_concurrency, "as it answers"))
    if fetch.respect_robots and crawl is None and row.robots_body:
        crawl = read_robots(bodies.body(conn, row.robots_body), 200).delay(fetch.user_agent)
    if fetch.respect_robots and crawl is not None:
        paces.append((crawl, "its robots.txt asks for that"))
    return max(paces, key=lambda p: p[0])
