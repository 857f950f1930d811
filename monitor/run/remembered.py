"""Control pages read once: one whose bytes say what they said is had from the database, not from a reader."""

from __future__ import annotations

import hashlib
from functools import cache

from sqlalchemy import Connection

from .. import __version__
from ..config import SiteConfig
from ..model import Answer
from ..read.article import EXTRACTOR
from ..read.page import Page
from ..store import read_pages
from ..store.columns import short
from ..store.forget import barred
from ..store.traces import links_to, paths_of
from .asking import parsed, unread
from .context import Context

#: Bytes of a page that takes a few milliseconds to be settled.
_LARGE = 2**18


async def read_control(
    ctx: Context, site: SiteConfig, answer: Answer, *, with_article: bool = True
) -> Page:
    """The page of a control page's answer, as `read_page` reads it; unreadable bytes are a page of no HTML."""
    url, kind = answer.final_url or answer.url, answer.header("content-type")
    place = short(site.name, url, with_article)
    ours = (kind, __version__, EXTRACTOR, site.content, tuple(site.ignore))
    exact = short(hashlib.sha256(answer.body).hexdigest(), *ours)

    @cache
    def settled() -> str:
        from ..read.settled import settled_hash  # here: mostly the very bytes are known

        return short(settled_hash(answer.body), *ours)

    # To settle a page that stands otherwise takes ten times as long as to read what was kept.
    known = await ctx.store.aread(
        lambda conn: read_pages.read_page(conn, place, exact, settled),
        long=len(answer.body) > _LARGE,
    )
    if known is not None and not ctx.in_full:
        return known
    page = await parsed(ctx, site, answer, with_article=with_article)
    if page is None:
        return unread(answer)  # and tried again the next time

    def write(conn: Connection) -> None:
        # What shows the headline of a post that was erased is not remembered.
        if not any(links_to(answer.body, paths_of(urls)) for urls in barred(conn).values()):
            read_pages.keep_page(conn, place, (settled(), exact), page, ctx.clock())

    await ctx.store.awrite(write)
    return page
