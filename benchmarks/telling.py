"""What is told of a made-up post: its edits and its returns, as events without their place in the chain."""

from __future__ import annotations

from datetime import datetime

from benchmarks.world import Plan, Words
from monitor.model import Event, Kind, PostState


def back(plan: Plan, was: PostState, snapshot: int) -> Event:
    """What is told of a return: that it is back, or that it never went."""
    assert was.last_missing_at is not None and was.first_missing_at is not None
    if plan.retracted:
        return Event(
            Kind.RETRACTED, was.last_missing_at, retracts=was.removed_event, why="their cache"
        )
    away = int((was.last_missing_at - was.first_missing_at).total_seconds())
    return Event(
        Kind.REINSTATED,
        was.last_missing_at,
        removed_event=was.removed_event,
        snapshot_before=was.snapshot_at_removal,
        snapshot_after=snapshot,
        last_missing_at=was.last_missing_at,
        absent_for=(away, away + 600),
        evidence=("the article is there",),
    )


def edit(
    before: Words, after: Words, old: int | None, new: int, seen: datetime | None
) -> Event | None:
    """The edit from one text to another; None where it says what it said."""
    texts = [{s for p in w.paragraphs for s in p.split(". ")} for w in (before, after)]
    cut, come = (sum(len(s.split()) for s in a - b) for a, b in (texts, texts[::-1]))
    words = sum(len(p.split()) for w in (before, after) for p in w.paragraphs)
    fields = [
        name
        for name, changed in (
            ("text", before.paragraphs != after.paragraphs or before.note != after.note),
            ("title", before.title != after.title),
        )
        if changed
    ]
    if not fields or seen is None:
        return None
    return Event(
        Kind.EDITED,
        seen,
        snapshot_before=old,
        snapshot_after=new,
        fields=tuple(fields),
        words_added=come,
        words_removed=cut,
        similarity=1 - (cut + come) / words,
        silent=after.note == before.note,
        last_seen_at=seen,
        evidence=("two looks read the same",),
    )
