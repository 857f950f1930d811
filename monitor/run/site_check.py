"""One site checked: looked at, judged as a whole, and all that came of it written in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from ..config import SiteConfig
from ..decide.due import host_wait, unseen_interval
from ..decide.furniture import with_furniture
from ..decide.sinks import sinks
from ..model import Event, Form, Kind, Reason, Role, SiteView, Status
from ..store import bodies, observations, posts, sites, sources
from ..store.rows import Observation
from ..values import replace
from .alerts import append_event
from .conclude import apply_look, gather_batches
from .context import Context
from .controls import Controls, control_observations, has_text
from .discover import find
from .gathered import Gathered
from .ground import Ground
from .hints import learn
from .identity import absorb, held, is_alias, settle_canonical, settle_redirect
from .known import (
    Known,
    check_clock,
    given_sources,
    in_sync,
    sync_sources,
    taken_back,
    takes_otherwise,
)
from .listedness import write_listedness
from .paces import note
from .packing import unpacked
from .seen_again import write_quiet, write_seen
from .shelves import write_sources
from .site_pass import gather
from .site_view import judge_view
from .standstill import seeing_since

DISCOVER_EVERY = timedelta(hours=24)


class SiteOutcome(Struct, frozen=True):
    """What one pass over one site came to."""

    name: str
    events: tuple[Event, ...]
    posts: int
    due: int
    looked: int
    suspected: int
    view: SiteView
    baseline: bool  #: this was (part of) the first pass
    never_seen: tuple[str, ...] = ()  #: hand-picked posts of which no article was ever read


async def check_site(
    ctx: Context, site: SiteConfig, known: Known, controls: Controls, *, everything: bool
) -> SiteOutcome:
    """One pass over a site whose control pages have been looked at."""
    baseline = known.row.baseline_at is None
    known = await _with_sources(ctx, site, known, controls)
    got = await gather(ctx, site, known, controls, everything=everything)
    try:
        view, site_drafts = judge_view(ctx, site, got)
        ground = Ground(ctx, site, got, view)
        with ctx.store.read() as conn:
            resumed = seeing_since(conn)
        gather_batches(ground, f"{ctx.rng.getrandbits(64):016x}", resumed)
        told = await ctx.store.awrite(lambda conn: _write(conn, ground, site_drafts), short=True)
    except Exception:
        await _keep_what_was_seen(ctx, got)
        raise
    return SiteOutcome(
        name=site.name,
        events=tuple(told),
        posts=sum(p.watched for p in known.posts.values()),
        due=got.due,
        looked=len(got.looked),
        suspected=sum(p.state.status is Status.SUSPECTED for p in known.posts.values()),
        view=view,
        baseline=baseline,
        never_seen=tuple(
            p.state.url
            for p in known.posts.values()
            if p.hand_picked and p.state.snapshot is None and p.state.post_id in got.looked
        ),
    )


async def _keep_what_was_seen(ctx: Context, got: Gathered) -> None:
    """Writes what was put by for the end of a pass that came to none: its posts were seen, and are not to be asked
    for again as soon as the site is."""
    try:
        await write_quiet(ctx, got, ())
    except Exception:  # what the pass failed of is told
        return


async def _with_sources(ctx: Context, site: SiteConfig, known: Known, controls: Controls) -> Known:
    """The site's rows, its sources brought up to the config and, once a day, to what can be found."""
    wanted = frozenset(f for f, urls in given_sources(site).items() if urls is None)
    row, found = known.row, None
    due = row.discovered_at is None or ctx.clock() - row.discovered_at >= DISCOVER_EVERY
    usable = controls.home is not None and not controls.home.verdict.wall
    if (
        wanted
        and due
        and usable
        and controls.home is not None
        and controls.home.answer.status == 200
    ):
        found = await find(ctx, site, unpacked(controls.home.answer), controls.robots, wanted)
        row = replace(row, discovered_at=ctx.clock())
    elif (stand := in_sync(known, site)) is not None:
        known.sources = stand
        return known
    pairs: list[tuple[Form, str]] | None = (
        None if found is None else [(f.form, f.url) for f in found]
    )

    def write(conn: Connection) -> Known:
        check_clock(conn, known)
        if takes_otherwise(conn, row.id, site):
            sources.read_anew(conn, row.id)
        # The rest was read when the pass began: what a person takes back meanwhile is `taken_back`.
        known.sources = sources.sources(conn, row.id)
        synced = sync_sources(conn, known, site, pairs)
        sites.save_site(conn, row)
        return replace(known, row=row, sources=synced)

    return await ctx.store.awrite(write)


def _write(conn: Connection, ground: Ground, site_drafts: tuple[Event, ...]) -> list[Event]:
    """Writes the whole pass: controls, sources, posts, events and their alerts."""
    got, ctx, site = ground.got, ground.ctx, ground.site
    aside = taken_back(conn, got.known)
    for post_id in aside:
        got.looked.pop(post_id, None)
    write_seen(conn, ctx, got, (), aside)
    told: list[Event] = [append_event(conn, ctx, e, site) for e in site_drafts]
    for row in _control_rows(got):
        observation = replace(row, answer=unpacked(row.answer))
        said = observation.role is not Role.ROBOTS  # which names addresses, and says no word
        keep = not (said and got.known.says_forgotten(observation.answer.body))
        observations.observe(conn, replace(observation, keep_body=keep))
    told += [
        append_event(conn, ctx, e, site)
        for e in write_sources(
            conn,
            got,
            site_up=ground.view.up,
            every=ground.every,
            alert_after=ctx.config.health.alert_after,
            vantage=ctx.config.fetch.vantage,
        )
    ]
    got.held |= held(got)
    for post_id in sorted(got.looked):
        x = got.looked[post_id]
        if x.written:
            continue
        if post_id in got.held or is_alias(conn, got, x):
            continue
        settle_redirect(got, x)
        settle_canonical(conn, got, x)
        for event in apply_look(conn, ground, x):
            told.append(event)
            if event.kind is Kind.MOVED and event.moved_to:
                absorb(conn, got, post_id, event.moved_to)
                if x.final.verdict.reason is Reason.REPLACED:
                    sources.read_anew(conn, got.known.row.id)  # which one took its place?
    told += [
        append_event(conn, ctx, e, site)
        for e in write_listedness(conn, got, ctx.config.fetch.vantage)
    ]
    _after_an_outage(conn, ground)
    learn(conn, got)
    _put_off(conn, got)
    _save_site(conn, ground)
    return told


def _after_an_outage(conn: Connection, ground: Ground) -> None:
    """Misses of the site are no post's own: none backs off for them, and all are due when it returns."""
    got, before = ground.got, ground.got.known.row.view
    if ground.view.up and before.up:
        return
    for post_id, row in got.known.posts.items():
        if row.failures:
            due = got.now if ground.view.up and post_id not in got.looked else row.next_at
            saved = replace(row, failures=0, next_at=due)
            posts.save_post(conn, saved)
            got.known.posts[post_id] = saved


def _put_off(conn: Connection, got: Gathered) -> None:
    """What a source made due and had no turn in this pass has it in one of the next."""
    for post_id in got.put_off:
        row = got.known.posts[post_id]
        if post_id not in got.looked and row.next_at is not None and row.next_at > got.now:
            got.known.posts[post_id] = replace(row, next_at=got.now)
            posts.save_post(conn, got.known.posts[post_id])


def _control_rows(got: Gathered) -> list[Observation]:
    rows = control_observations(got.known.row.id, got.controls)
    for seeing, _ in got.errors:
        rows.append(
            Observation(
                site_id=got.known.row.id,
                role=Role.MADE_UP,
                answer=seeing.answer,
                seen=seeing.verdict.seen,
                rule=seeing.verdict.rule,
                why=seeing.verdict.why,
            )
        )
    return rows


def _save_site(conn: Connection, ground: Ground) -> None:
    got, row = ground.got, ground.got.known.row
    facts = got.facts
    home = got.controls.home
    look = got.controls.home_look
    if home is not None and ground.view.up and not (look is not None and look.elsewhere):
        facts = replace(facts, home_url=home.answer.final_url or home.answer.url)
    facts = with_furniture(facts, got.furniture())
    if ground.view.up:
        looks = [(x.final.verdict, x.final.answer.final_url) for x in got.looked.values()]
        facts = replace(facts, sinks=sinks(facts.sinks, looks))
    answer = got.controls.robots_answer
    if answer is not None and got.controls.robots_read:
        body = bodies.keep_body(conn, answer.body) if has_text(answer) else ""
        row = replace(row, robots_body=body, robots_at=got.now)
    complete = ground.view.up and (bool(got.looked) or bool(got.sources))
    if got.plan.fresh is not None:
        note(conn, row.id, got.plan.fresh)
    sites.save_site(
        conn,
        replace(
            row,
            view=ground.view,
            facts=facts,
            baseline_at=row.baseline_at or (got.now if complete else None),
            last_check_at=got.now,
            next_check_at=_next_check(ground),
        ),
    )


def _next_check(ground: Ground) -> datetime:
    """When the site is due again: at its interval, sooner when a suspected post is; while it can't be seen
    ever more seldom, but when that is to be told. Never before the host lets us."""
    got, view, now = ground.got, ground.view, ground.got.now
    due, held = [now + ground.every], [now + timedelta(seconds=1), got.wait_until or now]
    if not view.up:
        since = view.since or now
        due = [now + unseen_interval(now - since, ground.every, ground.rules.confirm_every)]
        telling = since + ground.ctx.config.health.alert_after
        due += [telling] if telling > now and not view.told else []
        home = got.controls.home
        held.append(now + host_wait(home.answer, down=True) if home is not None else now)
    known = [p for p in got.known.posts.values() if p.watched]
    # One that was due and not looked at (robots.txt forbids it, the site seems down) is no reason to come at once.
    later = now + min(ground.every, ground.rules.confirm_every)
    due += [
        p.next_at if p.next_at is not None and p.next_at > now else later
        for p in known
        if p.state.status is Status.SUSPECTED
    ]
    return max(min(due), *held)
