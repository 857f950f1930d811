"""Has a missing article come up elsewhere on the site? A move told from a copy and from a namesake."""

from __future__ import annotations

from collections.abc import Sequence

from ..read.article import Article
from ..read.compare import likeness

#: Same article, lightly edited or in another template. Two different posts of one blog stay under
#: 0.3 even with the same boilerplate; a moved post that lost a paragraph stays over 0.8.
SAME_ARTICLE = 0.75
#: With the same headline the text may have changed more.
SAME_TITLE_ARTICLE = 0.5
#: Under this many words only the whole text alike is proof.
SHORT = 30


def same_article(a: Article, b: Article) -> bool:
    """Whether two pages hold the same article. An empty or very short text is no proof of it."""
    like = likeness(a, b)
    if min(a.words, b.words) < SHORT:
        return bool(a.title) and a.title == b.title and like >= 0.9
    if a.title and a.title == b.title:
        return like >= SAME_TITLE_ARTICLE
    return like >= SAME_ARTICLE


def find_twin(article: Article, candidates: Sequence[tuple[str, Article]]) -> str:
    """The URL of the candidate that holds the same article most alike; "" for none.

    Candidates are posts first seen after this one was last seen: an older one is a copy.
    """
    best, where = 0.0, ""
    for url, other in candidates:
        if same_article(article, other):
            like = likeness(article, other)
            if like > best:
                best, where = like, url
    return where
