"""Reading a site's feeds, sitemaps and listings in one pass: what each lists now, or why it can't say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from msgspec import Struct

from ..config import SiteConfig
from ..model import Answer, Form
from ..read.listing import Entry, Listing
from ..read.robots import Robots
from ..read.urls import canonical_key
from ..store.rows import SourceRow
from ..values import replace
from .ahead import Ahead, together
from .asking import fetched
from .context import Context
from .packing import packed_if_large, unpacked
from .parse import ParseFailed
from .parts import Further, Parts, alike, no_answer, stands

#: Listing pages followed in one pass, and sitemaps of one index: enough for the largest corporate
#: blogs met (1,500 posts at 12 a page), and an end for calendars that page for ever.
MAX_PAGES = 150
MAX_CHILDREN = 200
#: Known posts whose URLs teach a listing page what a post's URL looks like.
MAX_HINTS = 50
#: How often a listing is followed to its last page; in between its first page is a window.
DEEP_EVERY = timedelta(hours=24)


class SourceLook(Struct, frozen=True):
    """One look at a source. Without `listing` and not `broken`: it is as it was last time."""

    source: SourceRow
    answer: Answer
    listing: Listing | None = None
    broken: str = ""
    body_hash: str = ""  #: how it stands (parts.py)
    parts: Parts | None = None  #: those that were read beside it; None: not all of them
    forbidden: bool = False  #: robots.txt does not let us look
    deep: bool = False  #: it was followed to its last page, as far as it has more
    ended_at: datetime | None = None  #: when its last part came, where it has several

    @property
    def read_at(self) -> datetime:
        """By when all of it had been read; `answer.at` is when that began."""
        return self.ended_at or self.answer.at

    @property
    def unchanged(self) -> bool:
        return self.listing is None and not self.broken and not self.forbidden

    @property
    def said(self) -> str:
        """What it came to, for people."""
        listed = "unchanged" if self.listing is None else f"lists {len(self.listing.entries)} posts"
        return self.broken or listed


class Hints(Struct, frozen=True):
    """What is known of the shape of the site's posts."""

    site: SiteConfig
    known: tuple[str, ...]


def hints_of(site: SiteConfig, urls: Iterable[str]) -> Hints:
    """The hints that the addresses of sure posts give, the first of them."""
    return Hints(site, tuple(islice(urls, MAX_HINTS)))


async def look_at_sources(
    ctx: Context,
    hints: Hints,
    sources: Sequence[SourceRow],
    robots: Robots,
    *,
    now: datetime,
    everything: bool,
    answers: bool,
) -> list[SourceLook]:
    """One look at each source, in the order given. Once a day, and with `everything`, a listing is
    followed to its last page. Where the site `answers`, the sitemaps of an index are asked for together with it:
    those that it named the last time."""

    def deep(source: SourceRow) -> bool:
        old = source.deep_at is None or now - source.deep_at >= DEEP_EVERY
        return everything or (source.form is Form.LISTING and old)

    async def look(source: SourceRow) -> SourceLook:
        if not ctx.may_look(robots, source.url):
            return SourceLook(source, Answer(url=source.url, at=ctx.clock()), forbidden=True)
        further = Further(ctx, hints.site, source.form, hints.known, partial(ctx.may_look, robots))
        async with Ahead() as ahead:
            # Not the pages of a listing: of what slides from one to the next in between, neither would show it.
            if answers and _is_index(source) and source.parts and source.broken_since is None:
                further.ask(ahead, source.parts)
            return await _look(ctx, hints, source, further, deep=deep(source))

    return await together(look(s) for s in sources)


async def _look(
    ctx: Context, hints: Hints, source: SourceRow, further: Further, *, deep: bool
) -> SourceLook:
    # A 304 says nothing of further pages, and leaves nothing to follow.
    ask = not ctx.in_full and (not deep or source.form is not Form.LISTING)
    async with fetched(
        ctx,
        hints.site,
        source.url,
        etag=source.etag if ask else "",
        last_modified=source.last_modified if ask else "",
    ) as answer:
        look = await _read(ctx, hints, source, answer, deep=deep)
        if look.broken:
            further.drop(())
        packed_answer = await packed_if_large(answer)
    look = replace(look, answer=packed_answer, deep=deep)
    if look.unchanged and look.body_hash and source.parts and (deep or _is_index(source)):
        if (parts := await further.stand(source.parts)) is not None:
            return replace(look, parts=parts, ended_at=ctx.clock())
        listing = await read_source(ctx, hints, source.form, unpacked(packed_answer))
        look = replace(look, listing=listing, broken=listing.broken)
    if look.listing is None:
        return look
    return await _followed(ctx, hints, look, further)


async def _followed(ctx: Context, hints: Hints, look: SourceLook, further: Further) -> SourceLook:
    """A source that was read, with what its further parts list."""
    assert look.listing is not None
    listing, ended_at, answer = look.listing, None, look.answer
    parts: Parts | None = None if listing.next_page else ()
    if listing.children:
        listing = await _children(ctx, hints, listing, further)
        ended_at = ctx.clock()
    if look.deep and listing.next_page and not listing.broken:
        listing = await _pages(ctx, hints, listing, further)
        ended_at = ctx.clock()
    if ended_at is not None:
        whole = listing.complete and not listing.broken and not listing.partial
        parts = tuple(further.read) if whole else None
        # They stand for its first part alone.
        answer = replace(
            answer, headers=tuple(h for h in answer.headers if h[0] not in _VALIDATORS)
        )
    return replace(
        look,
        answer=answer,
        listing=listing,
        broken=listing.broken,
        parts=parts,
        ended_at=ended_at,
    )


async def _read(
    ctx: Context, hints: Hints, source: SourceRow, answer: Answer, *, deep: bool
) -> SourceLook:
    """What the answer of a source itself says, none of its further parts asked for."""
    if answer.status == 304 and source.baseline_at is not None and answer.failure is None:
        return SourceLook(source, answer)
    why = no_answer(answer)
    if why:
        return SourceLook(source, answer, broken=why)
    body_hash = stands(hints.site, source.form, answer, hints.known, source.body_hash)
    # Without its parts it is not known whether those stand as they did.
    known = not ctx.in_full and (source.parts is not None or not (deep or _is_index(source)))
    if alike(body_hash, source.body_hash) and known and source.broken_since is None:
        return SourceLook(source, answer, body_hash=body_hash)
    listing = await read_source(ctx, hints, source.form, answer)
    return SourceLook(source, answer, listing, listing.broken, body_hash)


def _is_index(source: SourceRow) -> bool:
    """Whether a source's further parts are asked for at every look."""
    return source.form is Form.SITEMAP


_VALIDATORS = ("etag", "last-modified")


async def read_source(ctx: Context, hints: Hints, form: Form, answer: Answer) -> Listing:
    """What the bytes of a source list; `broken` where they can't be read."""
    url = answer.final_url or answer.url
    kind = answer.header("content-type")
    # Imported here, for most passes find all sources as they were.
    try:
        if form is Form.FEED:
            from ..read.listing.feed import read_feed

            return await ctx.parser.call(read_feed, answer.body, url, kind)
        if form is Form.SITEMAP:
            from ..read.listing.plain_sitemap import plain_sitemap

            plain = None if ctx.in_full else plain_sitemap(answer.body, url)
            if plain is not None:
                return plain
            from ..read.listing.sitemap import read_sitemap

            return await ctx.parser.call(read_sitemap, answer.body, url)
        from ..read.listing.page import read_listing

        return await ctx.parser.call(
            read_listing,
            answer.body,
            url,
            kind,
            home=hints.site.url,
            known=hints.known,
            include=hints.site.include,
            exclude=hints.site.exclude,
        )
    except ParseFailed as e:
        return Listing(source=url, form=form, broken=str(e))


async def _children(ctx: Context, hints: Hints, index: Listing, further: Further) -> Listing:
    """The sitemaps of an index as one; broken as a whole where one of them is: what it would have
    listed is not known to be gone. Not complete where it has more than are read."""
    from ..read.listing.plain_sitemap import MAX_ENTRIES

    further.drop(index.children)
    entries = {canonical_key(e.url): e for e in index.entries}
    queue, seen, broken = list(index.children), set(index.children), ""
    while queue and not broken and len(entries) < MAX_ENTRIES:
        batch, queue = queue[:8], queue[8:]
        for url, part in zip(
            batch,
            await together(_child(ctx, hints, u, further) for u in batch),
            strict=True,
        ):
            if part.broken and not part.children and not part.empty:
                broken = f"{url}: {part.broken}"
            for entry in part.entries[: MAX_ENTRIES - len(entries)]:
                entries.setdefault(canonical_key(entry.url), entry)
            fresh = [c for c in part.children if c not in seen][: MAX_CHILDREN - len(seen)]
            seen.update(fresh)
            queue += fresh
    if not entries and not broken:
        broken = "its sitemaps hold no entries"
    return replace(
        index,
        entries=tuple(entries.values()),
        children=(),
        complete=len(entries) < MAX_ENTRIES,
        broken=broken,
    )


async def _child(ctx: Context, hints: Hints, url: str, further: Further) -> Listing:
    """One sitemap of an index."""
    async with further.part(url) as answer:
        why = no_answer(answer)
        if why:
            return Listing(url, Form.SITEMAP, broken=why)
        return await read_source(ctx, hints, Form.SITEMAP, answer)


async def _pages(ctx: Context, hints: Hints, first: Listing, further: Further) -> Listing:
    """A listing followed to its last page; complete if it ended by itself. What robots.txt forbids is not
    followed."""
    entries, url, seen = list(first.entries), first.next_page, {canonical_key(first.source)}
    passed = set(first.passed)
    while url and canonical_key(url) not in seen and len(seen) < MAX_PAGES and further.may_ask(url):
        seen.add(canonical_key(url))
        async with further.part(url) as answer:
            page = await read_source(ctx, hints, Form.LISTING, answer)
        if no_answer(answer) or page.broken:
            return replace(first, entries=_unique(entries), next_page=url, partial=True)
        entries += page.entries
        passed |= set(page.passed)
        url = page.next_page
    return replace(
        first,
        entries=_unique(entries),
        next_page="",
        complete=not url,
        passed=tuple(sorted(passed)),
    )


def _unique(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple({canonical_key(e.url): e for e in reversed(entries)}.values())[::-1]
