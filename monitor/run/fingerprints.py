"""The fingerprints of a site's posts, worked out where a moved one is looked for.

An edit leaves its post without one (conclude.py): it takes a tenth of all that an edit takes, and most passes look
for no post that moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ..errors import StoreError
from ..read.alike import fingerprint
from ..store import posts, snapshots
from ..store.rows import PostRow
from ..values import replace
from .context import Context
from .gathered import Gathered


async def work_out(ctx: Context, got: Gathered) -> None:
    """Sees that each post that has a version has the fingerprint of its text: in the rows that the pass goes by,
    and in the database."""
    wanting = [
        p
        for p in got.known.posts.values()
        if p.fingerprint is None and p.state.snapshot is not None
    ]
    if not wanting:
        return
    found = await asyncio.to_thread(_found, ctx, wanting)
    for row in wanting:
        got.known.posts[row.state.post_id] = _with(row, found)
    for x in got.looked.values():
        if x.row.fingerprint is None:
            x.row = _with(x.row, found)
    await ctx.store.awrite(lambda conn: posts.save_fingerprints(conn, wanting, found))


def _found(ctx: Context, wanting: Sequence[PostRow]) -> dict[int, int]:
    """The fingerprint of each post's latest version, by post; none where that is not stored, or damaged: `verify`
    names it, and the site is looked at all the same."""
    found: dict[int, int] = {}
    with ctx.store.read() as conn:
        for row in wanting:
            assert row.state.snapshot is not None
            with suppress(StoreError):
                article = snapshots.article(conn, row.state.snapshot)
                if article is not None:
                    found[row.state.post_id] = fingerprint(article)
    return found


def _with(row: PostRow, found: Mapping[int, int]) -> PostRow:
    return replace(row, fingerprint=found.get(row.state.post_id))
