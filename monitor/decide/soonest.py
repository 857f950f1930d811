"""When, at the soonest, can a suspected post be told as removed? As `lifecycle.py` decides it, looked at ahead."""

from __future__ import annotations

from datetime import datetime

from ..model import PostState, Status
from .lifecycle import BATCH_WAIT, Rules


def soonest(state: PostState, rules: Rules, next_at: datetime) -> datetime | None:
    """The earliest moment at which `removed` can come of it, should every look from `next_at` on find it missing; None
    for a post that is not suspected. More posts that go missing meanwhile make it later."""
    if state.status is not Status.SUSPECTED:
        return None
    began = state.looks[0].at if state.looks else state.first_missing_at or next_at
    wait = rules.min_missing * (BATCH_WAIT if state.batch else 1)
    left = max(0, rules.confirmations - state.misses - 1)
    return max(began + wait, next_at + left * rules.confirm_every)
