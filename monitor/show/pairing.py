"""What must be said of two versions that somebody chose to compare: that they lead backwards, or over a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model import Event, Kind
from ..units import shown_number
from .rows import withdrawn
from .story import when

#: Removals that are told one by one.
_TOLD = 3


def backwards(old: int, new: int) -> str:
    """That the first version, by its number, is the newer one; "" where it is not."""
    if old <= new:
        return ""
    return (
        f"This leads backwards, from version {old} to the older version {new}: what is marked as cut was in"
        " fact added, and what is marked as added was in fact cut."
    )


def gaps(events: Sequence[Event], first: datetime, second: datetime) -> list[str]:
    """How often and when the post was gone between two moments, whichever of them is the earlier; `events`
    are the post's, oldest first."""
    start, end = sorted((first, second))
    taken_back = withdrawn(events)
    told = [e for e in events if e.id not in taken_back]
    gone = [e for e in told if e.kind is Kind.REMOVED and start <= e.detected_at <= end]
    back = {e.removed_event: e for e in told if e.kind is Kind.REINSTATED}
    said = [_gap(e, back.get(e.id)) for e in gone[:_TOLD]]
    if len(gone) > _TOLD:
        said.append(f"It was gone {shown_number(len(gone) - _TOLD)} more times between the two.")
    return said


def _gap(gone: Event, back: Event | None) -> str:
    text = f"The post was gone between the two: removed {when(gone)} (event {gone.id})"
    return f"{text}, back {when(back)} (event {back.id})." if back else f"{text}."
