"""How busy was a site of late? One small cell a day: its height is posts changed, a rust cap a removal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct

from ..model import Event, Kind
from .life import blind
from .rows import withdrawn

DAYS = 30
_WIDE, _TALL, _STEP = 5, 15, 7
_CHANGES = (Kind.EDITED, Kind.REINSTATED, Kind.MOVED, Kind.DELISTED, Kind.RELISTED)


class Day(Struct, frozen=True):
    """One day of a site."""

    changed: int = 0  #: posts
    removed: int = 0
    out: bool = False  #: the site, or anything, could not be seen


def days(events: Sequence[Event], now: datetime, count: int = DAYS) -> tuple[Day, ...]:
    """The last `count` days, the oldest first, each 24 hours and the last ending now."""
    taken_back = withdrawn(events)
    changed: list[set[int]] = [set() for _ in range(count)]
    removed: list[set[int]] = [set() for _ in range(count)]
    for event in events:
        at = count - 1 - (now - event.detected_at) // timedelta(days=1)
        if not 0 <= at < count or event.post is None or event.id in taken_back:
            continue
        if event.kind is Kind.REMOVED:
            removed[at].add(event.post)
        elif event.kind in _CHANGES:
            changed[at].add(event.post)
    out = [False] * count
    for start, end in blind(sorted(events, key=lambda e: e.id), now):
        first = count - 1 - (now - start) // timedelta(days=1)
        last = count - 1 - (now - end) // timedelta(days=1)
        for at in range(max(0, first), min(count - 1, last) + 1):
            out[at] = True
    return tuple(Day(len(c), len(r), o) for c, r, o in zip(changed, removed, out, strict=True))


def strip(cells: Sequence[Day]) -> Markup:
    """The strip as an SVG; `sentence` says the same for those who do not see it."""
    drawn = []
    for i, cell in enumerate(cells):
        x = i * _STEP
        if cell.out:
            drawn.append(
                f'<rect class="out" x="{x}.5" y="1.5" width="{_WIDE - 1}" height="{_TALL}"/>'
            )
        height = min(10, 2 + 2 * cell.changed) if cell.changed else 1
        kind = "some" if cell.changed else "none"
        drawn.append(
            f'<rect class="{kind}" x="{x}" y="{17 - height}" width="{_WIDE}" height="{height}"/>'
        )
        if cell.removed:
            drawn.append(
                f'<rect class="cap" x="{x}" y="{17 - height - 6}" width="{_WIDE}" height="5"/>'
            )
    wide = len(cells) * _STEP
    return Markup(
        f'<svg class="strip" viewBox="0 0 {wide} 18" width="{wide}" height="18" aria-hidden="true">'
        f"{''.join(drawn)}</svg>"
    )


def sentence(cells: Sequence[Day]) -> str:
    """`5 changes, 2 removals and 1 day out of sight in the last 30 days`."""
    changed, removed = sum(c.changed for c in cells), sum(c.removed for c in cells)
    out = sum(c.out for c in cells)
    parts = [f"{changed} change{'' if changed == 1 else 's'}"]
    if removed:
        parts.append(f"{removed} removal{'' if removed == 1 else 's'}")
    if out:
        parts.append(f"{out} day{'' if out == 1 else 's'} out of sight")
    return f"{', '.join(parts)} in the last {len(cells)} days"
