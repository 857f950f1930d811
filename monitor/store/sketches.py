"""The sketches of posts' pages, by which noise is told from news: a memory of our own work, as read_pages.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from . import tables
from .codec import from_json, to_json
from .columns import short
from .dialect import upsert

if TYPE_CHECKING:
    from ..read.sketch import Sketch

_R = tables.read_pages
_THOSE = select(_R.c.place, _R.c.stands, _R.c.data).where(
    _R.c.place.in_(bindparam("places", expanding=True))
)
#: Places in one question.
_AT_ONCE = 500


class Kept(Struct, frozen=True):
    """A sketch as it is kept, and what it depends on."""

    stands: str
    data: bytes

    def read(self, stands: str) -> Sketch | None:
        """The sketch, if it was made where all that it depends on stood as it stands now."""
        from ..read.sketch import Sketch  # here: most passes read none

        if self.stands != stands:
            return None
        try:
            return from_json(self.data, Sketch)
        except (ValueError, msgspec.DecodeError):
            return None  # damaged, or an older release's


def find_sketches(conn: Connection, post_ids: Sequence[int]) -> dict[int, Kept]:
    """The sketches of posts' pages, by post, where there is one."""
    found: dict[int, Kept] = {}
    for start in range(0, len(post_ids), _AT_ONCE):
        places = {_place(post_id): post_id for post_id in post_ids[start : start + _AT_ONCE]}
        for row in conn.execute(_THOSE, {"places": list(places)}):
            found[places[row.place]] = Kept(row.stands, bytes(row.data))
    return found


def keep_sketches(conn: Connection, made: Mapping[int, tuple[str, Sketch]], now: datetime) -> None:
    """Remembers sketches by post, each with what it depends on."""
    rows = [
        {
            "place": _place(post_id),
            "stands": stands,
            "data": to_json(sketch).encode(),
            "read_at": now,
        }
        for post_id, (stands, sketch) in made.items()
    ]
    upsert(conn, _R, rows, ("place",))


def _place(post_id: int) -> str:
    return short("sketch", post_id)
