"""Posts met for the first time: which URLs of a source are posts, and are they news or baseline?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cache, partial

from msgspec import Struct, field
from sqlalchemy import Connection

from ..config import SiteConfig
from ..model import Form
from ..read.listing import Entry
from ..read.shape import Shape, learn
from ..read.urls import canonical_key, clean, is_home, matches
from ..store import passed_over
from ..store import posts as post_store
from ..store.rows import PostRow, SiteRow
from ..values import replace
from .context import Context
from .gathered import Gathered
from .sources import SourceLook

log = logging.getLogger("postwatch.meeting")

#: Posts of one site. The largest corporate blogs met had some thousands; a hostile sitemap names others each
#: time, and each would be a row, and a look a day, for ever.
MOST_POSTS = 50_000
#: Rows of one write: other sites write in between.
AT_A_TIME = 500
#: URLs of a feed that teach what a post's URL looks like.
MAX_SHAPES = 60


async def follow_config(ctx: Context, site: SiteConfig, got: Gathered) -> None:
    """Watches no longer what the config has come to leave out, and again what it names anew. Its
    history stays, and nothing is told of it."""

    @cache
    def picked() -> frozenset[str]:
        return frozenset(canonical_key(u) for u in site.posts)

    changed = []
    for post_id, row in got.known.posts.items():
        if post_id in got.known.forgotten:
            continue
        wanted = _wanted(site, row.state.url) or row.key in picked()
        if row.watched == wanted:
            continue
        if row.key != canonical_key(row.state.url):  # asked last: of ten thousand it takes 0.3 s
            continue  # merged into the post that moved here: it is looked at as that one
        got.known.posts[post_id] = replace(row, watched=wanted)
        changed.append(got.known.posts[post_id])

    def write(conn: Connection) -> None:
        for row in changed:
            post_store.save_post(conn, row)

    if changed:
        await ctx.store.awrite(write)


def _wanted(site: SiteConfig, url: str) -> bool:
    """Whether the config's include and exclude let a URL be a post."""
    included = site.include is None or any(matches(url, p) for p in site.include)
    return included and not any(matches(url, p) for p in site.exclude)


class _Met(Struct):
    """What the sources of one pass name that no post of the site has or had."""

    #: key -> entry, news?, hand-picked?
    new: dict[str, tuple[Entry, bool, bool]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)  #: keys of a baseline that are no posts


async def meet_new_posts(ctx: Context, site: SiteConfig, got: Gathered) -> None:
    """Adds a row for each URL that no post of the site has or had, up to MOST_POSTS of the site."""
    known = got.known
    if any(look.listing is not None for look in got.sources):
        with ctx.store.read() as conn:
            old = passed_over.passed_over(conn, known.row.id)
        # In a thread: a sitemap may name a hundred thousand.
        met = await asyncio.to_thread(_meet, site, got, old)
    else:
        met = _meet(site, got, ())
    room = max(0, MOST_POSTS - len(known.posts))
    if len(met.new) > room:
        most = f"{MOST_POSTS:,}"
        log.warning("site=%s names more than the %s posts that are watched of one", site.name, most)
    if met.passed:
        keys = met.passed - set(met.new)
        await ctx.store.awrite(lambda conn: passed_over.pass_over(conn, known.row.id, keys))
    fresh = list(met.new.items())[:room]
    for start in range(0, len(fresh), AT_A_TIME):
        part = fresh[start : start + AT_A_TIME]
        for added in await ctx.store.awrite(partial(_add, row=known.row, now=got.now, part=part)):
            known.posts[added.state.post_id] = added
            known.keys[added.key] = added.state.post_id


def _meet(site: SiteConfig, got: Gathered, old: Collection[str]) -> _Met:
    known, met = got.known, _Met()
    shape = cache(lambda: _shape(site, got))  # of use only where there is something new
    for look in got.sources:
        baseline = look.source.baseline_at is None
        if look.listing is not None and baseline:
            met.passed.update(look.listing.passed)
        for entry in look.listing.entries if look.listing and not look.broken else ():
            key = canonical_key(entry.url)
            if key in known.keys or key in known.barred:
                continue
            if not _is_post(site, shape, look, entry):
                met.passed |= {key} if baseline else set()
                continue
            news = not baseline and passed_over.mark(key) not in old
            before = met.new.get(key)
            news = news or bool(before and before[1])
            met.new[key] = (before[0] if before else entry, news, False)
    picked = {}
    there = frozenset(known.urls()) if site.posts else frozenset()
    for url in site.posts:
        if url in there:
            continue  # as it is written: its key need not be worked out
        key = canonical_key(url)
        if key not in known.keys and key not in known.barred:
            picked[key] = (Entry(url=clean(url) or url), False, True)
    met.new = picked | {key: found for key, found in met.new.items() if key not in picked}
    return met


def _add(
    conn: Connection,
    *,
    row: SiteRow,
    now: datetime,
    part: Sequence[tuple[str, tuple[Entry, bool, bool]]],
) -> list[PostRow]:
    return [
        post_store.add_post(
            conn,
            site_id=row.id,
            site=row.name,
            url=entry.url,
            key=key,
            now=now,
            title=entry.title,
            published_at=entry.published_at,
            hand_picked=picked,
            published_told=not news,
        )
        for key, (entry, news, picked) in part
    ]


def _is_post(site: SiteConfig, shape: Callable[[], Shape], look: SourceLook, entry: Entry) -> bool:
    if canonical_key(entry.url) in (canonical_key(site.url), canonical_key(look.source.url)):
        return False
    if look.source.form is Form.FEED:
        # What a feed lists is a post, but for what the config sets aside.
        return _wanted(site, entry.url) and not is_home(entry.url)
    return shape().is_post(entry.url)


def listed_by_feeds(got: Gathered) -> list[str]:
    """What the feeds that were read in this pass list, some of each."""
    urls: list[str] = []
    for look in got.sources:
        if look.source.form is Form.FEED and look.listing is not None and not look.broken:
            urls += [e.url for e in look.listing.entries[:MAX_SHAPES]]
    return urls


def _shape(site: SiteConfig, got: Gathered) -> Shape:
    """What the site's posts look like: learned from what its feeds list, now and before."""
    known = got.known
    feeds = {s.id for s in known.sources if s.form is Form.FEED}
    before = [e.post_id for e in known.entries.values() if e.source_id in feeds][:MAX_SHAPES]
    urls = [known.posts[i].state.url for i in before if i in known.posts]
    urls += listed_by_feeds(got)
    return learn(home=site.url, known=urls, include=site.include, exclude=site.exclude)
