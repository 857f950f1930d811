"""Home page to feeds, sitemaps and listings: for `add`, and once a day for what a config leaves out."""

from __future__ import annotations

from msgspec import Struct

from ..config import SiteConfig
from ..model import Answer, Form
from ..read.listing import Listing
from ..read.robots import Robots
from ..read.urls import canonical_key, same_site
from .asking import fetched
from .context import Context
from .parse import ParseFailed
from .sources import Hints, read_source


class Found(Struct, frozen=True):
    """A source that was found and could be read."""

    form: Form
    url: str
    listing: Listing


async def find(
    ctx: Context, site: SiteConfig, home: Answer, robots: Robots, wanted: frozenset[Form]
) -> list[Found]:
    """The sources of a site that answer and list posts, best first, at most two of a form.

    Asks what the home page and robots.txt name first; usual addresses are guessed only for a form
    of which nothing was named.
    """
    from ..read.listing.discover import find_sources, guesses

    named: list[tuple[Form, str]] = []
    if home.body:
        kind = home.header("content-type")
        try:
            named += await ctx.parser.call(
                find_sources, home.body, home.final_url or home.url, kind
            )
        except ParseFailed:
            named = []
    named += [(Form.SITEMAP, u) for u in robots.sitemaps if same_site(u, site.url)]
    named.append((Form.LISTING, site.url))
    found: list[Found] = []
    tried: set[str] = set()
    for candidates in (named, guesses(site.url)):
        for form, url in candidates:
            key = f"{form} {canonical_key(url)}"
            if form not in wanted or key in tried or sum(f.form is form for f in found) >= 2:
                continue
            if candidates is not named and any(f.form is form for f in found):
                continue
            tried.add(key)
            known = tuple(e.url for f in found if f.form is Form.FEED for e in f.listing.entries)
            listing = await _try(ctx, Hints(site, known), form, url)
            if listing is not None:
                found.append(Found(form, url, listing))
    return found


async def _try(ctx: Context, hints: Hints, form: Form, url: str) -> Listing | None:
    async with fetched(ctx, hints.site, url) as answer:
        if answer.failure is not None or answer.status != 200:
            return None
        listing = await read_source(ctx, hints, form, answer)
    return None if listing.broken else listing
