"""`/sites/{name}`: can I trust that this site is being watched, and what has it taken down?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..config import Config
from ..model import Event, Kind, Reason, Status
from ..show.rows import Row
from ..show.strip import DAYS, sentence, strip
from ..store import events, posts, snapshots, sources
from ..store import sites as site_rows
from ..store.rows import PostRow, SourceRow
from ..words import FORMS
from .making import outside, page, pages
from .standing import Standing, ago, looked, standing, told_rows
from .visitors import Visitor, visitor

#: Posts a page lists; events that order them.
POSTS, EVENTS = 100, 2000


def _locked(row: PostRow) -> bool:
    return row.state.status is Status.REMOVED and row.state.reason is Reason.RESTRICTED


FILTERS: dict[str, tuple[str, Callable[[PostRow], bool]]] = {
    "": ("all", lambda p: True),
    "up": ("up", lambda p: p.state.status is Status.LIVE),
    "suspected": ("missing, not confirmed", lambda p: p.state.status is Status.SUSPECTED),
    "removed": ("gone now", lambda p: p.state.status is Status.REMOVED and not _locked(p)),
    "locked": ("locked", _locked),
    "delisted": (
        "delisted",
        lambda p: not p.state.listed and p.state.status is not Status.REMOVED,
    ),
    "unread": ("not read yet", lambda p: p.state.snapshot is None),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One post in the table."""

    post: PostRow
    state: str
    versions: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SitePage:
    """All that the page shows."""

    standing: Standing
    sources: list[SourceRow]
    suspected: list[PostRow]
    rows: list[Row]
    counts: list[tuple[str, str, int]]  #: (status, words, number)
    posts: list[Listed]
    found: int
    paused: bool


def gather(
    conn: Connection,
    config: Config,
    name: str,
    status: str,
    skip: int,
    now: datetime,
    who: Visitor,
) -> SitePage | None:
    """What a site's page shows; None where there is no such site."""
    row = site_rows.site_by_name(conn, name)
    if row is None:
        return None
    mine = events.events(conn, sites=[name], limit=EVENTS, newest_first=True)
    blind = events.events(
        conn,
        kinds=[Kind.WATCH_STOPPED, Kind.WATCH_RESUMED],
        since=now - timedelta(days=DAYS),
        newest_first=True,
    )
    kept = config.site(name)
    paused = kept is not None and kept.paused
    every = [p for p in posts.posts(conn, row.id) if p.watched or not row.watched]
    chosen = _in_order([p for p in every if FILTERS[status][1](p)], mine)
    return SitePage(
        standing=standing(conn, row, [*mine, *blind], now, paused=paused),
        sources=sources.sources(conn, row.id),
        suspected=[p for p in every if p.state.status is Status.SUSPECTED],
        rows=told_rows(conn, mine[:20], who),
        counts=[(key, words, sum(map(holds, every))) for key, (words, holds) in FILTERS.items()],
        posts=[_listed(conn, p, mine) for p in chosen[skip : skip + POSTS]],
        found=len(chosen),
        paused=paused,
    )


def _in_order(rows: list[PostRow], told: Sequence[Event]) -> list[PostRow]:
    """What changed last first, then by the page's own date, newest first."""
    latest: dict[int, int] = {}
    for event in told:
        if event.post is not None:
            latest.setdefault(event.post, event.id)
    rows.sort(key=lambda p: p.state.post_id, reverse=True)
    rows.sort(key=lambda p: p.state.published_at, reverse=True)
    rows.sort(key=lambda p: latest.get(p.state.post_id, 0), reverse=True)
    return rows


def _listed(conn: Connection, row: PostRow, told: Sequence[Event]) -> Listed:
    changed = next((e.detected_at for e in told if e.post == row.state.post_id), None)
    versions = len(snapshots.snapshots(conn, row.state.post_id)) if row.state.snapshot else 0
    return Listed(row, state_word(row), versions, changed)


def state_word(row: PostRow) -> str:
    """`up`, `gone`, `locked`, `missing in 2 looks`, `up, delisted`, `not read yet`."""
    state = row.state
    if state.status is Status.REMOVED:
        return "locked" if _locked(row) else "gone"
    if state.status is Status.SUSPECTED:
        return f"missing in {state.misses} look{'' if state.misses == 1 else 's'}"
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
    who = visitor(request)
    shown = await p.read(lambda conn: gather(conn, p.config, name, status, skip, now, who))
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
        looked=looked(shown.standing.row, now),
        now=now,
        ago=ago,
        outside=outside,
        forms=FORMS,
        strip=strip,
        strip_sentence=sentence,
    )
