"""A page read again in the light of the version before it: same charset, same bounds of the article.

Costs a second reading, so it is done only where the first one found another article than is known.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ..config import SiteConfig
from ..model import Answer
from ..read.article import Article
from ..read.article.charset import decode_html
from ..read.article.normal import key
from ..read.page import MOST_BLOCKS, Page, Texts, read_beside, read_page
from ..store import snapshots
from ..store.rows import PostRow
from ..values import replace
from .asking import read_answer
from .context import Context
from .parse import ParseFailed

#: Bytes of a page, and of the page as it was, that are read at one go.
LARGEST_BESIDE = 500_000
#: Characters, and texts, of both pages and articles that are compared at once: some milliseconds. More are, in
#: a thread.
AT_ONCE, MANY_BLOCKS = 200_000, 1_000


async def read_alike(
    ctx: Context, site: SiteConfig, row: PostRow, page: Page, known: Article
) -> Article | None:
    """The last version's article, read anew with the selectors that the page was read with; None where it
    was read with them, or says the same. A rule put into the config is a change of ours, not of theirs.
    What was read first stays in the database: it is what was told."""
    article = page.article
    if article.selectors == known.selectors or article.digest == known.digest:
        return None
    before = await _before(ctx, row)
    if before is None:
        return None
    body, kind = before
    try:
        was = await ctx.parser.call(
            read_page, body, page.url, kind, content=site.content, ignore=tuple(site.ignore)
        )
    except ParseFailed:
        return None
    return was.article


async def in_known_charset(
    ctx: Context, site: SiteConfig, row: PostRow, answer: Answer, page: Page, known: Article
) -> Page:
    """The page read by the charset of its last version, where more of the known text is in it then: a
    server that stops declaring the charset, or declares another, changes no letter."""
    before = await _before(ctx, row)
    if before is None or page.article.digest == known.digest:
        return page
    charset = decode_html(*before)[1]
    if charset in ("utf-8", page.charset):
        return page
    try:
        other = await ctx.parser.call(
            read_page,
            answer.body,
            page.url,
            answer.header("content-type"),
            content=site.content,
            ignore=tuple(site.ignore),
            charset=charset,
        )
    except ParseFailed:
        return page
    keys = {block.key for block in known.blocks}
    return other if _shared(other, keys) > _shared(page, keys) else page


def _shared(page: Page, keys: set[str]) -> int:
    return sum(block.key in keys for block in page.article.blocks)


async def read_post(
    ctx: Context, site: SiteConfig, row: PostRow, answer: Answer, known: Article | None
) -> tuple[Page | None, Texts | None]:
    """The page of an answer as `read_answer` has it; and where its article is not the known one, the texts of
    the page as it was, read at one go. None for those where they must be asked for, should they be needed."""
    before = None if known is None or site.content else await _before(ctx, row)
    there = bool(answer.body) and answer.failure is None
    if known is not None and before is not None and there and _is_small(answer.body, before[0]):
        with suppress(ParseFailed):  # the page as it was may be the reason
            return await ctx.parser.attempt(
                read_beside,
                answer.body,
                answer.final_url or answer.url,
                answer.header("content-type"),
                content=site.content,
                ignore=tuple(site.ignore),
                before=before,
                digest=known.digest,
            )
    return await read_answer(ctx, site, answer), None


def _is_small(*bodies: bytes) -> bool:
    return max(map(len, bodies)) <= LARGEST_BESIDE


async def steadied_page(
    ctx: Context, site: SiteConfig, row: PostRow, page: Page, known: Article, was: Texts | None
) -> Page:
    """The page with its article as its last version was read, where the text did not change there. `was` are
    the texts of the page as it was, if they have been read."""
    if page.article.digest == known.digest or site.content:
        return page
    was = was or await _texts_before(ctx, site, row)
    if was is None:
        return page
    if len(was.blocks) >= MOST_BLOCKS or len(page.blocks) >= MOST_BLOCKS:
        return page  # not all texts of the page are known
    from ..read.steady import steadied  # here: most passes read no page in full

    given = (known, page.article, was.blocks, page.blocks, key(was.description))
    texts = (*was.blocks, *page.blocks, *(b.key for b in (*known.blocks, *page.article.blocks)))
    if len(texts) > MANY_BLOCKS or sum(map(len, texts)) > AT_ONCE:
        article = await asyncio.to_thread(steadied, *given)
    else:
        article = steadied(*given)
    return page if article is page.article else replace(page, article=article)


async def _texts_before(ctx: Context, site: SiteConfig, row: PostRow) -> Texts | None:
    before = await _before(ctx, row)
    if before is None:
        return None
    body, kind = before
    try:
        page = await ctx.parser.call(
            read_page, body, row.state.url, kind, ignore=tuple(site.ignore), with_article=False
        )
    except ParseFailed:
        return None
    return Texts(page.blocks, page.description)


async def _before(ctx: Context, row: PostRow) -> tuple[bytes, str] | None:
    """The bytes and content type of the last look that read the post's present version."""
    version = row.state.snapshot
    if version is None:
        return None
    return await ctx.store.aread(lambda conn: snapshots.latest_bytes(conn, version))
