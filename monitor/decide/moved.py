"""Has a missing article come up elsewhere on the site? A move told from a copy, from a namesake and
from the next post of a series.

What stands on many posts of the site alike says nothing; nor do title and text where the site has
other posts as like (weekly notes): then only the same date or the very same text does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from ..read.alike import likeness
from ..read.article import Article
from ..read.article.normal import count_words
from ..values import replace
from .furniture import masked

#: Same article, lightly edited or in another template. Two different posts of one blog stay under
#: 0.3 even with the same boilerplate; a moved post that lost a paragraph stays over 0.8.
SAME_ARTICLE = 0.75
#: With the same headline the text may have changed more.
SAME_TITLE_ARTICLE = 0.5
#: Under this many words only the whole text alike is proof; and so it is under another date.
SHORT = 30
ALIKE = 0.9
#: Among posts that are made alike, but for what a template adds.
VERY_SAME = 0.98
#: Two posts of a series share at least this much of their text, or the title but for its numbers.
SERIES = 0.5
#: Time zones, and templates that say when a post was last saved.
ONE_DATE = timedelta(days=2)


def same_article(
    a: Article, b: Article, *, common: Collection[str] = (), series: bool = False
) -> bool:
    """Whether two pages hold the same article. An empty or very short text is no proof of it.

    `common` are block keys that stand on many posts; `series` says that others are made like this.
    """
    mine, other = _own(a, common), _own(b, common)
    thin = min(_size(mine), _size(other)) < SHORT
    if thin:
        mine, other = a, b
    like = likeness(mine, other)
    titled = bool(a.title) and a.title == b.title
    days = _days_between(a, b)
    if series and days != timedelta(0):
        return like >= VERY_SAME
    if min(a.words, b.words) < SHORT:
        return titled and like >= ALIKE
    if thin or (days is not None and days > ONE_DATE):
        return like >= ALIKE
    return like >= (SAME_TITLE_ARTICLE if titled else SAME_ARTICLE)


def is_series(article: Article, other: Article) -> bool:
    """Whether another post of the site is made like this one: a title that differs in its numbers at
    most, and much of the text."""
    named = masked(article.title.casefold()) == masked(other.title.casefold())
    return (named and likeness(article, other) >= SERIES / 2) or likeness(article, other) >= SERIES


def find_twin(
    article: Article,
    candidates: Sequence[tuple[str, Article]],
    *,
    common: Collection[str] = (),
    series: bool = False,
) -> str:
    """The URL of the candidate that holds the same article most alike; "" for none.

    Candidates are posts first seen after this one was last seen: an older one is a copy.
    """
    best, where = 0.0, ""
    for url, other in candidates:
        if same_article(article, other, common=common, series=series):
            like = likeness(article, other)
            if like > best:
                best, where = like, url
    return where


def _own(article: Article, common: Collection[str]) -> Article:
    """The article without what stands on many posts alike."""
    if not common:
        return article
    own = tuple(b for b in article.blocks if b.key not in common and masked(b.key) not in common)
    return replace(article, blocks=own)


def _size(article: Article) -> int:
    return sum(count_words(b.key) for b in article.blocks)


def _days_between(a: Article, b: Article) -> timedelta | None:
    """How far apart the dates of publication are; None where one has none."""
    try:
        one, other = (
            date.fromisoformat(a.published_at[:10]),
            date.fromisoformat(b.published_at[:10]),
        )
    except ValueError:
        return None
    return abs(one - other)
