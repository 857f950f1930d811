"""Which posts are looked at in this pass? Those whose time has come, and those of which a source says something.

Young posts, missing ones and those never read have their turn whatever it costs. Older ones share what the host's
budget leaves (paces.py), the longest due first; a source that says the same of thousands can't spend more than that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from ..config import SiteConfig
from ..decide.due import YOUNG, born
from ..model import Status
from ..store.rows import PostRow
from .context import Context
from .gathered import Gathered
from .hints import believed
from .paces import plan

#: Posts due within this share of the site's interval are looked at with those due now: posts spread by jitter
#: share a pass and its control looks.
SLACK = 0.12
#: Of the older posts' places in a pass, those that a source's word can't take.
KEPT = 1 / 4

_EVER = datetime.fromtimestamp(0, tz=UTC)


def choose(ctx: Context, site: SiteConfig, got: Gathered, *, everything: bool) -> list[PostRow]:
    """The posts to look at; young ones, and those that may not wait, first. Notes the plan it goes by, which are
    put off, and the addresses that robots.txt hides."""
    row = got.known.row
    with ctx.store.read() as conn:
        crawl = got.controls.robots.delay(ctx.config.fetch.user_agent)
        got.plan = plan(conn, ctx.config, site, row, got.now, crawl)
        told = got.left | believed(conn, got)
    until = got.now
    if row.next_check_at and row.last_check_at:
        until += SLACK * (row.next_check_at - row.last_check_at)
    chosen, forbidden = [], False
    for post_id, post in got.known.posts.items():
        if not post.watched or not (
            everything
            or post.next_at is None
            or post.next_at <= until
            or post_id in told
            or _half_delisted(post)
        ):
            continue
        if not ctx.may_look(got.controls.robots, post.state.url):
            forbidden = True
            continue
        chosen.append(post)
    if forbidden:
        got.hidden = hidden(ctx, got)
    if everything:
        return chosen
    return _within_budget(got, chosen, told, until)


def _within_budget(
    got: Gathered, chosen: Sequence[PostRow], told: Collection[int], until: datetime
) -> list[PostRow]:
    """Those that may not wait, and as many of the others as have their turn in this pass."""
    older = {p.state.post_id for p in chosen if _is_older(p, got.now)}
    got.bunched = len(older) > got.plan.usual
    if len(older) <= got.plan.most:
        return list(chosen)
    now = [p for p in chosen if p.state.post_id not in older]
    rest = [p for p in chosen if p.state.post_id in older]
    said = [p for p in rest if p.state.post_id in told or _half_delisted(p)]
    said.sort(key=lambda p: p.state.post_id not in got.left)
    took = {p.state.post_id for p in said[: int(got.plan.most * (1 - KEPT)) + 1]}
    due = [p for p in rest if _due(p) <= until and p.state.post_id not in took]
    due.sort(key=_due)
    taken = took | {p.state.post_id for p in due[: max(0, got.plan.most - len(took))]}
    put_off = [p.state.post_id for p in said if p.state.post_id not in taken]
    got.put_off = tuple(put_off[: got.plan.most])
    return now + [p for p in rest if p.state.post_id in taken]


def _is_older(post: PostRow, now: datetime) -> bool:
    """Whether it is a post that the budget may make wait: up, read before, and over 7 days."""
    state = post.state
    if state.status is not Status.LIVE or state.snapshot is None:
        return False
    return now - born(state.first_seen_at, state.published_at, now) > YOUNG


def _due(post: PostRow) -> datetime:
    return post.next_at or _EVER


def _half_delisted(post: PostRow) -> bool:
    """It left its sources in an earlier pass, and one more look decides."""
    return post.state.listed and post.state.absences > 0


def hidden(ctx: Context, got: Gathered) -> tuple[str, ...]:
    """All watched posts that robots.txt forbids, due or not: how much of the site is out of sight?"""
    robots = got.controls.robots
    urls = (p.state.url for p in got.known.posts.values() if p.watched)
    return tuple(u for u in urls if not ctx.may_look(robots, u))
