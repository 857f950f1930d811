"""One pass over one site, the looking half: sources, new posts, due posts, controls, second looks.

What is found is handed to `site_check.py`, which decides and writes. A whole site is looked at before
any of its posts is judged; looks that can change nothing are written at once, so that the first pass
over a large blog is kept as it goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from ..config import SiteConfig
from ..decide.stamps import Dated, dated
from ..model import Form, Seen, Status
from ..read.urls import canonical_key
from ..store.rows import PostRow, SourceRow
from .ahead import together
from .beside import ask_made_up, front_page, home_answers, learn_errors, listing_blocks
from .choosing import choose, hidden
from .context import Context
from .controls import Controls
from .gathered import SIBLINGS, Gathered, Looked, unremarkable
from .hints import hinted
from .known import Known
from .look import Surroundings, beside_front, look_again
from .meeting import follow_config, listed_by_feeds, meet_new_posts
from .moves import find_moved
from .packing import size_of
from .reused import meet_reused
from .second import AT_ONCE, not_looked_at, second_looks, siblings
from .seen_again import put_by, write_quiet
from .shelves import left
from .sketches import Sketches
from .sources import hints_of, look_at_sources

#: Posts looked at once more at the baseline, to learn what is volatile on the site.
TWIN_LOOKS = 4
#: Posts looked at between two writes: what a pass holds in memory.
CHUNK = 64
#: And at the first pass, which reads them all: the pages of 40 sites that were kept that long took 100 MiB.
CHUNK_READ = 16
#: Looks without bytes to be let go of that are written together: a write costs as much as thirty of them.
MOST_UNWRITTEN = 512
#: And for how long: what is not written is lost with the process.
UNWRITTEN_FOR = timedelta(seconds=30)
#: Bytes of answers, mostly packed, held for what the end of the pass decides: a thousand usual pages. Posts beyond
#: stay due.
MOST_HELD = 24 * 2**20
#: Posts times characters of a robots.txt that are held against each other where they are asked for, not in a
#: thread: a hostile one of thousands of patterns takes 30 ms a post.
MOST_MATCHED = 100_000
#: Posts that are looked at first where the home page does not answer.
PROBES = 8
#: So many posts newly missing in one pass are a reason to look at the others as well, at so many of
#: them at most.
SEVERAL = 3
AT_MOST = 200


async def gather(
    ctx: Context,
    site: SiteConfig,
    known: Known,
    controls: Controls,
    *,
    everything: bool,
) -> Gathered:
    """Looks at a site's sources and posts; writes nothing but the rows of newly found posts."""
    now = ctx.clock()
    got = Gathered(known, controls, now, known.row.facts)
    got.patient = not everything
    if controls.robots_answer is not None:
        got.heed(controls.robots_answer)
    if controls.home is not None:
        got.heed(controls.home.answer)
    if controls.forbidden:
        got.hidden = hidden(ctx, got)
        return got
    await follow_config(ctx, site, got)
    hints = hints_of(site, known.urls())
    for sources in _in_turn(got, everything=everything):
        looks = await look_at_sources(
            ctx,
            hints,
            sources,
            controls.robots,
            now=now,
            everything=everything,
            answers=home_answers(got),
        )
        for look in looks:
            got.heed(look.answer)
        got.sources += looks
        if got.must_wait(ctx.clock()):
            break  # the others stay due
        # Not what a sitemap or the config names: pages of all kinds.
        if sure := listed_by_feeds(got):
            hints = hints_of(site, sure)
    await meet_new_posts(ctx, site, got)
    got.listing_blocks = await listing_blocks(ctx, _around(site, got), got)
    around = _around(site, got)
    await meet_reused(ctx, around, got)
    got.left, got.hinted = left(got), hinted(got)
    if len(known.posts) * (100 + len(controls.robots.text)) > MOST_MATCHED:
        chosen = await asyncio.to_thread(choose, ctx, site, got, everything=everything)
    else:
        chosen = choose(ctx, site, got, everything=everything)
    got.due = len(chosen)
    await learn_errors(ctx, around, got, chosen)
    around = _around(site, got)
    if not home_answers(got) and len(chosen) > PROBES:
        # The site may be down: a few posts tell, and a dead host is not asked hundreds of times.
        await _look_at(ctx, around, got, chosen[:PROBES])
        unclear = all(x.seeing.verdict.seen is Seen.UNCLEAR for x in got.looked.values())
        chosen = [] if unclear else chosen[PROBES:]
    await _look_at(ctx, around, got, chosen)
    await _look_wider(ctx, around, got)
    await _more_controls(ctx, around, got)
    await find_moved(ctx, around, got, _look_at)
    if await _look_wider(ctx, around, got):
        await find_moved(ctx, around, got, _look_at)
    await second_looks(ctx, around, got, _look_at)
    return got


def _in_turn(got: Gathered, *, everything: bool) -> list[list[SourceRow]]:
    """The sources to look at, all together; at the first pass the listings after the feeds, whose posts show what
    an address of a post looks like."""
    due = [s for s in got.known.sources if everything or s.next_at is None or s.next_at <= got.now]
    if any(s.baseline_at for s in due) or got.known.row.baseline_at is not None:
        return [due]
    return [
        [s for s in due if s.form is not Form.LISTING],
        [s for s in due if s.form is Form.LISTING],
    ]


def _around(site: SiteConfig, got: Gathered) -> Surroundings:
    known = got.known
    own = [site.url, *(s.url for s in known.sources)]
    if got.facts.home_url:
        own.append(got.facts.home_url)
    home = got.controls.home
    return Surroundings(
        site=site,
        facts=got.facts,
        site_keys=frozenset(canonical_key(u) for u in own),
        post_keys=frozenset(p.key for p in known.posts.values() if p.state.snapshot is not None),
        home_blocks=home.page.blocks if home is not None and home.page is not None else (),
        listing_blocks=got.listing_blocks,
    )


async def _look_at(
    ctx: Context, around: Surroundings, got: Gathered, rows: Sequence[PostRow]
) -> None:
    if rows:
        await write_quiet(ctx, got, ())  # what was put by: this may take long

    async def one(row: PostRow) -> Looked | None:
        if got.must_wait(ctx.clock()) or got.held_bytes >= MOST_HELD:
            return None  # it stays due
        seeing, known = await look_again(ctx, around, row, sketches)
        got.heed(seeing.answer)
        seeing = got.to_hold(seeing)
        if seeing.verdict.rule == "unrecognised":
            front = await front_page(ctx, around, got)
            seeing = beside_front(around, row, known, seeing, front) if front else seeing
        return Looked(row, seeing, seeing.known or known, row.state.snapshot is None)

    waiting, unwritten, first = list(rows), list[Looked](), True
    baseline = got.known.row.baseline_at is None
    size = CHUNK_READ if baseline else CHUNK
    while waiting:
        now, waiting = waiting[:size], waiting[size:]
        sketches = Sketches(ctx, now)
        looked = await _a_few_at_once(one, now)
        chunk = [x for x in looked if x is not None]
        got.looked |= {x.row.state.post_id: x for x in chunk}
        if first and not got.samples:
            got.samples = [x for x in chunk if _is_sample(x, got)][:TWIN_LOOKS]
        for x in chunk:
            page = x.seeing.page
            if x.known is None and x.seeing.verdict.seen is Seen.SAME and x.row.state.snapshot:
                got.undated.append(x.row.state.snapshot)
            elif (stayed := _dates_of(x)) is not None:
                got.dated.append(stayed)
            if (
                page is not None
                and x.seeing.verdict.seen is Seen.PRESENT
                and not x.seeing.verdict.cut
            ):
                got.learn_from(page, x.seeing.answer)
        if any(x.changed for x in chunk):
            quiet = await asyncio.to_thread(_quiet, chunk, got, baseline=baseline)
        else:
            quiet = _quiet(chunk, got, baseline=baseline)
        first = False
        unwritten += quiet
        written = sum(size_of(x.seeing.answer) for x in unwritten)
        kept_for = ctx.clock() - unwritten[0].seeing.answer.at if unwritten else timedelta(0)
        if written or len(unwritten) >= MOST_UNWRITTEN or kept_for >= UNWRITTEN_FOR:
            await write_quiet(ctx, got, unwritten)
            got.held_bytes -= written
            unwritten = []
        if got.held_bytes < MOST_HELD and not got.must_wait(ctx.clock()):
            waiting = [r for r, x in zip(now, looked, strict=True) if x is None] + waiting
    if len(got.looked) == sum(x.written for x in got.looked.values()) + len(unwritten):
        put_by(got, unwritten)  # nothing else keeps the site waiting
    else:
        await write_quiet(ctx, got, unwritten)


async def _a_few_at_once(
    one: Callable[[PostRow], Awaitable[Looked | None]], rows: Sequence[PostRow]
) -> list[Looked | None]:
    """What became of each row, in their order."""
    found: list[Looked | None] = [None] * len(rows)
    left = iter(enumerate(rows))

    async def work() -> None:
        for i, row in left:
            found[i] = await one(row)

    await together(work() for _ in range(min(AT_ONCE, len(rows))))
    return found


def _quiet(chunk: Sequence[Looked], got: Gathered, *, baseline: bool) -> list[Looked]:
    """Those of a chunk that can come to no event. Articles that changed are compared: for a thread."""
    return [
        x for x in chunk if x not in got.samples and unremarkable(x, got.facts, baseline=baseline)
    ]


def _dates_of(x: Looked) -> Dated | None:
    """What the dates of a post whose article stayed did since the last look; None for any other post."""
    if x.known is None or x.seeing.verdict.seen not in (Seen.PRESENT, Seen.SAME):
        return None
    if x.changed or x.seeing.verdict.cut:
        return None
    return dated(x.known, x.seeing.article or x.known)


def _is_sample(x: Looked, got: Gathered) -> bool:
    """A post of the first pass that is looked at twice, to learn what is volatile."""
    return (
        got.known.row.baseline_at is None and x.first_look and x.seeing.verdict.seen is Seen.PRESENT
    )


async def _look_wider(ctx: Context, around: Surroundings, got: Gathered) -> bool:
    """Where several posts are newly missing, or one is for the second time, the others are looked at
    in the same pass, due or not: a batch is known by all of it, and a rebuilt site by what it
    dropped. So they are when the site can be seen again: what went meanwhile is found by one pass.
    Whether any was looked at."""
    away = [
        x.row.state
        for x in got.looked.values()
        if not x.first_look and x.seeing.verdict.seen in (Seen.MISSING, Seen.ELSEWHERE)
    ]
    newly = sum(state.status is Status.LIVE for state in away)
    again = any(state.status is Status.SUSPECTED and state.misses == 1 for state in away)
    clear = any(x.seeing.verdict.seen is not Seen.UNCLEAR for x in got.looked.values())
    returned = clear and not got.known.row.view.up
    if (newly < SEVERAL and not again and not returned) or not home_answers(got):
        return False
    others = not_looked_at(ctx, got)[:AT_MOST]
    await _look_at(ctx, around, got, others)
    return bool(others)


async def _more_controls(ctx: Context, around: Surroundings, got: Gathered) -> None:
    """Where something is missing: a fresh made-up URL beside it, and known-good siblings."""
    missing = [
        x for x in got.looked.values() if not x.first_look and x.seeing.verdict.seen is Seen.MISSING
    ]
    if not missing and got.controls.home is not None and home_answers(got):
        if got.known.row.view.up:
            return  # else posts must show that the site is back, due or not
    await _look_at(ctx, around, got, siblings(ctx, got, SIBLINGS))
    if missing and not got.errors:
        await ask_made_up(ctx, around, got, missing[0].row.state.url)
