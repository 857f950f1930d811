"""The control pages of a site, looked at before any of its posts: robots.txt and the home page."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from ..config import SiteConfig
from ..decide.outage import HomeLook
from ..model import Answer, LookRecord, Role, Seen
from ..read.robots import MAX_BODY, Robots, read_robots
from ..read.urls import canonical_key, same_host
from ..store import bodies
from ..store.rows import Observation, SiteRow
from ..values import replace
from .ahead import Ahead
from .asking import fetch_page
from .context import Context
from .look import Seeing, Surroundings, look_at_page

#: RFC 9309 section 2.4 lets a robots.txt be cached for a day; an hour follows a change sooner.
ROBOTS_AGE = timedelta(hours=1)
#: And for as long it gives leave to ask for the home page while it is asked for anew.
ROBOTS_LEAVE = timedelta(hours=24)
ROBOTS_RULE = "robots"


class Controls(Struct, frozen=True):
    """What the control pages of one site answered. `home` is None where robots.txt forbids it."""

    robots: Robots
    robots_answer: Answer | None
    home: Seeing | None
    home_look: HomeLook | None
    robots_read: bool = False  #: the answer is this site's robots.txt, or says that there is none
    robots_hash: str = ""  #: SHA-256 of the robots.txt in force, "" where there is none
    robots_record: LookRecord | None = None  #: the look that read it
    forbidden: str = ""  #: what robots.txt forbids of the site itself, "" for nothing


async def look_at_controls(
    ctx: Context, site: SiteConfig, row: SiteRow, *, everything: bool
) -> Controls:
    """One look at a site's robots.txt (if due) and home page, beside each other where what robots.txt last said
    lets us. What it says now holds for all that follows: a home page that it forbids is not waited for, and
    counts for nothing."""

    def look() -> Coroutine[Any, Any, Seeing]:
        return look_at_page(ctx, Surroundings(site, row.facts), site.url, again=True)

    stored = await _stored_robots(ctx, row) if ctx.config.fetch.respect_robots else None
    async with Ahead() as ahead:
        under_way: asyncio.Task[Seeing] | None = None
        if stored is not None and _gives_leave(ctx, site, row, stored):
            # At the old pace: where one request is made at a time, as by default, robots.txt has answered before
            # the home page is asked for, which is then not asked for if that forbids it.
            _slow_down(ctx, site, stored)
            under_way = ahead.begin(look())
        answer, robots = await _robots(ctx, site, row, stored, everything=everything)
        _slow_down(ctx, site, robots)
        read = _usable(answer)
        controls = Controls(
            robots,
            answer,
            None,
            None,
            robots_read=read,
            robots_hash=_text_hash(answer) if answer is not None and read else row.robots_body,
            robots_record=_record(site, row, answer if read else None),
        )
        if not ctx.may_look(robots, site.url):
            path = urlsplit(site.url).path or "/"
            return replace(controls, forbidden=f"robots.txt forbids {path} to us")
        home = await (under_way or look())
    verdict = HomeLook(home.answer, home.verdict, _elsewhere(home, row, site))
    return replace(controls, home=home, home_look=verdict)


def _gives_leave(ctx: Context, site: SiteConfig, row: SiteRow, stored: Robots) -> bool:
    """Whether what robots.txt last said lets us ask for the home page before it is read again."""
    age = ctx.clock() - row.robots_at if row.robots_at is not None else ROBOTS_LEAVE
    return timedelta(0) <= age < ROBOTS_LEAVE and ctx.may_look(stored, site.url)


def _slow_down(ctx: Context, site: SiteConfig, robots: Robots) -> None:
    """Keeps requests to the site's host as far apart as its robots.txt asks for."""
    if ctx.config.fetch.respect_robots:
        asked = robots.delay(ctx.config.fetch.user_agent)
        ctx.fetcher.slow_down(site.url, asked or timedelta(0))


def has_text(answer: Answer) -> bool:
    """Whether there is a robots.txt that says anything."""
    return answer.status == 200 and bool(answer.body.strip())


def _text_hash(answer: Answer) -> str:
    return hashlib.sha256(answer.body).hexdigest() if has_text(answer) else ""


def _record(site: SiteConfig, row: SiteRow, answer: Answer | None) -> LookRecord | None:
    """The look at the robots.txt in force: this pass's, or the one that is still fresh."""
    if answer is not None:
        date = answer.header("date")
        return LookRecord(answer.at, answer.url, Role.ROBOTS, answer.status, ROBOTS_RULE, date)
    if row.robots_at is None:
        return None
    status = 200 if row.robots_body else None
    return LookRecord(row.robots_at, _robots_url(site), Role.ROBOTS, status, ROBOTS_RULE)


def _robots_url(site: SiteConfig) -> str:
    parts = urlsplit(site.url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def _elsewhere(home: Seeing, row: SiteRow, site: SiteConfig) -> bool:
    """Whether the home page sends us to another place than it usually does."""
    final = home.answer.final_url
    if not final or not home.answer.hops:
        return False
    usual = row.facts.home_url or site.url
    return canonical_key(final) not in (canonical_key(usual), canonical_key(site.url))


async def _robots(
    ctx: Context, site: SiteConfig, row: SiteRow, stored: Robots | None, *, everything: bool
) -> tuple[Answer | None, Robots]:
    if not ctx.config.fetch.respect_robots:
        return None, read_robots(None, 404)
    fresh = row.robots_at is not None and ctx.clock() - row.robots_at < ROBOTS_AGE
    if fresh and not everything and stored is not None:
        return None, stored
    answer = await fetch_page(ctx, site, _robots_url(site))
    answer = replace(answer, body=answer.body[:MAX_BODY])  # what follows is not read, nor kept
    if not _usable(answer):
        # An outage is not a prohibition: what was last read stays in force.
        return answer, stored or read_robots(None, 404)
    if stored is not None and row.robots_body and _text_hash(answer) == row.robots_body:
        return answer, stored
    return answer, read_robots(answer.body, answer.status)


def _usable(answer: Answer | None) -> bool:
    """Whether an answer speaks for the site: no failure, no outage, no redirect to another host."""
    if answer is None or answer.failure is not None or answer.status is None:
        return False
    away = bool(answer.final_url) and not same_host(answer.final_url, answer.url)
    return answer.status < 500 and answer.status != 429 and not away


async def _stored_robots(ctx: Context, row: SiteRow) -> Robots | None:
    """What robots.txt last said; None where it was never read."""
    if not row.robots_body:
        return None if row.robots_at is None else read_robots(None, 404)
    with ctx.store.read() as conn:
        return read_robots(bodies.body(conn, row.robots_body), 200)


def control_observations(site_id: int, controls: Controls) -> list[Observation]:
    """What the database keeps of the control looks."""
    rows: list[Observation] = []
    if controls.robots_answer is not None:
        a = controls.robots_answer
        rule = ROBOTS_RULE if a.failure is None else a.failure.value
        rows.append(
            Observation(
                site_id=site_id,
                role=Role.ROBOTS,
                answer=a,
                seen=_seen(a),
                rule=rule,
                why=f"robots.txt answers {a.status}" if a.status else a.detail,
            )
        )
    if controls.home is not None:
        v = controls.home.verdict
        rows.append(
            Observation(
                site_id=site_id,
                role=Role.HOME,
                answer=controls.home.answer,
                seen=v.seen,
                rule=v.rule,
                why=v.why,
                reason=v.reason,
            )
        )
    return rows


def _seen(answer: Answer) -> Seen:
    return Seen.UNCLEAR if answer.failure is not None else Seen.PRESENT
