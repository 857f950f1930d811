"""`/posts/{id}`: is it up, was it touched, was it silent?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..config import RemovalConfig
from ..decide.lifecycle import Rules
from ..decide.retraction import is_unseen
from ..decide.soonest import soonest
from ..model import Event, Kind, LookRecord, Seen, SiteView, Status
from ..read.article import Article
from ..run.coverage import blind_events
from ..show.evidence import plain_evidence
from ..show.life import alternates, caption, first_date, gone_by, legend, life, removed_for
from ..show.life import standing as post_standing
from ..show.looks import counted, gap
from ..show.marks import drawn
from ..show.plain import as_sentence, isolated_in, one_line
from ..show.rows import Row, row, sentence, withdrawn
from ..show.said import words_changed
from ..show.timeline import timelines
from ..store import events, observations, posts, sites, snapshots
from ..store.dates_borne import dates_borne
from ..store.forget import forgotten
from ..store.rows import ObservationRow, PostRow, SnapshotRow
from ..units import shown_second
from .making import number, outside, page, pages
from .standing import ago, said
from .visitors import Visitor, visitor

T = TypeVar("T")

#: Stretches of looks, events and versions a page lists; older ones stand on further pages.
STRETCHES, TOLD, VERSIONS = 60, 50, 60
#: Control pages are asked in the pass that first misses a post, maybe before it.
NEAR = timedelta(minutes=5)


class PostPage(Struct, frozen=True):
    """All that a post's page shows."""

    post: PostRow
    told: list[Event]  #: oldest first
    site: list[Event]
    versions: list[SnapshotRow]  #: oldest first
    looks: list[ObservationRow]
    language: str
    titles: list[str]  #: earlier headlines
    dates: tuple[str, ...]  #: that the page bore, in the order in which we read them
    said: dict[int, str]  #: by event: what we said of it among ourselves
    view: SiteView  #: of its site
    forgotten: bool  #: it was erased: nothing but its addresses is left


def gather(conn: Connection, post_id: int, who: Visitor) -> PostPage | None:
    """What a post's page shows; None where there is no such post."""
    found = posts.post(conn, post_id)
    if found is None:
        return None
    told = events.events(conn, post_id=post_id)
    versions = snapshots.snapshots(conn, post_id)
    latest = snapshots.article(conn, found.state.snapshot) if found.state.snapshot else None
    earlier = [v.title for v in reversed(versions) if v.title and v.title != found.state.title]
    return PostPage(
        post=found,
        told=told,
        site=blind_events(conn, found.state),
        versions=versions,
        looks=observations.observations(conn, post_id=post_id, limit=STRETCHES),
        language=language(latest),
        titles=list(dict.fromkeys(earlier)),
        dates=dates_borne(conn, versions, told, found.state.published_at),
        said=said(conn, who, told),
        view=site.view if (site := sites.site(conn, found.site_id)) is not None else SiteView(),
        forgotten=not found.watched and post_id in forgotten(conn),
    )


def language(article: Article | None) -> str:
    """The article's language where it may stand in a lang attribute; else ""."""
    tag = article.language if article is not None else ""
    return tag if tag.replace("-", "").isalnum() and tag.isascii() and len(tag) <= 35 else ""


async def post(request: Request) -> Response:
    """A post's life."""
    p = pages(request)
    now = p.clock()
    post_id = number(request.path_params["id"])
    asked = request.query_params
    event, version = (number(asked[k]) if asked.get(k) else None for k in ("event", "version"))
    shown = await p.read(lambda conn: gather(conn, post_id, visitor(request)))
    if shown is None:
        raise HTTPException(404)
    state = shown.post.state
    numbers = {v.id: v.number for v in shown.versions}
    removal = next((e for e in reversed(shown.told) if e.kind is Kind.REMOVED), None)
    described, still = caption(state, shown.told, shown.site, shown.dates), _still(shown.looks)
    line = life(state, shown.told, shown.site, now, shown.dates)
    by_id = {e.id: e for e in shown.told}
    told, older = _page([*reversed(shown.told)], lambda e: e.id, event, TOLD)
    versions, older_versions = _page(_against(shown), lambda v: v[0].number, version, VERSIONS)
    return page(
        request,
        "post.html",
        post=shown,
        state=state,
        title=one_line(
            state.title or (shown.versions[-1].title if shown.versions else "") or state.url, 400
        ),
        standing=post_standing(state, shown.told, now, still),
        still=still,
        unseen=next((e for e in reversed(shown.told) if e.kind is Kind.RETRACTED), None)
        if is_unseen(state)
        else None,
        drawn=drawn,
        timeline=timelines(line, described),
        caption=described,
        legend=legend(line),
        removed_for=removed_for(shown.told),
        gone_by=gone_by(state) if state.status is Status.REMOVED else "Removed",
        alternates=alternates(state, now),
        rows=_rows(shown, told, numbers),
        older=older,
        first=bool(event or version),
        sentence=lambda e: sentence(e, by_id.get(e.removed_event or e.retracts or 0)),
        first_date=first_date(state, shown.dates),
        first_copy=None
        if older or any(e.kind is Kind.PUBLISHED for e in shown.told)
        else next(iter(shown.versions), None),
        versions=versions,
        older_versions=older_versions,
        gone=state.status is Status.REMOVED,
        looks=_looks(shown, removal),
        looked=_looked(shown.looks),
        removal=removal if state.status is Status.REMOVED else None,
        evidence=[isolated_in(as_sentence(e)) for e in plain_evidence(removal)] if removal else [],
        suspected=state.status is Status.SUSPECTED,
        soonest=_soonest(shown.post, p.config.removal, now),
        confirmations=p.config.removal.confirmations,
        view=shown.view,
        now=now,
        ago=ago,
        outside=outside,
    )


def _soonest(row: PostRow, removal: RemovalConfig, now: datetime) -> datetime | None:
    """When a suspected post can be told as removed, at the soonest; None for another, or one not watched."""
    if not row.watched:
        return None
    rules = Rules(removal.confirmations, removal.confirm_every, removal.min_missing)
    return soonest(row.state, rules, max(row.next_at or now, now))


def _still(looks: Sequence[ObservationRow]) -> str:
    """What the latest looks at a post got, as a clause; "" where they saw it, or none was made."""
    if not looks or looks[0].seen in (Seen.PRESENT, Seen.SAME):
        return ""
    last = looks[0]
    got = f"got {last.status}" if last.status is not None else "got no answer"
    if last.uncounted == "withdrawn":
        return f"our looks still {got.replace('got', 'get')}"
    return f"our last look, at {shown_second(last.last_at)}, {got}"


def _rows(shown: PostPage, told: Sequence[Event], numbers: dict[int, int]) -> list[Row]:
    taken_back = withdrawn(shown.told)
    rows = [row(e, numbers, taken_back, shown.said) for e in told]
    return sorted(rows, key=lambda r: (r.at, r.event.id), reverse=True)


def _page(
    found: Sequence[T], mark: Callable[[T], int], before: int | None, limit: int
) -> tuple[Sequence[T], int | None]:
    """Of what stands newest first: so many older than a mark, and the mark that the next page is older
    than, None for no more."""
    rest = [x for x in found if before is None or mark(x) < before]
    return rest[:limit], mark(rest[limit - 1]) if len(rest) > limit else None


def _looked(rows: Sequence[ObservationRow]) -> list[tuple[ObservationRow, str, str]]:
    """(stretch, the gap after it, whether it counts), newest first."""
    found = []
    for i, stretch in enumerate(rows):
        after = gap(stretch.last_at, rows[i - 1].first_at) if i else ""
        found.append((stretch, after, counted(stretch.seen, stretch.uncounted)))
    return found


def _looks(shown: PostPage, removal: Event | None) -> tuple[LookRecord, ...]:
    if shown.post.state.status is Status.SUSPECTED:
        mine = shown.post.state.looks
        # The site's control pages, as of the latest pass that had to ask them.
        return (*mine, *(x for x in shown.view.control if mine and x.at >= mine[0].at - NEAR))
    if shown.post.state.status is Status.REMOVED and removal is not None:
        return removal.looks
    return ()


def _against(shown: PostPage) -> list[tuple[SnapshotRow, str, int]]:
    """(version, how it differs from the one before, number of that one or 0), newest first."""
    change: dict[int, Event] = {}
    for event in shown.told:
        if event.snapshot_after is not None and event.fields:
            change.setdefault(event.snapshot_after, event)
    found = []
    before = 0
    for version in shown.versions:
        led = change.get(version.id)
        said = ""
        if led is not None:
            said = words_changed(led) or "no words"
            said += {True: ", no note", False: ", with a note", None: ""}[led.silent]
        found.append((version, said, before))
        before = version.number
    return found[::-1]
