"""Whose turn is it? Asked at every tick, of the due index; what the config says of the sites is followed first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..config import SiteConfig
from ..store import sites
from ..store.clock_set import is_ahead, times_set
from ..store.columns import instant, micros
from ..store.due import Turn, due_posts, turns
from ..store.rows import SiteRow
from ..units import shown_duration_long
from ..values import replace
from .clock_set import found_ahead
from .context import Context

log = logging.getLogger("postwatch.check")

#: After a pass over a site failed on our side.
RETRY = timedelta(minutes=5)


async def whose_turn(
    ctx: Context, mine: Sequence[SiteConfig], now: datetime, *, all_of_them: bool = False
) -> tuple[list[SiteConfig], dict[str, SiteRow], str]:
    """The sites whose turn it is, those with the longest due posts first; their rows; and how often the clock had
    been set when they were read. Writes only where config and database differ: most ticks find nothing, and cost
    nothing."""
    with ctx.store.read() as conn:
        known = turns(conn)
    if _is_otherwise(ctx, known, now):
        await ctx.store.awrite(lambda conn: sync(conn, ctx))
        with ctx.store.read() as conn:
            known = turns(conn)
    named = {s.name: s for s in mine}
    its_turn = [t for t in known if t.name in named and (all_of_them or t.is_due(now))]
    if not its_turn:
        return [], {}, ""
    with ctx.store.read() as conn:
        waiting = {site_id: place for place, site_id in enumerate(due_posts(conn, now))}
        its_turn.sort(key=lambda t: waiting.get(t.id, len(waiting)))
        rows = sites.sites_by_id(conn, [t.id for t in its_turn])
        return [named[t.name] for t in its_turn], {r.name: r for r in rows}, times_set(conn)


async def handed_turns(
    ctx: Context, mine: Sequence[SiteConfig], now: datetime
) -> tuple[list[SiteConfig], dict[str, SiteRow], str]:
    """The same of sites that were handed out by who leads a cluster, who follows the config: nothing is read but
    their rows. One that is not in the database yet has no turn."""

    def read() -> tuple[dict[str, SiteRow], str]:
        with ctx.store.read() as conn:
            found = [sites.site_by_name(conn, s.name) for s in mine]
            return {row.name: row for row in found if row is not None}, times_set(conn)

    rows, clock = await asyncio.to_thread(read)
    turn = {n for n, r in rows.items() if r.next_check_at is None or r.next_check_at <= now}
    return [s for s in mine if s.name in turn], rows, clock


def _is_otherwise(ctx: Context, known: Sequence[Turn], now: datetime) -> bool:
    """Whether the config names other sites than the database watches, or a time there is to be put right."""
    if {(s.name, s.url) for s in ctx.config.sites} != {(t.name, t.url) for t in known if t.watched}:
        return True
    paused = {s.name for s in ctx.config.sites if s.paused}
    late = (t.next_check_at for t in known if t.name in paused)
    latest = max((t.last_check for t in known if t.last_check is not None), default=micros(now))
    return is_ahead(instant(latest), now) or any(at and now - at > RETRY for at in late)


def sync(conn: Connection, ctx: Context) -> None:
    """Brings the database to what the config and the clock say of the sites."""
    if ahead := found_ahead(conn, ctx.clock()):
        log.warning(
            "the clock was %s ahead: what was planned by it is planned anew",
            shown_duration_long(ahead),
        )
    ids = sites.sync_sites(conn, [(s.name, s.url) for s in ctx.config.sites], ctx.clock())
    found = {row.id: row for row in sites.sites(conn)}
    now = ctx.clock()
    for site in ctx.config.sites:
        row = found[ids[site.name]]
        if site.paused and row.next_check_at is not None and now - row.next_check_at > RETRY:
            # It is due when it is paused no more, and was not late till then.
            sites.save_site(conn, replace(row, next_check_at=now))
