"""Can the site be seen? One pass's controls, sources and posts, judged together before any of its posts is."""

from __future__ import annotations

from datetime import datetime

from ..config import SiteConfig
from ..decide.outage import Sighting, home_ok, judge_site, next_view, site_events
from ..model import Event, Reason, Seen, SiteView, Status
from ..values import replace
from .context import Context
from .gathered import Gathered
from .hidden import hidden_by

#: What a look at a post says of a site that can be seen.
_THERE = (Seen.PRESENT, Seen.SAME, Seen.ELSEWHERE)


def judge_view(ctx: Context, site: SiteConfig, got: Gathered) -> tuple[SiteView, tuple[Event, ...]]:
    """The site's view after this pass, and the site_* event it comes to."""
    before = got.known.row.view
    sightings = _sightings(got)
    forbidden = got.controls.forbidden
    watched = sum(p.watched for p in got.known.posts.values())
    if not forbidden and 2 * len(got.hidden) > watched:
        forbidden = f"robots.txt forbids us {len(got.hidden)} of the posts"
    up, reason, why = judge_site(
        got.controls.home_look,
        sightings,
        disallowed=forbidden,
        sources_ok=any(not s.broken and not s.forbidden for s in got.sources),
        sources_broken=_all_broken(got),
    )
    control, hidden = got.control_records(), None
    if reason is Reason.DISALLOWED:
        hidden = None if before.told else hidden_by(ctx, site, got, watched)
        if got.controls.robots_record is not None:
            control = (got.controls.robots_record, *control)
    first, last = _seen_so(got, up=up)
    after = next_view(
        before,
        up=up,
        reason=reason,
        why=why,
        now=last,
        first=first,
        control=control,
        robots=got.controls.robots_hash,
    )
    return site_events(
        before,
        after,
        site=site.name,
        url=site.url,
        posts=len(got.known.posts),
        now=last,
        alert_after=ctx.config.health.alert_after,
        vantage=ctx.config.fetch.vantage,
        hidden=hidden,
    )


def _seen_so(got: Gathered, *, up: bool) -> tuple[datetime, datetime]:
    """The first and the last look of the pass that show the site up, or not; where none does by itself
    (robots.txt hides it), when the pass began."""
    looks = [x.final for x in got.looked.values()]
    times = [s.answer.at for s in looks if (s.verdict.seen in _THERE) is up]
    home = got.controls.home
    if home is not None and home_ok(got.controls.home_look) is up:
        times.append(home.answer.at)
    return min(times, default=got.now), max(times, default=got.now)


def _broken_now(got: Gathered) -> frozenset[int]:
    """The sources that are broken, by this pass's look or, where it had none, by the last one."""
    looked = {s.source.id: bool(s.broken) for s in got.sources if not s.forbidden}
    return frozenset(
        s.id for s in got.known.sources if looked.get(s.id, s.broken_since is not None)
    )


def _all_broken(got: Gathered) -> bool:
    used = {s.id for s in got.known.sources if s.baseline_at is not None}
    return bool(used) and used <= _broken_now(got)


def _sightings(got: Gathered) -> list[Sighting]:
    good = {s.id for s in got.known.sources} - _broken_now(got)
    listed = {e.post_id for e in got.known.entries.values() if e.present and e.source_id in good}
    rows = []
    for post_id, x in got.looked.items():
        verdict = x.final.verdict
        if x.twin:
            verdict = replace(verdict, seen=Seen.ELSEWHERE)
        live = not x.first_look and x.row.state.status is not Status.REMOVED
        rows.append(Sighting(verdict, live, post_id in listed and post_id not in got.left))
    return rows
