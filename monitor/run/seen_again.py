"""Looks that can come to no event, written while the pass still runs, and their bytes let go of.

Those that found their post as it was are written many at a time (store/seen_again.py); a post that came to
more than that is written as any other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy

from sqlalchemy import Connection

from ..model import Seen, SiteView, Status
from ..store import seen_again, sketches
from ..store.rows import PostRow
from ..values import replace
from .conclude import apply_look, decided, next_row, observed
from .context import Context
from .gathered import Gathered, Looked, slimmed
from .ground import Ground
from .known import taken_back
from .packing import Unpacking
from .quiet import stands


async def write_quiet(ctx: Context, got: Gathered, looked: Sequence[Looked]) -> None:
    """Writes looks that can come to no event, those put by before them, and lets go of their bytes."""
    if not looked and not got.put_by:
        return
    await ctx.store.awrite(
        lambda conn: write_seen(conn, ctx, got, looked, taken_back(conn, got.known)), short=True
    )
    got.put_by.clear()
    for x in looked:
        slimmed(x)


def put_by(got: Gathered, looked: Sequence[Looked]) -> None:
    """Leaves such looks, if none of them brought bytes, to be written with the rest of the site; all else is as
    if they had been."""
    got.put_by += map(copy, looked)
    for x in looked:
        slimmed(x)


def write_seen(
    conn: Connection, ctx: Context, got: Gathered, looked: Sequence[Looked], aside: Collection[int]
) -> None:
    """As `write_quiet`, within a transaction; but for the posts `aside`."""
    site = ctx.config.site(got.known.row.name)
    assert site is not None
    ground = Ground(ctx, site, got, SiteView())
    wanted = [x for x in (*got.put_by, *looked) if x.row.state.post_id not in aside]
    for x in wanted:
        if not _is_same(x):
            apply_look(conn, ground, x)
    _write_same(conn, ground, [x for x in wanted if _is_same(x)])
    _keep_sketches(conn, ground, wanted)


def _keep_sketches(conn: Connection, ground: Ground, looked: Sequence[Looked]) -> None:
    made = {
        x.row.state.post_id: (stands(ground.site, replace(x.row, stretch=x.seeing.stretch)), sketch)
        for x in looked
        if (sketch := x.seeing.sketch) is not None
    }
    sketches.keep_sketches(conn, made, ground.ctx.clock())


def _is_same(x: Looked) -> bool:
    """Whether a live post was found as it was, once."""
    live = x.row.state.status is Status.LIVE and x.row.state.snapshot is not None
    return live and x.seeing.verdict.seen is Seen.SAME and x.second is None


def _write_same(conn: Connection, ground: Ground, looked: Sequence[Looked]) -> None:
    plain: list[tuple[Looked, PostRow]] = []
    for x in looked:
        decision = decided(ground, x, x.row.state.snapshot, None)
        saved = next_row(ground, x, decision)
        if decision.events or not _only_seen(x.row, saved):
            apply_look(conn, ground, x)
        else:
            plain.append((x, saved))
    unpacked = Unpacking()
    seen_again.observe_again(conn, [observed(ground, x, x.seeing, unpacked) for x, _ in plain])
    seen_again.touch_versions(
        conn, {x.row.state.snapshot or 0: x.seeing.answer.at for x, _ in plain}
    )
    seen_again.save_posts(conn, [saved for _, saved in plain])
    ground.got.known.posts |= {saved.state.post_id: saved for _, saved in plain}


def _only_seen(before: PostRow, after: PostRow) -> bool:
    """Whether nothing of a post's row differs that `seen_again.save_posts` does not write."""
    state = replace(before.state, last_seen_at=after.state.last_seen_at)
    return after == replace(
        before,
        state=state,
        next_at=after.next_at,
        failures=after.failures,
        etag=after.etag,
        last_modified=after.last_modified,
    )
