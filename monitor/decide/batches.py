"""Which posts went for one cause? Those that are missing together are a batch and one story.

A post found missing after we were blind went at a time of its own, for all we know: it shares none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ..values import replace

#: Posts that are missing together from this number on are a batch (contract, `min_missing`).
BATCH = 5
#: So many looks of a site that were left out in a row, and at least so long, are blindness.
LEFT_OUT = 4
BLIND = timedelta(hours=2)


class Gone(Struct, frozen=True):
    """A post that is missing or elsewhere, and not told yet."""

    post: int
    newly: bool = False  #: this pass found it so
    batch: str = ""
    alone: bool = False


def was_blind(last_look: datetime | None, every: timedelta, now: datetime, *, up: bool) -> bool:
    """Whether the site could not be seen (`up` False) or was not looked at before this pass."""
    return not up or (last_look is not None and now - last_look > max(LEFT_OUT * every, BLIND))


def group(gone: Sequence[Gone], name: str, *, blind: bool) -> Mapping[int, Gone]:
    """Each post with the batch it belongs to, by post. A batch that is not told yet takes later ones
    in; a new one is called `name`."""
    marked = [replace(g, alone=g.alone or (g.newly and blind)) for g in gone]
    together = [g for g in marked if not g.alone]
    if len(together) >= BATCH:
        name = next((g.batch for g in together if g.batch), name)
        marked = [g if g.alone or g.batch else replace(g, batch=name) for g in marked]
    return {g.post: g for g in marked}
