"""What the database keeps of a pass's looks at the sources of a site."""

from __future__ import annotations

from sqlalchemy import Connection

from ..model import Answer, Role, Seen
from ..store import observations
from ..store.rows import Observation
from ..store.seen_again import observe_again
from .gathered import Gathered
from .packing import unpacked
from .sources import SourceLook


def observe_sources(conn: Connection, got: Gathered) -> None:
    """Writes all of them; those that could tell together."""
    looks = [look for look in got.sources if not look.forbidden]
    for look in looks:
        if look.broken:
            observations.observe(conn, _observed(got, look, unpacked(look.answer)))
    if works := [_observed(got, look, look.answer) for look in looks if not look.broken]:
        observe_again(conn, works)


def _observed(got: Gathered, look: SourceLook, answer: Answer) -> Observation:
    return Observation(
        site_id=got.known.row.id,
        source_id=look.source.id,
        role=Role.SOURCE,
        answer=answer,
        seen=Seen.UNCLEAR if look.broken else Seen.SAME if look.unchanged else Seen.PRESENT,
        rule="source_broken" if look.broken else "source_read",
        why=look.said,
        keep_body=bool(look.broken) and not got.known.says_forgotten(answer.body),
    )
