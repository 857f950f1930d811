"""A former address of a post that moved, taken by another article: that one is a post of its own.

Only an address that a source names for something else is asked: one that lists it beside the post's
new address, or under another title. A redirect that is still in place is no article.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..decide.moved import same_article
from ..model import PostState, Seen
from ..read.article.normal import key as folded
from ..read.listing import Entry
from ..read.urls import canonical_key, same_host
from ..store import posts
from ..store.rows import PostRow
from ..values import replace
from .context import Context
from .gathered import Gathered
from .known import version_article
from .look import Surroundings, look_again

#: Former addresses asked in one pass.
MAX_ASKED = 8


async def meet_reused(ctx: Context, around: Surroundings, got: Gathered) -> None:
    """Adds a row for each former address at which another article stands now."""
    for entry, news in _claimed(got)[:MAX_ASKED]:
        owner = got.known.post_at(entry.url)
        if owner is None or not ctx.may_look(got.controls.robots, entry.url):
            continue
        row = _row(got, entry)
        seeing, _ = await look_again(
            ctx, around, row
        )  # a row of its own, of which nothing is known
        known = await version_article(ctx, around.site, owner.state.snapshot)
        stays = seeing.article is None or known is None or same_article(known, seeing.article)
        if seeing.verdict.seen is not Seen.PRESENT or seeing.answer.hops or stays:
            continue
        added = await ctx.store.awrite(
            lambda conn, entry=entry, key=row.key, news=news: posts.add_post(  # type: ignore[misc]
                conn,
                site_id=got.known.row.id,
                site=got.known.row.name,
                url=entry.url,
                key=key,
                now=got.now,
                title=entry.title,
                published_at=entry.published_at,
                published_told=not news,
            )
        )
        got.known.posts[added.state.post_id] = added
        got.known.keys[added.key] = added.state.post_id


def _row(got: Gathered, entry: Entry) -> PostRow:
    state = PostState(0, got.known.row.name, entry.url, title=entry.title)
    return PostRow(state=state, site_id=got.known.row.id, key=canonical_key(entry.url))


def _claimed(got: Gathered) -> Sequence[tuple[Entry, bool]]:
    """The former addresses that a source names for something else, and whether that is news."""
    found: dict[str, tuple[Entry, bool]] = {}
    for look in got.sources:
        entries = look.listing.entries if look.listing and not look.broken else ()
        listed = {canonical_key(e.url) for e in entries}
        for entry in entries:
            key = canonical_key(entry.url)
            owner = got.known.post_at(entry.url)
            if owner is not None and owner.state.post_id in got.known.forgotten:
                continue
            if owner is None or owner.key == key or not same_host(entry.url, owner.state.url):
                continue
            title = folded(entry.title).casefold()
            other = bool(title) and title != folded(owner.state.title).casefold()
            if owner.key in listed or other:
                news = look.source.baseline_at is not None
                before = found.get(key)
                found[key] = (
                    replace(entry, title=entry.title or (before[0].title if before else "")),
                    news or (before is not None and before[1]),
                )
    return list(found.values())
