"""`/posts/{id}`: is it up, was it touched, was it silent? And `/posts/{id}/diff`: what words went?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..model import Event, Kind, LookRecord, Status
from ..read.article import Article
from ..read.compare import diff
from ..run.coverage import blind_events
from ..show.diff import Drawing, draw
from ..show.folds import ROOM
from ..show.life import alternates, caption, life, removed_for
from ..show.life import standing as post_standing
from ..show.looks import counted, gap
from ..show.marks import drawn, mark
from ..show.plain import one_line
from ..show.rows import Row, row, sentence, withdrawn
from ..show.said import silence, words_changed
from ..show.story import Story
from ..show.timeline import timeline
from ..store import events, observations, posts, snapshots
from ..store.rows import ObservationRow, PostRow, SnapshotRow
from ..words import of
from .making import number, outside, page, pages
from .standing import ago, said
from .visitors import Visitor, visitor

T = TypeVar("T")

#: Stretches of looks, events and versions a page lists; older ones stand on further pages.
STRETCHES, TOLD, VERSIONS = 60, 50, 60
#: Versions that can be chosen to be compared, and the bytes of page that each takes.
CHOICES, _CHOICE = 300, 120


@dataclass(frozen=True, slots=True)
class PostPage:
    """All that a post's page shows."""

    post: PostRow
    told: list[Event]  #: oldest first
    site: list[Event]
    versions: list[SnapshotRow]  #: oldest first
    looks: list[ObservationRow]
    language: str
    titles: list[str]  #: earlier headlines
    said: dict[int, str]  #: by event: what we said of it among ourselves


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
        said=said(conn, who, told),
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
    described = caption(state, shown.told)
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
        standing=post_standing(state, shown.told, now),
        drawn=drawn,
        timeline=timeline(life(state, shown.told, shown.site, now), described),
        caption=described,
        removed_for=removed_for(shown.told),
        alternates=alternates(state, now),
        rows=_rows(shown, told, numbers),
        older=older,
        first=bool(event or version),
        sentence=lambda e: sentence(e, by_id.get(e.removed_event or e.retracts or 0)),
        first_copy=None
        if older or any(e.kind is Kind.PUBLISHED for e in shown.told)
        else next(iter(shown.versions), None),
        versions=versions,
        older_versions=older_versions,
        gone=state.status is Status.REMOVED,
        looks=_looks(shown, removal),
        looked=_looked(shown.looks),
        removal=removal if state.status is Status.REMOVED else None,
        suspected=state.status is Status.SUSPECTED,
        now=now,
        ago=ago,
        outside=outside,
    )


def _rows(shown: PostPage, told: Sequence[Event], numbers: dict[int, int]) -> list[Row]:
    taken_back = withdrawn(shown.told)
    return [row(e, numbers, taken_back, shown.said) for e in told]


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
        return shown.post.state.looks
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


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a post, and the event that led from one to the other, if one did."""

    post: PostRow
    versions: list[SnapshotRow]
    old: SnapshotRow
    new: SnapshotRow
    before: Article
    after: Article
    event: Event | None


def gather_pair(conn: Connection, post_id: int, from_: int, to: int) -> Pair | str | None:
    """Two versions by number, 0 for the newest pair; None where there is none, words where they
    cannot be compared."""
    found = posts.post(conn, post_id)
    if found is None:
        return None
    versions = snapshots.snapshots(conn, post_id)
    by_number = {v.number: v for v in versions}
    if not versions:
        return "No version of this post has been read yet."
    if not from_ and not to and len(versions) == 1:
        return "There is one version only; nothing to compare it with."
    to = to or max((n for n in by_number if n != from_), default=0)
    from_ = from_ or max((n for n in by_number if n < to), default=0)
    old, new = by_number.get(from_), by_number.get(to)
    if old is None or new is None:
        return None
    before, after = snapshots.article(conn, old.id), snapshots.article(conn, new.id)
    if before is None or after is None:
        return "The text of one of these versions is not kept."
    if before.extractor != after.extractor:
        # Read by one extractor, or its improvement would stand here as their edit.
        shared = min(before.extractor, after.extractor)
        before = snapshots.article(conn, old.id, shared) or before
        after = snapshots.article(conn, new.id, shared) or after
    event = next(
        (
            e
            for e in reversed(events.events(conn, post_id=post_id))
            if (e.snapshot_before, e.snapshot_after) == (old.id, new.id) and e.fields
        ),
        None,
    )
    return Pair(found, versions, old, new, before, after, event)


async def compare(request: Request) -> Response:
    """The diff of two versions."""
    p = pages(request)
    post_id = number(request.path_params["id"])
    asked = request.query_params
    from_, to = (number(asked[k]) if asked.get(k) else 0 for k in ("from", "to"))
    view = asked.get("view", "inline")
    if view not in ("inline", "side"):
        raise HTTPException(400)
    pair = await p.read(lambda conn: gather_pair(conn, post_id, from_, to))
    if pair is None:
        raise HTTPException(404)
    if isinstance(pair, str):
        return page(request, "nodiff.html", said=pair, post_id=post_id)
    # Each version that can be chosen is named twice.
    room = None if asked.get("all") == "1" else ROOM - _CHOICE * min(len(pair.versions), CHOICES)
    event = pair.event
    told = frozenset(event.fields if event else ())
    drawing: Drawing = await run_in_threadpool(
        lambda: draw(pair.before, pair.after, diff(pair.before, pair.after, steady=told), room=room)
    )
    at = pair.versions.index(pair.new)
    return page(
        request,
        "diff.html",
        pair=pair,
        state=pair.post.state,
        title=one_line(pair.after.title or pair.post.state.title or pair.post.state.url, 400),
        drawing=drawing,
        heading=_heading(event),
        tone=of(event).tone if event else "changed",
        mark=mark(event) if event else drawn("diamond_open", "changed"),
        silence=silence(Story(event)) if event else "",
        view=view,
        folds=asked.get("fold") != "0",
        older=_neighbour(pair.versions, at - 1),
        newer=_neighbour(pair.versions, at + 1),
        lang_old=language(pair.before),
        lang_new=language(pair.after),
        all=room is None,
        choices=[
            v
            for i, v in enumerate(pair.versions)
            if i >= len(pair.versions) - CHOICES or v in (pair.old, pair.new)
        ],
        now=p.clock(),
    )


def _heading(event: Event | None) -> str:
    """What the pair is called: the event's own word, or that it is only a comparison."""
    if event is None:
        return "Two versions compared"
    if event.kind is Kind.REINSTATED:
        return {
            True: "Back, with changes, no note",
            False: "Back, with changes and a note",
            None: "Back, with changes",
        }[event.silent]
    return of(event).label


def _neighbour(versions: Sequence[SnapshotRow], at: int) -> tuple[int, int] | None:
    """The pair that ends with the version at this place; None where there is none."""
    if not 1 <= at < len(versions):
        return None
    return versions[at - 1].number, versions[at].number
