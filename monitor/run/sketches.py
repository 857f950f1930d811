"""What is kept to tell noise in posts' pages by, had from the database once one of them asks: most passes find none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..store.rows import PostRow
from ..store.sketches import Kept, find_sketches
from .context import Context


class Sketches:
    """The sketches of some posts' pages, read all at once."""

    def __init__(self, ctx: Context, rows: Sequence[PostRow]) -> None:
        self._ctx = ctx
        self._ids = [row.state.post_id for row in rows if row.stretch is not None]
        self._found: dict[int, Kept] | None = None
        self._reading = asyncio.Lock()

    async def of(self, row: PostRow) -> Kept | None:
        """That of a post's page, where there is one."""
        if not self._ids:
            return None
        async with self._reading:
            if self._found is None:
                self._found = await self._ctx.store.aread(
                    lambda conn: find_sketches(conn, self._ids)
                )
        return self._found.get(row.state.post_id)
