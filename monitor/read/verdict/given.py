"""What is a verdict given? One look at a post, what is known of post and site, the page less its chrome."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct, field

from ...model import Answer, SiteFacts
from ..article import Article
from ..page import Page
from ..urls import canonical_key, is_home, looks_like_home_of
from .alike import last_segment, place
from .signs import fold, total_weight


class Given(Struct, frozen=True, dict=True):  # cached_property needs the instance's dictionary
    """One look at a post, and all that is known of the post and its site."""

    answer: Answer
    page: Page | None  #: None where there is no HTML body
    url: str  #: the post's
    article: Article | None = None  #: the last good one; None at the first look
    held: bool = False  #: there is one, though it is not at hand: what is as it was needs none
    title: str = ""  #: as a source gave it
    same_bytes: bool = False  #: the body is that of the last good look
    same_text: bool = False  #: it differs from it in nothing that is the article's (read/still.py)
    home: str = ""  #: the site's URL
    site_keys: frozenset[str] = frozenset()  #: canonical keys of home, listings, feeds
    post_keys: frozenset[str] = frozenset()  #: canonical keys of the site's other posts
    facts: SiteFacts = field(default_factory=SiteFacts)
    home_blocks: tuple[str, ...] = ()  #: blocks of the home page in this pass
    listing_blocks: tuple[str, ...] = ()

    # ---- addresses

    @cached_property
    def final(self) -> str:
        """The URL that gave the answer."""
        return self.answer.final_url or self.answer.url or self.url

    @cached_property
    def redirected(self) -> bool:
        """Whether another page answered; slash, scheme and `www.` make no other page."""
        if self.final == self.url:
            return False
        return place(self.final) not in (place(self.url), place(self.answer.url or self.url))

    @cached_property
    def slug(self) -> str:
        """The last part of the post's path, lower case, decoded."""
        return last_segment(self.url)

    @cached_property
    def first(self) -> bool:
        """Whether nothing is known of the article yet."""
        return self.article is None and not self.held

    @cached_property
    def known_titles(self) -> tuple[str, ...]:
        """Folded titles the post is known by."""
        named = (self.article.title if self.article else "", self.title)
        return tuple(dict.fromkeys(fold(t) for t in named if t.strip()))

    # ---- the page without its chrome

    @cached_property
    def chrome(self) -> frozenset[str]:
        """Block keys that stand on other pages of the site too."""
        return self.facts.furniture.union(self.home_blocks, self.listing_blocks)

    @cached_property
    def chrome_folded(self) -> frozenset[str]:
        """`chrome`, folded."""
        return frozenset(fold(block) for block in self.chrome)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Blocks of the page that are neither chrome nor the known article's."""
        if self.page is None:
            return ()
        known = frozenset(b.key for b in self.article.blocks) if self.article else frozenset()
        return tuple(
            b
            for b in self.page.blocks
            if b not in self.chrome and b not in known and fold(b) not in self.known_titles
        )

    @cached_property
    def own_folded(self) -> tuple[str, ...]:
        """`own`, folded for phrases."""
        return tuple(fold(block) for block in self.own)

    @cached_property
    def own_weight(self) -> int:
        """Words in `own`."""
        return total_weight(self.own)

    @cached_property
    def text_folded(self) -> tuple[str, ...]:
        """Folded blocks of the extracted article and of `own`: where a notice may stand."""
        if self.page is None:
            return ()
        known = frozenset(b.key for b in self.article.blocks) if self.article else frozenset()
        extracted = (fold(b.key) for b in self.page.article.blocks if b.key not in known)
        return tuple(dict.fromkeys((*self.own_folded, *extracted)))

    @cached_property
    def new_weight(self) -> int:
        """Words of what was extracted and is neither the known article's nor furniture.

        Where nothing was extracted, or what was extracted is the site's chrome, the page's own blocks.
        """
        if self.page is None:
            return 0
        known = frozenset(b.key for b in self.article.blocks) if self.article else frozenset()
        found = [b.key for b in self.page.article.blocks]
        fresh = [k for k in found if k not in known and k not in self.facts.furniture]
        return total_weight(fresh) if fresh else self.own_weight

    @cached_property
    def body_lower(self) -> bytes:
        """The first 200,000 bytes of the body in lower case, for signatures."""
        return self.answer.body[:200_000].lower()

    def site_place(self, url: str) -> str:
        """What a URL is to the site: "home", "listing", "post", "sink" or ""."""
        here = canonical_key(url)
        if is_home(url) or (self.home and looks_like_home_of(url, self.home)):
            return "home"
        if self.facts.home_url and place(url) == place(self.facts.home_url):
            return "home"
        if here in self.site_keys:
            return "listing"
        if here in self.post_keys:
            return "post"
        return "sink" if any(place(url) == place(sink) for sink in self.facts.sinks) else ""
