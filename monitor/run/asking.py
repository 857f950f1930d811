"""Asking a URL of a site, with the site's own headers, and reading the page of the answer."""

from __future__ import annotations

import logging
from contextlib import AbstractAsyncContextManager

from ..config import SiteConfig
from ..fetch import Ask
from ..fetch.large import InHand
from ..model import Answer, Headers
from ..read.page import Page, read_page
from ..read.urls import same_site
from .context import Context
from .parse import ParseFailed

log = logging.getLogger("postwatch.look")


async def fetch_page(
    ctx: Context, site: SiteConfig, url: str, *, etag: str = "", last_modified: str = ""
) -> Answer:
    """What a URL of a site answers, asked with the site's own headers where it is on the site's domain."""
    async with fetched(ctx, site, url, etag=etag, last_modified=last_modified) as answer:
        return answer


def fetched(
    ctx: Context, site: SiteConfig, url: str, *, etag: str = "", last_modified: str = ""
) -> AbstractAsyncContextManager[Answer]:
    """As `fetch_page`, for an answer that is read here and then let go: a large one keeps others
    waiting that long. Never one within another."""
    hand = InHand(ctx.large)
    return _Fetched(ctx, Ask(url, etag, last_modified, own_headers(site, url), hand), hand)


class _Fetched:
    """The answer to one question, in hand until it has been read."""

    __slots__ = ("_ask", "_ctx", "_hand")

    def __init__(self, ctx: Context, ask: Ask, hand: InHand) -> None:
        self._ctx, self._ask, self._hand = ctx, ask, hand

    async def __aenter__(self) -> Answer:
        try:
            return await self._ctx.fetcher.fetch(self._ask)
        except BaseException:
            self._hand.end()
            raise

    async def __aexit__(self, *raised: object) -> None:
        self._hand.end()


def own_headers(site: SiteConfig, url: str) -> Headers:
    """The headers of the config that may be sent to a URL: feeds, sitemaps and moves name any host they
    like, and the secrets of a site are not for it; nor for http where the site is on https."""
    if not site.headers:
        return ()
    clear = site.url.startswith("https:") and not url.startswith("https:")
    if clear or not same_site(site.url, url):
        return ()
    return tuple((name, value.reveal()) for name, value in site.headers.items())


async def read_answer(ctx: Context, site: SiteConfig, answer: Answer) -> Page | None:
    """The page of an answer; None where there is no body. Unreadable bytes are a page of no HTML."""
    if not answer.body or answer.failure is not None:
        return None
    return await parsed(ctx, site, answer) or unread(answer)


async def parsed(
    ctx: Context, site: SiteConfig, answer: Answer, *, with_article: bool = True
) -> Page | None:
    """What a reader finds in an answer's bytes; None, and a line in the log, where it could not read them."""
    url = answer.final_url or answer.url
    try:
        return await ctx.parser.call(
            read_page,
            answer.body,
            url,
            answer.header("content-type"),
            content=site.content,
            ignore=tuple(site.ignore),
            with_article=with_article,
        )
    except ParseFailed as e:
        log.warning("url=%s could not be read: %s", url, e)
        return None


def unread(answer: Answer) -> Page:
    """The page of bytes that could not be read: no HTML."""
    return Page(url=answer.final_url or answer.url, is_html=False)
