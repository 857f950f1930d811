"""One pass over all sites that are due: of each the controls first, then its posts, then delivery.

What our own dead network is told from, three sites that fell over together: network.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field
from sqlalchemy import Connection

from ..config import SiteConfig
from ..errors import ClockWasSet, PostwatchError, StoreError, StoreFull
from ..model import Event
from ..store import posts, sites
from ..store.rows import SiteRow
from ..values import replace
from .ahead import Ahead
from .context import Context
from .controls import Controls, look_at_controls
from .gate import Gate
from .known import Known, load
from .network import Network, Sight, connected
from .parse import DEADLINE
from .room import look_for_room
from .site_check import SiteOutcome, check_site
from .standstill import let_go
from .sweeping import sweep_daily
from .turns import RETRY, handed_turns, whose_turn

log = logging.getLogger("postwatch.check")

#: Of a site's pass: its control pages alone, with a queue of other sites of the host before them.
LONGEST_CONTROLS = timedelta(hours=1)
#: A post's look, its second look, the control pages beside it; posts that a pass may meet for the first time.
LOOKS_A_POST, NEW_POSTS = 3, 1000
#: So many are read in 10 ms; ten thousand take half a second, and the pages wait meanwhile.
FEW_POSTS = 300
PARSE = timedelta(seconds=DEADLINE)
#: Seconds until our own dead network is tried again.
NETWORK_RETRY = 60.0


class PassResult(Struct):
    """What one pass came to. `failed` names the parts of our own work that failed."""

    started: datetime
    ended: datetime | None = None
    outcomes: list[SiteOutcome] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    blind: bool = False  #: nothing could be looked at: our own network, or no room
    no_room: str = ""  #: on the disk, and how much is wanted

    @property
    def troubles(self) -> tuple[str, ...]:
        """All that failed on our side, a sentence each."""
        return (*self.failed, *filter(None, (self.no_room,)))


class UnderWay(Struct):
    """The sites being checked now: shared by passes that overlap, so that none holds up the others."""

    sites: set[str] = field(default_factory=set)
    blind_until: float = 0.0  #: our network was dead just now; on the loop's clock
    gate: Gate = field(default_factory=Gate)


async def check(
    ctx: Context,
    *,
    only: Sequence[str] = (),
    everything: bool = False,
    handed: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    under_way: UnderWay | None = None,
    sight: Sight | None = None,
) -> PassResult:
    """One pass over the sites of the config that are due, or those named in `only`.

    Sites that an earlier pass is still at (`under_way`) are left to it. `handed`: those of `only` were handed
    out by who leads a cluster, who sees to the rest of the database; they are looked at where they are due.
    """
    result = PassResult(ctx.clock())
    told, no_room = await look_for_room(ctx, result.started)
    result.events += told
    if no_room:
        result.blind, result.no_room = True, no_room
        return result
    under_way = under_way or UnderWay()
    loop = asyncio.get_running_loop()
    if loop.time() < under_way.blind_until:
        result.blind = True
        return result
    chosen = [s for s in ctx.config.sites if not s.paused and (not only or s.name in only)]
    # Taken before their rows are read: a row read while another pass writes it would be stale.
    taken = {s.name for s in chosen} - under_way.sites
    under_way.sites |= taken
    try:
        mine = [s for s in chosen if s.name in taken]
        due, rows, clock = await (
            handed_turns(ctx, mine, result.started)
            if handed
            else whose_turn(ctx, mine, result.started, all_of_them=bool(everything or only))
        )
        for name in taken - {s.name for s in due}:
            _let_go(name, taken, under_way)

        def done(site: SiteConfig) -> None:
            progress(site.name)
            _let_go(site.name, taken, under_way)

        if due:
            network, gate = Network(ctx, due, result.started, sight or Sight()), under_way.gate
            await _check_sites(ctx, result, rows, clock, due, everything, done, gate, network)
    finally:
        under_way.sites -= taken
    if result.blind:
        under_way.blind_until = loop.time() + NETWORK_RETRY
    if not handed:
        if due and not result.blind:
            await sweep_daily(ctx, result.started)
        if result.outcomes:
            await let_go(ctx, ctx.clock())
    result.events.sort(key=lambda e: e.id)
    result.outcomes.sort(key=lambda o: o.name)
    result.ended = ctx.clock()
    return result


def _let_go(name: str, taken: set[str], under_way: UnderWay) -> None:
    taken.discard(name)
    under_way.sites.discard(name)


async def _check_sites(
    ctx: Context,
    result: PassResult,
    rows: dict[str, SiteRow],
    clock: str,
    due: Sequence[SiteConfig],
    everything: bool,
    done: Callable[[SiteConfig], None],
    gate: Gate,
    network: Network,
) -> None:
    full: list[StoreFull] = []
    #: One site begins after the other: what one asks has left before the next one's is made ready.
    entry = asyncio.Lock()

    async def rows_of(site: SiteConfig) -> Known:
        return await _known(ctx, rows[site.name], clock)

    async def controls_of(site: SiteConfig) -> tuple[Controls | None, Known | None]:
        async with gate.place(rows[site.name]), Ahead() as ahead:
            # Where sites wait for their places the rows of all of them would be held meanwhile.
            reading = None if gate.full else ahead.begin(rows_of(site))
            try:
                async with asyncio.timeout(LONGEST_CONTROLS.total_seconds()):
                    row = rows[site.name]
                    controls = await look_at_controls(ctx, site, row, everything=everything)
                    if reading is None or not connected(controls):  # which may wait for all others
                        return controls, None
                    return controls, await reading
            except StoreFull as e:
                full.append(e)
            except Exception as e:  # one site's trouble must not stop the others
                await _failed(ctx, result, rows[site.name], e)
            return None, None

    async def one(site: SiteConfig) -> None:
        async with entry:
            await asyncio.sleep(0)
        controls, known = await controls_of(site)
        if not await network.lets_us_look(controls) or controls is None:
            return
        async with gate.place(rows[site.name]):
            try:
                known = known or await rows_of(site)
                async with asyncio.timeout(longest(ctx, known, controls).total_seconds()):
                    outcome = await check_site(ctx, site, known, controls, everything=everything)
            except StoreFull as e:
                full.append(e)
                return
            except ClockWasSet:  # no fault; what was planned is due by the new clock
                log.warning("site=%s is looked at anew: the clock was set meanwhile", site.name)
                return
            except Exception as e:  # one site's trouble must not stop the others
                await _failed(ctx, result, rows[site.name], e)
                return
            result.outcomes.append(outcome)
            result.events += outcome.events
            done(site)

    # All to their end, whatever one comes to: a site let go of while it is still looked at would be looked
    # at twice at once, and what happened there told twice.
    ends = await asyncio.gather(*map(one, due), return_exceptions=True)
    result.events += network.events
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    if network.blind:
        result.blind = True
        return
    if full:  # no one site's trouble
        raise full[0]


def longest(ctx: Context, known: Known, controls: Controls) -> timedelta:
    """How long a pass over a site may take if every answer comes at the last moment: what takes longer is
    stuck, and is begun anew."""
    fetch = ctx.config.fetch
    pace = max(fetch.per_host_delay, controls.robots.delay(fetch.user_agent) or timedelta(0))
    looks = LOOKS_A_POST * (len(known.posts) + NEW_POSTS)
    return LONGEST_CONTROLS + looks * (pace + fetch.timeout + PARSE)


async def _known(ctx: Context, row: SiteRow, clock: str) -> Known:
    """All rows of a site, of which its own was read when the clock had been set so many times."""

    def read(conn: Connection) -> Known:
        return replace(load(conn, row), clock=clock)

    def read_few(conn: Connection) -> Known | None:
        return None if posts.more_than(conn, row.id, FEW_POSTS) else read(conn)

    few = await ctx.store.aread(read_few)
    return await ctx.store.aread(read, long=True) if few is None else few


async def _failed(ctx: Context, result: PassResult, row: SiteRow, error: Exception) -> None:
    """Says that a site's pass failed, and asks it again in a while, not at the next tick."""
    ours = isinstance(error, PostwatchError)  # it says all there is to say
    log.error(
        "site %s: the pass failed%s",
        row.name,
        f": {error}" if ours else "",
        exc_info=None if ours else error,
    )
    why = str(error) or (
        "not done in the time it may take" if isinstance(error, TimeoutError) else ""
    )
    kind = "" if ours else type(error).__name__
    result.failed.append(f"{row.name}: {': '.join(filter(None, (kind, why)))}")
    again = replace(row, next_check_at=ctx.clock() + RETRY)
    try:
        await ctx.store.awrite(lambda conn: sites.save_site(conn, again))
    except StoreError as e:  # the others go on; this one is asked at the next tick
        log.error("site %s: its next look could not be put off: %s", row.name, e)
