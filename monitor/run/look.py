"""One look at one URL: fetch it, read the bytes, judge the answer. Nothing is stored here."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from ..config import SiteConfig
from ..decide.moved import same_article
from ..model import Answer, LookRecord, Role, Seen, SiteFacts, Status
from ..read.article import EXTRACTOR, Article
from ..read.page import Page, Texts
from ..read.verdict import Verdict, judge
from ..read.verdict.case import Case
from ..store.rows import PostRow
from ..values import replace
from .asking import fetched, read_answer
from .context import Context
from .known import version_article
from .packing import packed, packed_if_large, unpacked
from .quiet import (
    amended_at,
    as_it_was,
    bears_it,
    before,
    may_be_still,
    sketch_in,
    still_at,
    still_there,
)
from .remembered import read_control
from .reread import AT_ONCE, in_known_charset, read_alike, read_post, steadied_page
from .sketches import Sketches

if TYPE_CHECKING:
    from ..read.sketch import Sketch

Load = Callable[[], Awaitable[Article | None]]


class Surroundings(Struct, frozen=True):
    """What is known of the site while its pages are judged."""

    site: SiteConfig
    facts: SiteFacts
    site_keys: frozenset[str] = frozenset()
    post_keys: frozenset[str] = frozenset()
    home_blocks: tuple[str, ...] = ()
    listing_blocks: tuple[str, ...] = ()


class Seeing(Struct, frozen=True):
    """What one look at a URL came to; the answer's body is packed where the page was read in full."""

    answer: Answer
    page: Page | None
    verdict: Verdict
    body_hash: str = ""
    #: the last good article, where it had to be read again with the config's new selectors; else None
    known: Article | None = None
    #: where the article stands in the page's bytes, or in those of the last good look where it is still there
    stretch: tuple[int, int] | None = None
    #: of the last good look's page, where one was made by which the next is known sooner
    sketch: Sketch | None = None

    def record(self, role: Role) -> LookRecord:
        """The look as events keep it."""
        return LookRecord(
            at=self.answer.at,
            url=self.answer.url,
            role=role,
            status=self.answer.status,
            rule=self.verdict.rule,
            server_date=self.answer.header("date"),
        )

    @property
    def article(self) -> Article | None:
        return self.page.article if self.page is not None else None

    @property
    def seen_at(self) -> datetime:
        """When the answer was true: a cached one (`Age`, RFC 9111 section 5.1) that much earlier."""
        age = self.answer.header("age").strip()
        if age.isdigit() and len(age) < 9:
            return self.answer.at - timedelta(seconds=int(age))
        return self.answer.at


async def look_twice(
    ctx: Context, around: Surroundings, row: PostRow, known: Article | None, first: Seeing
) -> Seeing:
    """A second look at a post in the same pass, the page asked for in full. The very bytes of the first one
    are read as they were then."""
    async with fetched(ctx, around.site, row.state.url) as answer:
        body_hash = hashlib.sha256(answer.body).hexdigest() if answer.body else ""
        alike = body_hash == first.body_hash and _alike(answer, first.answer)
        if first.page is not None and alike and not ctx.in_full:
            if _said(answer) == _said(first.answer):
                return replace(first, answer=_as_held(answer, first.answer))
            case = _case(around, row, known, answer, first.page)
            verdict = await asyncio.to_thread(judge, case)
            answer = _as_held(answer, first.answer)
            return replace(first, answer=answer, verdict=verdict)

        async def at_hand() -> Article | None:
            return known

        return (await _seen(ctx, around, row, at_hand, answer))[0]


def _as_held(answer: Answer, first: Answer) -> Answer:
    """An answer whose bytes are those of another one, and held once."""
    return replace(answer, body=first.body, packed=first.packed)


def _said(answer: Answer) -> list[tuple[str, str]]:
    """All that an answer's headers say but when it was given."""
    return [(name, value) for name, value in answer.headers if name.lower() not in _WHEN]


def _alike(one: Answer, other: Answer) -> bool:
    """Whether two answers of the same bytes are read alike."""
    theirs = (other.status, other.final_url, other.failure, other.hops)
    if (one.status, one.final_url, one.failure, one.hops) != theirs:
        return False
    return one.header("content-type") == other.header("content-type")


async def look_again(
    ctx: Context, around: Surroundings, row: PostRow, sketches: Sketches | None = None
) -> tuple[Seeing, Article | None]:
    """One look at a post against its last good article, which is had from the database only where the
    answer is not known by its status, its bytes or the sketch that is kept. (the look, that article; None where it was not needed)"""

    async def held() -> Article | None:
        return await version_article(ctx, around.site, row.state.snapshot)

    ask = bool(row.body_hash) and not ctx.in_full
    etag, modified = (row.etag, row.last_modified) if ask else ("", "")
    await ctx.parser.ready()
    async with fetched(
        ctx, around.site, row.state.url, etag=etag, last_modified=modified
    ) as answer:
        seeing, known = await _seen(ctx, around, row, held, answer, sketches)
    verdict = seeing.verdict
    if verdict.seen is Seen.MISSING and verdict.moved_to and known is not None:
        verdict = await _followed(ctx, around.site, verdict, known)
        seeing = replace(seeing, verdict=verdict)
    return seeing, known


async def _seen(
    ctx: Context,
    around: Surroundings,
    row: PostRow,
    load: Load,
    answer: Answer,
    sketches: Sketches | None = None,
) -> tuple[Seeing, Article | None]:
    """What an answer says of a post, and the last good article where it was asked for. Without
    `sketches` the page is read in full, whatever its markup says."""
    body_hash = hashlib.sha256(answer.body).hexdigest() if answer.body else ""
    verdict = as_it_was(row, answer, body_hash) if not ctx.in_full else None
    if verdict is not None and row.state.status is Status.LIVE:
        # Its bytes are stored already, or there are none.
        return Seeing(replace(answer, body=b""), None, verdict, body_hash), None
    known, found, page = await _known(ctx, around.site, row, load, answer, sketches)
    if found is not None:
        case = replace(_case(around, row, known, answer, None), held=True, same_text=True)
        # The article is had again, should anybody ask: those of all sites' looks took 70 MiB.
        left = replace(answer, body=b"")
        return Seeing(left, None, judge(case), body_hash, None, *found), None
    same = verdict is not None and verdict.rule == "same_bytes"
    if page is not None:
        case = _case(around, row, known, answer, page)
        short = len(answer.body) <= AT_ONCE
        there = still_there(case) if short else await asyncio.to_thread(still_there, case)
        if there is not None:
            return Seeing(answer, page, there, body_hash, None, page.stretch), known
    was: Texts | None
    page, was = (None, None) if same else await read_post(ctx, around.site, row, answer, known)
    again = await read_alike(ctx, around.site, row, page, known) if page and known else None
    known = again or known
    if page is not None and known is not None and page.charset not in ("", "utf-8"):
        page = await in_known_charset(ctx, around.site, row, answer, page, known)
    case = replace(_case(around, row, known, answer, page), same_bytes=same)
    # Articles are compared where there is a page.
    judged = _judged(case) if page is None else await asyncio.to_thread(_judged, case)
    verdict, answer = judged
    if verdict.seen is Seen.PRESENT and page is not None and known is not None and not verdict.cut:
        page = await steadied_page(ctx, around.site, row, page, known, was)
    stretch = page.stretch if page is not None else None
    return Seeing(answer, page, verdict, body_hash, again, stretch), known


def _judged(case: Case) -> tuple[Verdict, Answer]:
    return judge(case), packed(case.answer)


async def _known(
    ctx: Context,
    site: SiteConfig,
    row: PostRow,
    load: Load,
    answer: Answer,
    sketches: Sketches | None,
) -> tuple[Article | None, tuple[tuple[int, int], Sketch | None] | None, Page | None]:
    """The last good article; where it stood in its page, if the answer's markup shows that it is still there, and
    the sketch of that, if one was made; or the answer's page, if that shows that nothing but paragraphs of it was
    changed. Where an earlier sketch shows it the article is not asked for."""
    if ctx.in_full or sketches is None or not may_be_still(row, answer):
        return await load(), None, None
    kept = await sketches.of(row)
    if bears_it(site, row, answer, kept):
        assert row.stretch is not None
        return None, (row.stretch, None), None
    known, was = await ctx.store.aread(lambda conn: before(conn, row))
    if known is None or known.extractor != EXTRACTOR:
        known = await load()
    found = still_at(row, was, answer, known, sketch_in(site, row, kept))
    if found is not None or site.content or site.ignore:
        return known, found, None
    return known, None, amended_at(row, was, answer, known)


def _case(
    around: Surroundings, row: PostRow, known: Article | None, answer: Answer, page: Page | None
) -> Case:
    return Case(
        answer=answer,
        page=page,
        url=row.state.url,
        article=known,
        title=row.state.title,
        home=around.site.url,
        site_keys=around.site_keys,
        post_keys=around.post_keys - {row.key},
        facts=around.facts,
        home_blocks=around.home_blocks,
        listing_blocks=around.listing_blocks,
    )


def beside_front(
    around: Surroundings, row: PostRow, known: Article | None, seeing: Seeing, front: Page
) -> Seeing:
    """A look that told nothing, judged once more with the host's front page for the site's home: a blog
    below it may show that page in a post's place."""
    there = replace(around, home_blocks=front.blocks)
    verdict = judge(_case(there, row, known, unpacked(seeing.answer), seeing.page))
    return replace(seeing, verdict=verdict) if verdict.rule == "shows_home" else seeing


async def _followed(ctx: Context, site: SiteConfig, verdict: Verdict, known: Article) -> Verdict:
    """The verdict on a page that sends its reader on by itself (meta refresh, script), its target
    looked at: static generators leave such pages behind when posts move."""
    async with fetched(ctx, site, verdict.moved_to) as answer:
        page = await read_answer(ctx, site, answer)
    told = judge(Case(answer=answer, page=page, url=verdict.moved_to, article=None, home=site.url))
    if told.rule in _SAYS_NOTHING or told.wall:
        # As for a redirect: what cannot be seen there proves nothing of the post.
        why = f"{verdict.why}, and there {told.why}"
        return Verdict(Seen.UNCLEAR, verdict.rule, why, wall=told.wall)
    if answer.status != 200 or page is None or not same_article(known, page.article):
        return verdict
    there = answer.final_url or answer.url
    return Verdict(
        seen=Seen.ELSEWHERE,
        rule=verdict.rule,
        why=f"the page sends its readers on to {there}, where the same article stands",
        moved_to=there,
    )


async def look_at_page(
    ctx: Context, around: Surroundings, url: str, *, again: bool = False
) -> Seeing:
    """One look at a control page (home, made-up URL), judged as a page never seen before. `again`: it is
    looked at in every pass, and read anew only where it stands otherwise."""
    async with fetched(ctx, around.site, url) as answer:
        remembered = again and answer.body and answer.failure is None
        read = read_control if remembered else read_answer
        page = await read(ctx, around.site, answer)
        verdict = judge(Case(answer=answer, page=page, url=url, article=None, home=around.site.url))
        return Seeing(await packed_if_large(answer), page, verdict)


#: Headers that say when an answer was given, of which no verdict asks.
_WHEN = frozenset({"date", "age", "expires"})
#: Rules of an answer that could not be had: ours or the server's trouble.
_SAYS_NOTHING = frozenset({"no_answer", "server_error", "try_again"})
