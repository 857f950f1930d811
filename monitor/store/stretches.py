"""May a look join the stretch of looks before it, and what does that change? Nothing is asked or written here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from ..model import Answer, Role, Seen
from . import columns
from .codec import clean
from .rows import Observation

#: How late a look may be before the time since the one before it counts as not seen.
LATE = timedelta(minutes=30)


def goes_on(before: Row[Any], obs: Observation, body: str | None) -> bool:
    """Whether a look, its bytes kept as `body`, may join a stretch, unless an event was told in between."""
    alike = _alike(before, obs) and not _says_otherwise(before, obs, body)
    return alike and not _came_late(obs)


def _alike(before: Row[Any], obs: Observation) -> bool:
    now = (
        obs.seen.value,
        clean(obs.rule),
        None if obs.reason is None else obs.reason.value,
        obs.answer.status,
        failure_of(obs.answer),
        clean(obs.answer.final_url),
        obs.uncounted,
    )
    then = (
        before.seen,
        before.rule,
        before.reason,
        before.status,
        before.failure,
        final_url_of(before),
        before.uncounted,
    )
    return bool(now == then)


def _says_otherwise(before: Row[Any], obs: Observation, body: str | None) -> bool:
    """Whether a robots.txt has another text: each one stays, since it may come to hide the site. Or whether
    a post's answer is kept now, or no more: the bytes of a stretch are dated by its first and last look."""
    if obs.role is Role.POST and obs.seen is not Seen.UNCLEAR:
        return (before.last_body is None) != (body is None)
    told = obs.role is Role.ROBOTS and obs.answer.status == 200
    return told and (before.last_body or None) != body


def _came_late(obs: Observation) -> bool:
    """Whether the look came long after it was due: in between we were blind, and the stretch ends."""
    return obs.due is not None and obs.answer.at - obs.due > LATE


def thread_of(obs: Observation) -> str:
    """What names the page that a look was at."""
    return columns.short(obs.role.value, obs.site_id, obs.post_id, obs.source_id, obs.answer.url)


def told_from(last_at: datetime) -> datetime:
    """The earliest time that an event may bear that was told after a look at `last_at`: its time is kept to
    the second, so it may seem to lie before the look that led to it."""
    return last_at.replace(microsecond=0)


def joined(before: Row[Any], obs: Observation) -> dict[str, Any]:
    """What every look changes of the stretch it joins."""
    answer = obs.answer
    return {
        "last_at": max(before.last_at, answer.at),
        "looks": before.looks + 1,
        "took": microseconds(answer.took),
        "why": obs.why,
        "peer": answer.peer or before.peer,
        "server_date": answer.header("date"),
    }


def final_url_of(row: Row[Any]) -> str:
    """Where a stretch's looks ended."""
    return str(row.url if row.final_url == columns.SAME else row.final_url)


def failure_of(answer: Answer) -> str:
    return "" if answer.failure is None else answer.failure.value


def microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
