"""Can the schedule be held at the pace a host is asked at? And if not: what can?

A pass asks a host one request after another, `pace` apart: its control pages and sources, and the posts
that are due. Where that takes longer than the interval, the next pass is late, and every post is looked
at as seldom as passes come. `held` finds how often they come then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct, field

from ..values import replace
from .due import YOUNG, interval_at

#: Looks further apart than that are said: the post that started us was five months old, and gone for hours.
LATE = timedelta(hours=6)
#: A post of each age the schedule tells apart, and how it is called.
_OF_AGE = (
    ("under 7 days", YOUNG),
    ("under 30 days", timedelta(days=30)),
    ("under a year", timedelta(days=365)),
    ("older", timedelta(days=366)),
)
#: Rounds of the search below; each comes nearer by a constant share, and a second is near enough.
_ROUNDS = 200


class Load(Struct, frozen=True):
    """What one host is asked."""

    every: timedelta  #: how often passes are wanted: the shortest `every` of its sites
    pace: timedelta  #: between the starts of two requests
    each_pass: int = 0  #: requests of every pass that are for no post: control pages, sources
    posts: Mapping[timedelta, int] = field(default_factory=dict)  #: how many are due how often


class Told(Struct, frozen=True):
    """How soon what happens to posts of one age is known and told, at the latest."""

    age: str
    wanted: timedelta  #: between two looks, by the schedule
    held: timedelta  #: between two looks, at this pace
    removal: timedelta  #: from its going to its being told
    edit: timedelta


def pass_takes(load: Load, apart: timedelta) -> timedelta:
    """How long a pass takes where passes come `apart`: a post that is due once in four of them is a
    quarter of a request in each."""
    requests = float(load.each_pass)
    for interval, many in load.posts.items():
        requests += many * min(1.0, apart / interval)
    return load.pace * requests


def held(load: Load) -> timedelta:
    """How far apart passes are at this pace: `every` where the schedule can be held, else the least time
    in which a pass is done before the next is wanted."""
    apart = load.every
    for _ in range(_ROUNDS):
        takes = pass_takes(load, apart)
        if takes <= apart + timedelta(seconds=1):
            return apart
        apart = takes
    return apart


def by_age(
    every: timedelta,
    apart: timedelta,
    slower: timedelta,
    *,
    confirmations: int,
    confirm_every: timedelta,
    min_missing: timedelta,
    confirm_after: timedelta,
) -> tuple[Told, ...]:
    """The latest time at which something is told, by the age of the post, where passes come `apart` and the
    host's budget has the looks at older posts be `slower`.

    A removal needs `confirmations` looks, `min_missing` from the first to the last; where the
    schedule is not held, the looks that confirm come no faster than passes do. Outages and batches take longer.
    """
    step = confirm_every if apart <= every else max(confirm_every, apart)
    confirming = max((confirmations - 1) * step, min_missing) if confirmations > 1 else timedelta(0)
    rows = []
    for name, age in _OF_AGE:
        wanted = interval_at(age, every, slower)
        real = max(wanted, apart)
        rows.append(Told(name, wanted, real, real + confirming, real + confirm_after))
    return tuple(rows)


def merged(rows: Sequence[Told]) -> tuple[Told, ...]:
    """The same with ages of which the same is said as one: "under a year", "any age", "older"."""
    found: list[Told] = []
    for row in rows:
        if found and replace(found[-1], age=row.age) == row:
            found.pop()
        found.append(row)
    if len(found) == 1:
        return (replace(found[0], age="any age"),)
    return tuple(found)
