"""`/`: was anything taken down, by whom, and is the watch itself healthy?"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from ..config import Config
from ..run.departed import departed, said
from ..run.restoring import held_said
from ..run.undelivered import undelivered
from ..show.rows import Headline, Row, headline
from ..show.strip import sentence, strip
from ..store import events, sites
from ..store.unsubscribed import Left
from ..units import shown_number
from .making import page, pages
from .standing import Late, Standing, ago, late_of, standing, told_rows
from .visitors import Visitor, visitor

#: Rows shown before "All events".
ROWS = 40


class Home(Struct, frozen=True):
    """All that the page shows."""

    headline: Headline
    coverage: str
    troubles: tuple[str, ...]
    rows: list[Row]
    standings: list[Standing]
    undelivered: list[str]  #: channels whose alerts do not get out
    held: str  #: what is said of alerts that a restore held back; "" for none
    left: list[Left]  #: recipients of the config who are told nothing, by their own wish
    ever: bool  #: whether there is any event


def gather(conn: Connection, config: Config, late: Late, now: datetime, who: Visitor) -> Home:
    """What the home page shows at a moment."""
    rows = sites.sites(conn)
    recent = late.events(conn, [r.name for r in rows], now)
    week = [e for e in recent if e.detected_at > now - timedelta(days=7)]
    latest = events.events(conn, limit=ROWS, newest_first=True)
    paused = {s.name for s in config.sites if s.paused}
    standings = [standing(conn, row, recent, now, paused=row.name in paused) for row in rows]
    watched = [s for s in standings if s.row.watched]
    return Home(
        headline=headline(week),
        coverage=_coverage(watched),
        troubles=tuple(f"{s.row.name} {s.word}: {s.health}" for s in watched if s.trouble),
        rows=told_rows(conn, latest, who),
        standings=standings,
        undelivered=undelivered(conn, config),
        held=held_said(conn),
        left=departed(conn, config),
        ever=bool(latest),
    )


def _coverage(watched: list[Standing]) -> str:
    posts = sum(s.counts["posts"] for s in watched)
    seen = sum(s.counts["seen_within_day"] for s in watched)
    noun = "1 site" if len(watched) == 1 else f"{shown_number(len(watched))} sites"
    of = "1 post" if posts == 1 else f"{shown_number(posts)} posts"
    return f"{noun} · {shown_number(seen)} of {of} seen within a day"


async def home(request: Request) -> Response:
    """The home page."""
    p = pages(request)
    now = p.clock()
    late, who = late_of(request), visitor(request)
    shown = await p.read(lambda conn: gather(conn, p.config, late, now, who))
    return page(
        request,
        "home.html",
        home=shown,
        now=now,
        ago=ago,
        strip=strip,
        strip_sentence=sentence,
        told=bool(p.config.channels),
        awaited=[s.name for s in p.config.sites],
        said=said,
        quiet_since=_quiet_since(shown),
    )


def _quiet_since(shown: Home) -> datetime | None:
    """Since when nothing changed: the oldest complete baseline, where there is no event at all."""
    bases = [s.row.baseline_at for s in shown.standings if s.row.baseline_at and s.row.watched]
    return min(bases, default=None) if not shown.ever else None
