"""Does another article stand at the post's URL, or is there nothing to judge by?

A rewrite under the same title, or of the same date and author, is an edit. A whole page in another
language, or one without text, proves nothing.
"""

from __future__ import annotations

from ...model import Reason
from ..urls import canonical_key
from .alike import strange_title
from .case import SURELY_ALIKE, Case
from .redirects import is_other_language
from .said import Verdict, clipped, missing, unclear
from .signs import fold, phrases, total_weight

#: Another article: its text shares no more with the known one than any two of a site do.
STRANGE = 0.15
NOTHING = 0.05
#: With another date beside another title, shared boilerplate weighs less.
SHARED = 0.4
#: It must be an article: a few sentences at least.
ENOUGH = 30
#: A page with fewer words of its own shows no text.
NO_TEXT = 8


def other_post(case: Case) -> Verdict | None:
    """MISSING where the URL shows another post of the site."""
    page = case.page
    if page is None or case.first or not page.canonical or case.canonical_stays:
        return None
    if case.title_stays or canonical_key(page.canonical) not in case.post_keys:
        return None
    if case.standing >= SURELY_ALIKE and case.alike >= SURELY_ALIKE:
        return None
    return missing(
        "shows_other_post",
        Reason.REPLACED,
        f"its URL shows another post ({clipped(page.canonical)})",
    )


def replaced(case: Case) -> Verdict | None:
    """MISSING where another article stands: other title, other text, other date or author."""
    page = case.page
    if page is None or case.first or case.stands or case.title_stays or is_other_language(case):
        return None
    if not case.in_site_dress:
        return None  # no page of this site: what stands there may be anybody's, for now
    title = page.article.title or next(iter(case.heads), "")
    if not title:
        return None
    if total_weight(b.key for b in page.article.blocks) < ENOUGH or case.new_weight < ENOUGH:
        return None
    share = max(case.alike, case.standing, case.prose_standing)
    if (
        case.same_date and case.same_author
    ):  # a rewrite, unless nothing at all is left, title included
        if share >= NOTHING or not all(strange_title(t, title) for t in case.known_titles):
            return None
    if not case.another and share >= (SHARED if case.other_date else STRANGE):
        return None
    return missing(
        "replaced", Reason.REPLACED, f"another article stands at its URL: “{clipped(title)}”"
    )


def other_language(case: Case) -> Verdict | None:
    """UNCLEAR where the page is in another language than the article was."""
    if case.stands or case.first or not is_other_language(case):
        return None
    assert case.page is not None
    language = case.page.article.language or case.page.language
    return unclear("other_language", f"the page is in another language ({clipped(language, 12)})")


def no_text(case: Case) -> Verdict | None:
    """UNCLEAR where the article had text and the page shows next to none: a shell awaiting its script."""
    page = case.page
    if page is None or case.stands or case.first or case.known_weight < NO_TEXT:
        return None
    waiting = any(phrases("loading").titled(t) for t in (*case.own_folded, *map(fold, page.h1)))
    if case.prose_standing >= 0.05:
        return None
    if page.words < NO_TEXT or case.own_weight < 3 or (waiting and case.new_weight < ENOUGH):
        return unclear("no_text", "the page shows next to no text")
    return None


def unrecognised(case: Case) -> Verdict | None:
    """UNCLEAR: neither the article nor anything known to stand for its absence."""
    return unclear(
        "unrecognised", "the article is not recognised in the page, nor what stands there instead"
    )
