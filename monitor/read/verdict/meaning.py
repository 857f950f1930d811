"""What each rule means, in one sentence: for histories and docs, so that a verdict can be checked.

A rule's sentence is the first of its function's docstring. Where one rule gives names of its own to
what it found (`redirect` says `redirect_home`), those stand here.
"""

from __future__ import annotations

import re

from . import RULES

#: name an answer was given under -> (the rule that gives it, what it means)
VARIANTS: dict[str, tuple[str, str]] = {
    "try_again": ("server_error", "UNCLEAR: the server asks to come back later (408, 425, 429)."),
    "parked": ("default_page", "UNCLEAR: the domain is parked, suspended or for sale."),
    "moved": ("redirect", "ELSEWHERE: a redirect leads to the same article."),
    "redirect_home": ("redirect", "MISSING: the reader is sent to the home page."),
    "redirect_listing": ("redirect", "MISSING: the reader is sent to a list of posts."),
    "redirect_other_post": ("redirect", "MISSING: the reader is sent to another post."),
    "redirect_login": ("redirect", "MISSING: the reader is sent to a login."),
    "redirect_sink": ("redirect", "MISSING: the reader is sent where other lost posts are sent."),
    "redirect_error_page": ("redirect", "MISSING: the reader is sent to an error page."),
    "redirect_other_page": (
        "redirect",
        "MISSING: the reader is sent to a page that is not the article.",
    ),
    "interstitial": ("redirect", "UNCLEAR: a page stands before the post that leads back to it."),
    "namesake": ("redirect", "UNCLEAR: the reader is sent to an article of the same title only."),
    "first_redirect": ("redirect", "UNCLEAR: the first look was sent to no article."),
    "reload": ("refresh", "UNCLEAR: the page only loads itself again."),
    "refresh_login": ("refresh", "MISSING: the page sends its reader to a login."),
    "refresh_away": (
        "refresh",
        "MISSING: the page sends its reader to the home page or a listing.",
    ),
    "refresh_elsewhere": ("refresh", "MISSING: the page sends its reader to another page."),
    "other_country": ("elsewhere_only", "UNCLEAR: it is not shown where we look from."),
    "temporary": ("elsewhere_only", "UNCLEAR: the page says that this is for now."),
    "tombstone_plain": (
        "tombstone",
        "MISSING: the text is gone, and a few other words stand under its title.",
    ),
}
#: What a look is called (`Seen`), in words.
_CALLED = {
    "PRESENT": "there",
    "SAME": "there, unchanged",
    "MISSING": "gone",
    "ELSEWHERE": "at another address",
    "UNCLEAR": "cannot be told",
}
#: Looks at pages that are no posts.
OTHERS: dict[str, str] = {
    "robots": "The site's robots.txt was read.",
    "source_read": "The feed, sitemap or listing was read.",
    "source_broken": "The feed, sitemap or listing could not be read as one.",
}


def sentence(rule: str) -> str:
    """What a rule means, by the name that looks bear; "" for a name that no rule gives (any more)."""
    if rule in VARIANTS:
        return VARIANTS[rule][1]
    if rule in OTHERS:
        return OTHERS[rule]
    return next((_first(fn.__doc__) for name, fn in RULES if name == rule), "")


def plainly(rule: str) -> str:
    """`sentence` for who has not read the code: what a look is called stands in words."""
    return re.sub(r"\b[A-Z]{4,}\b", lambda m: f"“{_CALLED.get(m[0], m[0])}”", sentence(rule))


def table() -> tuple[tuple[str, str], ...]:
    """(name, sentence) of each rule in the order they are tried, its own variants behind it."""
    rows: list[tuple[str, str]] = []
    for name, fn in RULES:
        rows.append((name, _first(fn.__doc__)))
        rows += [(v, said) for v, (of, said) in VARIANTS.items() if of == name]
    return tuple(rows)


def _first(doc: str | None) -> str:
    return " ".join((doc or "").strip().split("\n\n")[0].split())
