"""`/posts/{id}/diff`: what words went, between any two versions?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial

from msgspec import Struct
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..model import Event, Kind
from ..read.article import Article
from ..read.compare import diff
from ..run.as_told import as_told, event_between
from ..show.cite import Version, compared
from ..show.diff import Drawing, draw
from ..show.folds import ROOM
from ..show.marks import drawn, mark
from ..show.pairing import backwards, gaps
from ..show.plain import one_line
from ..show.said import same, silence, words_changed, words_gone
from ..show.story import Story
from ..store import events, posts, snapshots
from ..store.rows import PostRow, SnapshotRow
from ..values import replace
from ..words import of
from .making import number, page, pages
from .posts import language

#: Versions that can be chosen to be compared, and the bytes of page that each takes.
CHOICES, _CHOICE = 300, 120

#: Words of two versions that are not compared at once: beyond it a tenth of a second may pass.
LONG = 20_000


class Pair(Struct, frozen=True):
    """Two versions of a post, and the event that led from one to the other, if one did."""

    post: PostRow
    versions: list[SnapshotRow]
    old: SnapshotRow
    new: SnapshotRow
    before: Article
    after: Article
    event: Event | None
    aside: int = 0  #: paragraphs left out of the event's diff, as the site's own
    warnings: tuple[str, ...] = ()  #: of a pair that no event made


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
    told = events.events(conn, post_id=post_id)
    event = event_between(told, old.id, new.id)
    whole = len(before.blocks), len(after.blocks)
    if event is not None:
        before, after = as_told(conn, event, before, after)
    aside = max(whole[0] - len(before.blocks), whole[1] - len(after.blocks))
    warnings: tuple[str, ...] = ()
    if event is None:
        over = gaps(told, old.first_read_at, new.first_read_at)
        warnings = tuple(w for w in (backwards(old.number, new.number), *over) if w)
    return Pair(found, versions, old, new, before, after, event, aside, warnings)


async def compare(request: Request) -> Response:
    """The diff of two versions."""
    p = pages(request)
    post_id = number(request.path_params["id"])
    asked = request.query_params
    from_, to = (number(asked[k]) if asked.get(k) else 0 for k in ("from", "to"))
    view = asked.get("view", "inline")
    if view not in ("inline", "side"):
        raise HTTPException(400)
    whole = asked.get("all") == "1"

    def gather(conn: Connection) -> tuple[Pair | str | None, Drawing | None]:
        found = gather_pair(conn, post_id, from_, to)
        if not isinstance(found, Pair):
            return found, None
        short = found.before.words + found.after.words <= LONG
        # Many may wait for a long one: none of them holds its text.
        return (found, _drawn(found, whole)) if short else (_light(found), None)

    pair, drawing = await p.read(gather)
    if pair is None:
        raise HTTPException(404)
    if isinstance(pair, str):
        return page(request, "nodiff.html", said=pair, post_id=post_id)
    long = drawing is None
    if drawing is None:
        again = partial(_drawn_anew, pair=pair, whole=whole)
        drawing = await p.drawings.get(_key(pair, whole), lambda: p.read(again, long=True))
    event = pair.event
    at = pair.versions.index(pair.new)
    title = one_line(pair.after.title or pair.post.state.title or pair.post.state.url, 400)
    web = p.config.web
    made = partial(
        page,
        request,
        "diff.html",
        pair=pair,
        state=pair.post.state,
        title=title,
        cite=_cited(pair, drawing, title, web.base_url if web is not None else ""),
        drawing=drawing,
        heading=_heading(event, pair.old.number > pair.new.number),
        tone=of(event).tone if event else "quiet",
        mark=mark(event) if event else drawn("compared", "quiet"),
        warnings=pair.warnings,
        silence=silence(Story(event)) if event else "",
        view=view,
        folds=asked.get("fold") != "0",
        older=_neighbour(pair.versions, at - 1),
        newer=_neighbour(pair.versions, at + 1),
        lang_old=language(pair.before),
        lang_new=language(pair.after),
        all=whole,
        choices=[
            v
            for i, v in enumerate(pair.versions)
            if i >= len(pair.versions) - CHOICES or v in (pair.old, pair.new)
        ],
        now=p.clock(),
    )
    return await p.work(made, long=True) if long else made()


def _light(pair: Pair) -> Pair:
    """The pair without the text of its versions."""
    before, after = (replace(a, blocks=(), notes=()) for a in (pair.before, pair.after))
    return replace(pair, before=before, after=after)


def _key(pair: Pair, whole: bool) -> Hashable:
    """What a drawing hangs on: what was read of both versions and by which extractor, and the room."""
    read = tuple((a.digest, a.extractor, a.selectors) for a in (pair.before, pair.after))
    told = (pair.event.id, *pair.event.fields) if pair.event else ()
    room = "all" if whole else min(len(pair.versions), CHOICES)
    return pair.old.id, pair.new.id, read, told, room


def _drawn_anew(conn: Connection, pair: Pair, whole: bool) -> Drawing:
    found = gather_pair(conn, pair.post.state.post_id, pair.old.number, pair.new.number)
    if not isinstance(found, Pair):
        raise HTTPException(404)
    return _drawn(found, whole)


def _drawn(pair: Pair, whole: bool) -> Drawing:
    # Each version that can be chosen is named twice.
    room = None if whole else ROOM - _CHOICE * min(len(pair.versions), CHOICES)
    told = frozenset(pair.event.fields if pair.event else ())
    found = diff(pair.before, pair.after, steady=told)
    drawing = draw(pair.before, pair.after, found, room=room)
    if pair.event is None:
        return drawing
    # Of an event of an older release today's diff may count otherwise: the event's numbers were told.
    return replace(
        drawing,
        words=words_changed(pair.event),
        gone=words_gone(pair.event, found),
        same=same(pair.event) or drawing.same,
    )


def _cited(pair: Pair, drawing: Drawing, title: str, base_url: str) -> str:
    old, new = (
        Version(v.number, v.first_read_at, v.last_read_at, v.body_hash, f"/snapshots/{v.id}")
        for v in (pair.old, pair.new)
    )
    said = ", ".join(s for s in (drawing.words, drawing.blocks) if s) or "no words changed"
    path = f"/posts/{pair.post.state.post_id}/diff?from={old.number}&to={new.number}"
    return compared(pair.event, title, pair.post.state.url, said, (old, new), base_url, path)


def _heading(event: Event | None, backwards: bool) -> str:
    """What the pair is called: the event's own word, or that it is only a comparison."""
    if event is None:
        return f"Two versions compared{', backwards' if backwards else ''}"
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
