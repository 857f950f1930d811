"""`/sites/{name}`: can I trust that this site is being watched, and what has it taken down?"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..config import Config, SiteConfig
from ..decide.pacing import LATE, Told, merged
from ..decide.retraction import is_unseen
from ..model import Status
from ..run.paces import host_pace
from ..show.rows import Row
from ..show.strip import sentence, strip
from ..store import events, overview, snapshots, sources
from ..store import sites as site_rows
from ..store.rows import PostRow, SourceRow
from ..units import shown_duration, shown_time
from ..words import FORMS, locked
from .making import outside, page, pages
from .standing import Late, Standing, ago, late_of, looked, standing, told_rows
from .visitors import Visitor, visitor

#: Posts a page lists; suspected ones named above them; events of the day strip and the list.
POSTS, SUSPECTED, EVENTS = 100, 50, 20

FILTERS: dict[str, str] = {
    "": "all",
    "up": "up",
    "withdrawn": "withdrawn by us, not seen since",
    "suspected": "missing, not confirmed",
    "removed": "gone now",
    "locked": "locked",
    "delisted": "delisted",
    "unread": "not read yet",
}


class Listed(Struct, frozen=True):
    """One post in the table."""

    post: PostRow
    state: str
    versions: int
    changed_at: datetime | None


class Soon(Struct, frozen=True):
    """How soon something is noticed at the pace its host is asked at."""

    rows: tuple[Told, ...]
    late: bool  #: the schedule is not held
    slow: str  #: how far apart looks at some posts are, where that is more than 6 hours
    pace: str
    why: str


class SitePage(Struct, frozen=True):
    """All that the page shows."""

    standing: Standing
    sources: list[SourceRow]
    suspected: list[PostRow]
    rows: list[Row]
    counts: list[tuple[str, str, int]]  #: (status, words, number)
    posts: list[Listed]
    found: int
    more_suspected: int  #: than are named
    soon: Soon | None  #: None where it is not watched, or was not looked at yet
    paused: bool


def gather(
    conn: Connection,
    config: Config,
    name: str,
    status: str,
    skip: int,
    late: Late,
    now: datetime,
    who: Visitor,
) -> SitePage | None:
    """What a site's page shows; None where there is no such site."""
    row = site_rows.site_by_name(conn, name)
    if row is None:
        return None
    recent = late.events(conn, [s.name for s in site_rows.sites(conn)], now)
    told = events.events(conn, sites=[row.name], limit=EVENTS, newest_first=True)
    kept = config.site(name)
    paused = kept is not None and kept.paused
    gone = not row.watched  # then none of its posts is watched, and all are shown
    counts = overview.standings(conn, row.id, unwatched=gone)

    def some(which: str, past: int, limit: int) -> list[PostRow]:
        return overview.page_of(conn, row.id, which, unwatched=gone, skip=past, limit=limit)

    shown = some(status, skip, POSTS)
    ids = [p.state.post_id for p in shown]
    versions, changed = snapshots.counts(conn, ids), overview.changed_at(conn, ids)
    return SitePage(
        standing=standing(conn, row, recent, now, paused=paused),
        sources=sources.sources(conn, row.id),
        suspected=some("suspected", 0, SUSPECTED) if counts["suspected"] else [],
        rows=told_rows(conn, told, who),
        counts=[(key, words, counts[key]) for key, words in FILTERS.items()],
        posts=[
            Listed(p, state_word(p), versions.get(i, 0), changed.get(i))
            for i, p in zip(ids, shown, strict=True)
        ],
        found=counts[status],
        soon=soon(conn, config, kept, now) if kept is not None and not paused else None,
        more_suspected=max(0, counts["suspected"] - SUSPECTED),
        paused=paused,
    )


def soon(conn: Connection, config: Config, site: SiteConfig, now: datetime) -> Soon | None:
    """How soon something is noticed, by the age of the post; None before the first pass."""
    host = host_pace(conn, config, site, now)
    if host is None:
        return None
    rows = host.told(config, host.loads[site.name].asked.every)
    slow = rows[-1].held
    return Soon(
        rows=merged(rows),
        late=rows[0].held > rows[0].wanted,
        slow=shown_duration(slow) if slow > LATE else "",
        pace=f"{host.pace.total_seconds():.3g} s",
        why=host.why,
    )


def state_word(row: PostRow) -> str:
    """`up`, `gone`, `locked`, `missing in 2 looks`, `withdrawn by us, not seen since …`, `up, delisted`, `not read yet`."""
    state = row.state
    if state.status is Status.REMOVED:
        return "locked" if locked(state.reason, state.looks) else "gone"
    if state.status is Status.SUSPECTED:
        return f"missing in {state.misses} look{'' if state.misses == 1 else 's'}"
    if is_unseen(state):
        seen = f" since {shown_time(state.last_seen_at)}" if state.last_seen_at else ""
        return f"withdrawn by us, not seen{seen}"
    if state.snapshot is None:
        return "not read yet"
    return "up" if state.listed else "up, delisted"


async def site(request: Request) -> Response:
    """A site's page."""
    p = pages(request)
    now = p.clock().astimezone(UTC)
    status = request.query_params.get("status", "")
    skip_text = request.query_params.get("skip", "0")
    if (
        status not in FILTERS
        or not (skip_text.isascii() and skip_text.isdigit())
        or len(skip_text) > 9
    ):
        raise HTTPException(400)
    name, skip = request.path_params["name"], int(skip_text)
    late, who = late_of(request), visitor(request)
    shown = await p.read(lambda conn: gather(conn, p.config, name, status, skip, late, now, who))
    if shown is None:
        raise HTTPException(404)
    return page(
        request,
        "site.html",
        site=shown,
        name=shown.standing.row.name,
        chosen=status,
        skip=skip,
        step=POSTS,
        looked=looked(shown.standing.row, now, paused=shown.paused),
        now=now,
        ago=ago,
        outside=outside,
        forms=FORMS,
        span=shown_duration,
        strip=strip,
        strip_sentence=sentence,
    )
