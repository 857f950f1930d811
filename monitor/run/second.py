"""The second look at every edit, in the same pass, and what a pass learns from looking twice.

Before an edit is believed, other posts are looked at beside it: what came to all of them is the
template's. What the two looks read alike is the post's text.

Texts are compared in a thread: a page of ten thousand paragraphs holds up its own site and no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ..decide.furniture import (
    at_once,
    come_or_gone,
    learned,
    restless_places,
    volatile_between,
    with_furniture,
)
from ..decide.stamps import Dated, dated, needs_all, stamped
from ..model import Seen, Status
from ..read.article import Article
from ..store import snapshots
from ..store.rows import PostRow
from ..values import replace
from .context import Context
from .gathered import Gathered, Looked, change, differs, settled, signed_otherwise
from .look import Surroundings, look_twice

#: Posts whose looks tell an edit of one from a change of the template: the changed one is among them.
BESIDE_AN_EDIT = 4
#: Twice as many as changed, and no more than these: an edit of three posts is none of the template.
MOST_BESIDE = 12
#: Looks under way at once on one site; the host's own pace is the fetcher's business.
AT_ONCE = 8

_NONE: frozenset[str] = frozenset()

LookAt = Callable[[Context, Surroundings, Gathered, Sequence[PostRow]], Awaitable[None]]


async def second_looks(ctx: Context, around: Surroundings, got: Gathered, look_at: LookAt) -> None:
    """The second look at every edit, in the same pass; at the baseline a few posts more."""
    # Of posts that stand as they did nothing is learned.
    read = any(x.seeing.verdict.seen is Seen.PRESENT for x in got.looked.values())
    # Before anything is learned from what changed, posts that may not have are looked at.
    changed = await asyncio.to_thread(_changed, got) if read else []
    if changed:
        least = max(BESIDE_AN_EDIT, min(2 * len(changed), MOST_BESIDE))
        await look_at(ctx, around, got, siblings(ctx, got, least))
    changed = await asyncio.to_thread(_changed_after_all, got) if read else []
    baseline = got.samples
    if got.undated and needs_all(got.facts, got.dated):
        got.dated += await asyncio.to_thread(_dates_held, ctx, got.undated)
        got.undated = []
    if not changed and not baseline:
        got.facts, got.stamped = stamped(got.facts, got.dated, ())
        return
    if changed:
        await ctx.sleep(ctx.config.edits.confirm_after.total_seconds())
    gate = asyncio.Semaphore(AT_ONCE)

    async def again(x: Looked) -> None:
        async with gate:
            known = x.known or x.seeing.article
            x.second = await look_twice(ctx, around, x.row, known, x.seeing)

    await asyncio.gather(*(again(x) for x in (*changed, *baseline)))
    await asyncio.to_thread(_settle, got, changed, baseline)


def _dates_held(ctx: Context, versions: Sequence[int]) -> list[Dated]:
    """The dates of versions that stand as they were."""
    with ctx.store.read() as conn:
        articles = [snapshots.article(conn, version) for version in versions]
    return [dated(article, article) for article in articles if article is not None]


def _changed(got: Gathered) -> list[Looked]:
    return [x for x in got.looked.values() if differs(x, got.facts) or signed_otherwise(x)]


def _changed_after_all(got: Gathered) -> list[Looked]:
    """Those that changed, what came, went or changed on many alike set aside."""
    _learn_alike(got)
    steady = got.steady  # once: it looks at all of them
    return [x for x in got.looked.values() if differs(x, got.facts, steady)]


def _settle(got: Gathered, changed: Sequence[Looked], baseline: Sequence[Looked]) -> None:
    """Learns from those that were looked at twice, and says of each change whether it is confirmed."""
    for x in (*changed, *baseline):
        _learn_volatile(got, x)
    twins = [(a, b) for x in (*changed, *baseline) if (a := x.seeing.article) and (b := _again(x))]
    got.facts, got.stamped = stamped(got.facts, got.dated, twins)
    for x in baseline:
        x.second = None
    steady = got.steady
    for x in changed:
        _confirm(x, got, steady)


def _learn_alike(got: Gathered) -> None:
    """What of this pass stands, came, went or changed on many posts alike, before any is judged."""
    changes = [
        come_or_gone(x.known, x.seeing.article)
        for x in got.looked.values()
        if x.changed and x.known is not None and x.seeing.article is not None
    ]
    looked = sum(not x.first_look for x in got.looked.values())
    found = restless_places(changes, looked)
    alike = got.furniture() | at_once(changes, looked)
    got.facts = with_furniture(replace(got.facts, volatile=got.facts.volatile | found), alike)


def _learn_volatile(got: Gathered, x: Looked) -> None:
    first, second = x.seeing.article, x.second.article if x.second is not None else None
    if first is None or second is None or x.second is None:
        return
    if x.second.verdict.seen is not Seen.PRESENT:
        return
    if (
        x.known is not None
        and not change(x, *settled(x, x.known, second, got.facts), _NONE).changed
    ):
        return  # a cache answered with what we know: nothing is volatile, the change is to come
    if first.blocks and second.blocks and first.digest != second.digest:
        got.facts = learned(got.facts, volatile_between(first, second), sample=x in got.samples)


def _again(x: Looked) -> Article | None:
    """What the second look read, where it read an article."""
    if x.second is None or x.second.verdict.seen is not Seen.PRESENT:
        return None
    return x.second.article


def _confirm(x: Looked, got: Gathered, steady: frozenset[str]) -> None:
    """Settles what the two looks at a changed post say: what both read alike is its article now, and the
    change is confirmed where that differs from the known one, learned furniture set aside."""
    x.confirmed = False
    if x.second is None or x.second.verdict.cut or x.second.verdict.seen is not Seen.PRESENT:
        return
    first, second, page = x.seeing.article, x.second.article, x.second.page
    if x.known is None or first is None or second is None or page is None:
        return
    from ..read.steady import agreed  # here: most passes look at nothing twice

    both = agreed(x.known, first, second)
    x.second = replace(x.second, page=replace(page, article=both))
    x.confirmed = bool(change(x, *settled(x, x.known, both, got.facts), steady).changed)


def siblings(ctx: Context, got: Gathered, least: int) -> list[PostRow]:
    """Live posts that are not due, to be looked at where fewer than `least` have been seen: one more than
    it takes, the latest seen first."""
    present = [x for x in got.looked.values() if x.seeing.verdict.seen in (Seen.PRESENT, Seen.SAME)]
    if len(present) >= least:
        return []
    return not_looked_at(ctx, got)[::-1][: least - len(present) + 1]


def not_looked_at(ctx: Context, got: Gathered) -> list[PostRow]:
    """Live posts that this pass has not looked at, those not seen for longest first."""
    others = [
        p
        for p in got.known.posts.values()
        if p.watched
        and p.state.post_id not in got.looked
        and p.state.status is Status.LIVE
        and p.state.snapshot is not None
        and ctx.may_look(got.controls.robots, p.state.url)
    ]
    return sorted(others, key=lambda p: p.state.last_seen_at or got.now)
