"""Has a missing article come up at another URL? Looked for among new posts and among URLs that the
sources list and that are no posts of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta

from ..decide.furniture import masked
from ..decide.moved import find_twin, is_series, same_article
from ..decide.retraction import is_muted
from ..model import PostState, Seen, Status
from ..read.alike import fingerprint
from ..read.article import Article
from ..read.listing import Listing
from ..read.urls import canonical_key, same_site
from ..store.rows import PostRow
from ..values import replace
from .asking import fetch_page, read_answer
from .beside import home_answers
from .context import Context
from .fingerprints import work_out
from .gathered import Gathered, Looked
from .known import version_article
from .look import Surroundings
from .sources import hints_of, look_at_sources

#: URLs of no post of ours that are read in search of a missing one, in one pass.
MAX_STRANGERS = 12
#: Bits of 63 in which the fingerprints of one article may differ (read/alike.py).
NEAR_BITS = 10
#: How long an article may stand at its old and its new address before the old one goes.
OVERLAP = timedelta(days=14)
#: Other posts read to learn whether one is of a series.
MAX_RIVALS = 6

LookAt = Callable[[Context, Surroundings, Gathered, Sequence[PostRow]], Awaitable[None]]


async def find_moved(ctx: Context, around: Surroundings, got: Gathered, look_at: LookAt) -> None:
    """Names the twin of each missing post that has one; holds new posts back that may be one."""
    if got.known.row.baseline_at is None:
        return
    fresh = _fresh(got)
    if fresh or _missing(got):
        await work_out(ctx, got)
    await _where_it_was_found(ctx, around, got)
    if fresh:
        await _among_new(ctx, around, got, look_at, fresh)
    await _among_later(ctx, around, got)
    await _among_strangers(ctx, around, got)
    _one_owner(got)


async def _where_it_was_found(ctx: Context, around: Surroundings, got: Gathered) -> None:
    """Reads once more the address at which an earlier look found a missing article."""
    for x in _missing(got):
        if x.known is not None and x.row.state.moved_to:
            found = await _read(ctx, around, [x.row.state.moved_to])
            x.twin = await _twin(ctx, around, got, x.row, x.known, found)


async def _twin(
    ctx: Context,
    around: Surroundings,
    got: Gathered,
    row: PostRow,
    known: Article,
    candidates: Sequence[tuple[str, Article]],
) -> str:
    """The address at which a post's article is found, "" for none."""
    common = got.facts.furniture
    twin = find_twin(known, candidates, common=common)
    if not twin or not await _in_series(ctx, around, got, row, known, {u for u, _ in candidates}):
        return twin
    return find_twin(known, candidates, common=common, series=True)


async def _in_series(
    ctx: Context,
    around: Surroundings,
    got: Gathered,
    row: PostRow,
    known: Article,
    candidates: Collection[str],
) -> bool:
    """Whether the site has other posts that are made like this one."""
    named = masked(row.state.title.casefold())
    others = [
        p
        for p in got.known.posts.values()
        if p.state.snapshot is not None
        and p.state.post_id != row.state.post_id
        and p.state.url not in candidates
        and (masked(p.state.title.casefold()) == named or _are_near(p.fingerprint, row.fingerprint))
    ]
    for other in others[:MAX_RIVALS]:
        article = await version_article(ctx, around.site, other.state.snapshot)
        if article is not None and is_series(known, article):
            return True
    return False


def _are_near(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and (one ^ other).bit_count() <= NEAR_BITS


async def _read(
    ctx: Context, around: Surroundings, urls: Sequence[str]
) -> list[tuple[str, Article]]:
    """The articles at these addresses, by the address that answered; none for one that did not."""
    found = []
    for url in urls:
        answer = await fetch_page(ctx, around.site, url)
        page = await read_answer(ctx, around.site, answer)
        if page is not None and answer.status == 200:
            found.append((answer.final_url or url, page.article))
    return found


async def _all_listings(ctx: Context, around: Surroundings, got: Gathered) -> list[Listing]:
    """What every source lists now: one that stands still, or was not due, is read again in full."""
    listings = [s.listing for s in got.sources if s.listing is not None and not s.broken]
    unread = {s.source.id for s in got.sources if s.listing is not None or s.broken or s.forbidden}
    rest = [
        replace(s, etag="", last_modified="", body_hash="")
        for s in got.known.sources
        if s.id not in unread and s.broken_since is None
    ]
    hints = hints_of(around.site, got.known.urls())
    looks = await look_at_sources(
        ctx,
        hints,
        rest,
        got.controls.robots,
        now=got.now,
        everything=False,
        answers=home_answers(got),
    )
    return listings + [s.listing for s in looks if s.listing is not None and not s.broken]


async def _among_later(ctx: Context, around: Surroundings, got: Gathered) -> None:
    """Looks for a missing article among posts that were first seen after it was last seen, or not long
    before: its new address may have been met while the old one still answered. One that has been
    there as long as it, or for long, is a copy."""
    for x in _missing(got):
        if x.known is None:
            continue
        known = x.known
        later = [
            p
            for p in got.known.posts.values()
            if p.state.snapshot is not None
            and p.state.post_id != x.row.state.post_id
            and p.state.status is Status.LIVE
            and p.watched
            and _came_later(got, p.state, x.row.state)
            and _are_near(p.fingerprint, x.row.fingerprint)
        ]
        candidates = []
        for p in later:
            article = await version_article(ctx, around.site, p.state.snapshot)
            if article is not None:
                candidates.append((p.state.url, article))
        x.twin = await _twin(ctx, around, got, x.row, known, candidates)


def _came_later(got: Gathered, there: PostState, gone: PostState) -> bool:
    """Whether a post was listed first in a later pass than another, and not long before that went."""
    if there.first_seen_at is None or gone.last_seen_at is None:
        return False
    soon = gone.last_seen_at - there.first_seen_at <= OVERLAP
    return soon and _met(got, there) > _met(got, gone)


def _met(got: Gathered, state: PostState) -> datetime:
    """When the first source named the post: one time for all that one pass met."""
    named = (e.first_at for e in got.known.entries.values() if e.post_id == state.post_id)
    return min(named, default=state.first_seen_at or got.now)


def _missing(got: Gathered) -> list[Looked]:
    """Posts that are missing in this pass and have no twin yet."""
    return [
        x
        for x in got.looked.values()
        if not x.first_look and not x.twin and x.seeing.verdict.seen is Seen.MISSING
    ]


def _one_owner(got: Gathered) -> None:
    """Of several posts that seem to have moved to one address, the first known has; two posts with the
    same text must not both end there."""
    taken: set[str] = set()
    for post_id in sorted(got.looked):
        x = got.looked[post_id]
        if x.twin and canonical_key(x.twin) in taken:
            x.twin = ""
        if x.twin:
            taken.add(canonical_key(x.twin))


def _fresh(got: Gathered) -> list[tuple[Looked, Article]]:
    return [
        (x, article)
        for x in got.looked.values()
        if x.first_look
        and x.seeing.verdict.seen is Seen.PRESENT
        and (article := x.seeing.article) is not None
    ]


async def _among_new(
    ctx: Context,
    around: Surroundings,
    got: Gathered,
    look_at: LookAt,
    fresh: list[tuple[Looked, Article]],
) -> None:
    prints = [fingerprint(a) for _, a in fresh]
    for row in list(got.known.posts.values()):
        if row.state.snapshot is None or not row.watched:
            continue
        away = row.state.status is not Status.LIVE or _seen(got, row) is Seen.MISSING
        near = any(_are_near(row.fingerprint, p) for p in prints)
        if not away and not near:
            continue
        known = await version_article(ctx, around.site, row.state.snapshot)
        there = [(x.row.state.url, a) for x, a in fresh]
        twin = await _twin(ctx, around, got, row, known, there) if known else ""
        if not twin or known is None:
            continue
        if row.state.post_id not in got.looked:
            await look_at(ctx, around, got, [row])
        seen = _seen(got, row)
        if seen is Seen.MISSING:
            got.looked[row.state.post_id].twin = twin
        if seen is Seen.UNCLEAR:
            # It may be a move that can't be seen yet: nothing is told of the new one.
            got.held |= {x.row.state.post_id for x, a in fresh if same_article(a, known)}


def _seen(got: Gathered, row: PostRow) -> Seen | None:
    x = got.looked.get(row.state.post_id)
    return None if x is None else x.seeing.verdict.seen


async def _among_strangers(ctx: Context, around: Surroundings, got: Gathered) -> None:
    """Reads listed URLs that do not look like posts, or that a missing post once had, most like the
    missing post's URL first."""
    missing = [
        x
        for x in _missing(got)
        if x.row.state.status is not Status.REMOVED and not is_muted(x.row.state, x.seeing.verdict)
    ]
    if not missing:
        return
    strangers = {
        key: entry.url
        for listing in await _all_listings(ctx, around, got)
        for entry in listing.entries
        if _is_stranger(got, missing, key := canonical_key(entry.url))
        and key not in around.site_keys
        and same_site(entry.url, around.site.url)
        and ctx.may_look(got.controls.robots, entry.url)
    }
    from rapidfuzz import fuzz  # late: most passes miss nothing

    urls = [x.row.state.url for x in missing]
    ranked = sorted(
        strangers.values(), key=lambda u: max(fuzz.ratio(u, m) for m in urls), reverse=True
    )
    found = await _read(ctx, around, ranked[:MAX_STRANGERS])
    for x in missing:
        if x.known is not None:
            x.twin = await _twin(ctx, around, got, x.row, x.known, found)


def _is_stranger(got: Gathered, missing: Sequence[Looked], key: str) -> bool:
    """Whether no post lives at an address, but for a missing one that has left it."""
    owner = got.known.keys.get(key)
    return owner is None or any(x.row.state.post_id == owner and x.row.key != key for x in missing)
