"""Many events become few rows: edits of one post and day, and what has one cause. Nothing is hidden by it: a row names
all that it stands for, or opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from urllib.parse import quote

from ..model import Event, Kind
from ..units import shown_number
from ..values import replace
from .rows import Row, row


def rows(
    events: Sequence[Event],
    numbers: Mapping[int, int],
    withdrawn: Mapping[int, int] | None = None,
    said: Mapping[int, str] | None = None,
    *,
    together: bool = True,
) -> list[Row]:
    """Rows of `events`, the latest claim first. Edits of one post and day are gathered in the newest, and so are,
    with `together`, events of one cause."""
    gathered: dict[tuple[object, ...], list[Row]] = {}
    for event in events:
        one = row(event, numbers, withdrawn, said)
        gathered.setdefault(_key(one, together), []).append(one)
    found = [_gathered(group, numbers) for group in gathered.values()]
    return sorted(found, key=lambda r: (r.at, r.event.id), reverse=True)


def _key(one: Row, together: bool) -> tuple[object, ...]:
    """Rows of one key become one."""
    event = one.event
    if together and event.batch and event.post is not None and event.kind is not Kind.RETRACTED:
        return (event.batch, event.kind, event.silent, one.withdrawn_by is not None)
    if event.kind is Kind.EDITED and event.post is not None:
        day = event.detected_at.astimezone(UTC).date()
        return (event.post, event.silent, day, one.withdrawn_by is not None)
    return (event.id,)


def _gathered(group: Sequence[Row], numbers: Mapping[int, int]) -> Row:
    """The row of several events, newest first; of one, its own."""
    first = group[0]
    if len(group) == 1:
        return first
    said = first.said if all(r.said for r in group) else ""
    if len({r.event.post for r in group}) > 1:
        return _of_one_cause(group, said)
    newest, oldest = first.event, group[-1].event
    note = ", no note" if newest.silent else ""
    span = numbers.get(oldest.snapshot_before or 0), numbers.get(newest.snapshot_after or 0)
    link = f"/posts/{newest.post}/diff?from={span[0]}&to={span[1]}" if all(span) else ""
    return replace(
        first,
        label=f"{len(group)} edits{note}",
        detail="in one day",
        # From and to may be one text again; then there is nothing to compare.
        action="Compare" if link and span[0] != span[1] else "",
        action_href=link if span[0] != span[1] else "",
        said=said,
        count=len(group),
    )


def _of_one_cause(group: Sequence[Row], said: str) -> Row:
    """One row for posts that went, came back or changed together, which opens on each."""
    first = group[0]
    posts = len({r.event.post for r in group})
    details = {r.detail.partition(", dated ")[0] for r in group}
    shared = details.pop() if len(details) == 1 else ""
    return replace(
        first,
        at=max(r.at for r in group),
        title=f"{shown_number(posts)} posts of one cause",
        href=f"/events?batch={quote(first.event.batch or '', safe='')}",
        detail=shared if first.event.kind is not Kind.MOVED else "",
        action="",
        action_href="",
        said=said,
        members=tuple(sorted(group, key=lambda r: (r.at, r.event.id), reverse=True)),
    )
