"""When to look next: by age, state, back-off, Retry-After and the config's `every`."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..model import Answer, PostState, Status
from ..units import parse_rfc3339

YOUNG = timedelta(days=7)
#: Age -> how far apart looks at an older post are at most, where its host's budget is spent (contract,
#: [schedule] every). How far apart they are is budget.py's.
CEILINGS = (
    (timedelta(days=30), timedelta(hours=1)),
    (timedelta(days=365), timedelta(hours=6)),
    (timedelta.max, timedelta(hours=24)),
)
#: Removed posts: every `every` for 14 days, hourly to 90, then daily. Its return is the best story.
_GONE = (
    (timedelta(days=14), timedelta(0)),
    (timedelta(days=90), timedelta(hours=1)),
    (timedelta.max, timedelta(hours=24)),
)
MAX_WAIT = timedelta(hours=24)
#: Retry-After is obeyed up to this; beyond, a site could switch the watch off.
MAX_RETRY_AFTER = timedelta(hours=24)
#: So long one answer keeps us from all of its host: it may be a single page's own.
MAX_HOST_WAIT = timedelta(hours=1)
#: A site that can't be seen is asked again once it was not seen for a quarter longer; at most so many of its
#: intervals apart, and at most an hour, lest its return and what went meanwhile be found late.
_SHARE, _INTERVALS, MAX_UNSEEN = 4, 2, timedelta(hours=1)


def post_interval(
    state: PostState, every: timedelta, slower: timedelta, now: datetime
) -> timedelta:
    """How long to wait after a clear look at a post. `slower`: how far apart its host's budget has the
    looks at older posts be (budget.py); 0 where all are looked at every `every`."""
    if state.status is Status.REMOVED:
        return gone_interval(now - (state.first_missing_at or now), every)
    return interval_at(now - born(state.first_seen_at, state.published_at, now), every, slower)


def gone_interval(gone: timedelta, every: timedelta) -> timedelta:
    """How often a post that was removed so long ago is looked at."""
    floor = next(wait for age, wait in _GONE if gone <= age)
    return min(max(every, floor), MAX_WAIT)


def interval_at(age: timedelta, every: timedelta, slower: timedelta) -> timedelta:
    """How often a live post of this age is looked at: never more seldom than the ceiling of its age."""
    if age <= YOUNG:
        return min(every, MAX_WAIT)
    return apart(every, ceiling(age), slower)


def apart(every: timedelta, most: timedelta, slower: timedelta) -> timedelta:
    """How far apart looks at an older post with that ceiling are."""
    return min(max(every, min(slower, most)), MAX_WAIT)


def ceiling(age: timedelta) -> timedelta:
    """How far apart looks at a post of this age, over 7 days, are at most."""
    return next(wait for limit, wait in CEILINGS if age <= limit)


def born(first_seen_at: datetime | None, published_at: str, now: datetime) -> datetime:
    """Since when a post has been there, as far as is known: the date it bears, or our first look at it,
    whichever is earlier."""
    seen = first_seen_at or now
    if not published_at:
        return seen
    try:
        return min(seen, parse_rfc3339(published_at))
    except ValueError:
        return seen


def backed_off(interval: timedelta, failures: int) -> timedelta:
    """The wait after so many unclear looks in a row: doubled from the second on, at most a day."""
    doublings = min(max(0, failures - 1), 16)
    return min(interval * (1 << doublings), MAX_WAIT)


def unseen_interval(unseen: timedelta, every: timedelta, confirm_every: timedelta) -> timedelta:
    """How long to wait before a site that could not be seen for so long is looked at again: at first no
    longer than a suspicion would ask, then a quarter of that time; never longer than twice `every`
    and an hour, or `every` where that is more."""
    soonest = min(every, confirm_every)
    latest = max(every, min(_INTERVALS * every, MAX_UNSEEN))
    return min(max(soonest, unseen / _SHARE), latest, MAX_WAIT)


def retry_after(header: str, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for (RFC 9110 section 10.2.3), at most a day; None if unreadable."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:9]), 10**7)), MAX_RETRY_AFTER)
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):  # the last: a year of twenty digits
        return None
    if at.tzinfo is None:
        return None
    return min(max(at - now, timedelta(0)), MAX_RETRY_AFTER)


def host_wait(answer: Answer, *, down: bool = False) -> timedelta:
    """How long the whole host asks to be left alone: a 429 with Retry-After means us, not the page
    (RFC 6585 section 4). Zero for any other answer: a 503 may be one page's own trouble, unless the
    site is `down` by it."""
    if answer.status != 429 and not (down and answer.status == 503):
        return timedelta(0)
    asked = retry_after(answer.header("retry-after"), answer.at)
    return min(asked or timedelta(0), MAX_HOST_WAIT)


def jittered(interval: timedelta, share: float) -> timedelta:
    """The interval spread by up to 5 % (`share` is random, 0…1), so that looks do not bunch up."""
    return interval * (1 + 0.05 * (2 * share - 1))
