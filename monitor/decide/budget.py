"""How often are older posts looked at? As often as the young ones, and more seldom only as far as the
budget of their host is spent.

A post under 7 days is looked at every `every`, whatever that costs, and so are the sources. What the
budget of the host leaves is shared by the older posts of all its sites: all of them are looked at equally often,
up to the ceiling of their age (due.py). One number says all of it: `slower`, how far apart their looks are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct, field

from .due import MAX_WAIT, apart

#: Of what a host could be asked at its pace, one request after another, day and night. A quarter: at the pace of
#: the defaults a request every four seconds on average, which a host that slows nobody down does not notice,
#: and room for what can't be planned: second looks, suspicions, whole batches, catching up.
SHARE = 1 / 4
#: Of the same, what older posts have where the young ones take more: a few of them don't starve beside many.
LEAST = 1 / 20
#: Of the same, what looks that come late may take in one pass: the rest is left to the young posts.
CATCH_UP = 1 / 2
#: Looks at older posts in one pass beyond its share, where they bunch up.
SLACK = 1.25


class Asked(Struct, frozen=True):
    """What one site asks of its host."""

    every: timedelta
    each_pass: int = 0  #: requests of every pass that are for no post: control pages, sources
    #: interval -> posts that are looked at so often, come what may: young, suspected, removed ones
    fixed: Mapping[timedelta, int] = field(default_factory=dict)
    older: Mapping[timedelta, int] = field(
        default_factory=dict
    )  #: ceiling -> live posts over 7 days


def slower(asked: Iterable[Asked], pace: timedelta) -> timedelta:
    """How far apart the looks at older posts are on a host whose sites ask for so much, to the second:
    0 where all can be looked at every `every` within the budget, 24 h where it is not enough. `pace`:
    between the starts of two requests."""
    sites = list(asked)
    if pace <= timedelta(0):
        return timedelta(0)
    can = 1 / pace.total_seconds()
    room = max(SHARE * can - sum(map(_fixed, sites)), LEAST * can)

    def fits(seconds: int) -> bool:
        return sum(older_rate(s, timedelta(seconds=seconds)) for s in sites) <= room

    low, high = 0, int(MAX_WAIT.total_seconds())
    if fits(low):
        return timedelta(0)
    while high - low > 1:  # what they ask for falls as they wait longer
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return timedelta(seconds=high)


def wanted(asked: Asked, slow: timedelta) -> dict[timedelta, int]:
    """How many posts of a site are to be looked at how often."""
    found = dict(asked.fixed)
    for ceiling, many in asked.older.items():
        interval = apart(asked.every, ceiling, slow)
        found[interval] = found.get(interval, 0) + many
    return found


def older_in_a_pass(asked: Asked, slow: timedelta, pace: timedelta, since: timedelta) -> int:
    """How many looks at older posts that are due one pass makes at most, where the one before was so long ago:
    the young ones are to have their turn again. The rest stays due. What a pass that came late has to catch up
    with takes half of what the host could be asked meanwhile."""
    span = max(since, asked.every).total_seconds()
    by_plan = SLACK * older_rate(asked, slow) * span
    if pace <= timedelta(0):
        return 2**31
    could = CATCH_UP * span / pace.total_seconds() - _fixed(asked) * span
    return int(max(by_plan, could)) + 1


def older_rate(asked: Asked, slow: timedelta) -> float:
    """Looks a second that the older posts of a site ask for."""
    return sum(
        n / apart(asked.every, ceiling, slow).total_seconds() for ceiling, n in asked.older.items()
    )


def _fixed(asked: Asked) -> float:
    looks = sum(n / interval.total_seconds() for interval, n in asked.fixed.items())
    return looks + asked.each_pass / asked.every.total_seconds()
