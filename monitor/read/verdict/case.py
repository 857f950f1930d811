"""What does a verdict know? A `Case` goes in: one look, and all that is known of post and site.

The derived facts (how much of the known article stands in the page, what of the page is not the
site's chrome) are worked out once, when the first rule asks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from ...values import replace
from ..alike import contained, likeness
from ..article import Article, Block, BlockKind
from .alike import place, same_title
from .given import Given
from .said import Verdict
from .signs import fold, saying, title_parts, total_weight, weight

#: The article is there: so much of its words stands in the page, or the two articles are so alike.
#: An edit that leaves less is told apart by title, date and opening (present.py).
STANDS = 0.6
ALIKE = 0.5
#: Where title, date and author are others', two posts of one house style are not taken for one.
SURELY_ALIKE = 0.7
#: The article is gone: no more of its prose stands in the page.
GONE = 0.3
#: Below this many words a text proves little: a teaser may hold all of it.
TINY = 30


class Case(Given, frozen=True):
    """A look, and how the page compares with the known article."""

    # ---- the known article

    @cached_property
    def known(self) -> Article | None:
        """The last good article without furniture, unless little would be left of it."""
        return None if self.article is None else self._bare(self.article)

    def _bare(self, article: Article) -> Article:
        furniture = self.facts.furniture
        kept = tuple(b for b in article.blocks if b.key not in furniture)
        if len(kept) == len(article.blocks):
            return article
        words = total_weight(b.key for b in kept)
        if words < 0.2 * total_weight(b.key for b in article.blocks):
            return article
        return replace(article, blocks=kept, words=words)

    @cached_property
    def prose(self) -> tuple[Block, ...]:
        """The known article's blocks of running text; all of its blocks where it has little prose."""
        if self.known is None:
            return ()
        kinds = (BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.ITEM)
        prose = tuple(b for b in self.known.blocks if b.kind in kinds and weight(b.key) >= 8)
        total = total_weight(b.key for b in self.known.blocks)
        return prose if total_weight(b.key for b in prose) >= 0.4 * total else self.known.blocks

    @cached_property
    def known_weight(self) -> int:
        """Words of the known article, furniture left out."""
        return total_weight(b.key for b in self.known.blocks) if self.known else 0

    @cached_property
    def standing(self) -> float:
        """Share of the known article's words that stand in the page, 0…1."""
        if self.known is None or self.page is None or not self.known.blocks:
            return 0.0
        return contained(self.known, self.page.blocks)

    @cached_property
    def prose_standing(self) -> float:
        """Share of the known article's prose that stands in the page, 0…1."""
        if self.known is None or self.page is None or not self.prose:
            return 0.0
        prose = replace(
            self.known, blocks=self.prose, words=total_weight(b.key for b in self.prose)
        )
        return contained(prose, self.page.blocks)

    @cached_property
    def alike(self) -> float:
        """Likeness of the known article and the page's, furniture left out of both."""
        if self.known is None or self.page is None or not self.known.blocks:
            return 0.0
        found = self.page.article
        kept = tuple(b for b in found.blocks if b.key not in self.facts.furniture)
        return likeness(self.known, replace(found, blocks=kept)) if kept else 0.0

    @cached_property
    def stands(self) -> bool:
        """Whether the known article is in the page, though its words may differ."""
        if self.page is None or self.article is None or self.error_headed:
            return False
        if self.known_weight < TINY:
            if not self.title_stays:
                return self.known_weight >= 8 and self.alike >= 0.9 and self.canonical_stays
            return self.known_weight < 8 or self.standing >= ALIKE or self.alike >= ALIKE
        if self.another:
            return self.standing >= STANDS and self.alike >= SURELY_ALIKE
        return self.standing >= STANDS or self.alike >= ALIKE

    @cached_property
    def gone(self) -> bool:
        """Whether next to nothing of the known article's text is in the page."""
        return self.article is not None and not self.stands and self.prose_standing < GONE

    @cached_property
    def end_gone(self) -> bool:
        """Whether the last of the known article's prose is not in the page."""
        if self.page is None or not self.prose:
            return False
        return self.prose[-1].key not in frozenset(self.page.blocks)

    # ---- its name

    @cached_property
    def title_stays(self) -> bool:
        """Whether a heading or the title of the page is the post's."""
        if self.page is None:
            return False
        heads = [*self.page.h1, self.page.article.title]
        if any(same_title(t, h) for t in self.known_titles for h in heads if h):
            return True
        # <title> alone proves nothing where the heading says something else
        if any(h and fold(h) not in self.chrome_folded for h in self.page.h1):
            return False
        return any(
            same_title(t, part) for t in self.known_titles for part in title_parts(self.page.title)
        )

    @cached_property
    def error_headed(self) -> bool:
        """Whether a heading says "not found" where the post's title stood.

        Of an article so named by its editors the text would be there in full; of one whose text was
        mistaken for a part of the chrome nothing is known.
        """
        if self.page is None or self.title_stays:
            return False
        said = saying("not_found")
        if not any(h in self.heads and said.titled(h) for h in self.page.h1):
            return False
        return self.standing < 0.9 or bool(said.titled(self.page.title))

    @cached_property
    def same_date(self) -> bool:
        """Whether page and known article bear one date of publication."""
        return bool(self._dates[0]) and self._dates[0] == self._dates[1]

    @cached_property
    def same_author(self) -> bool:
        """Whether page and known article name one author."""
        return bool(self._authors[0]) and self._authors[0] == self._authors[1]

    @property
    def _dates(self) -> tuple[str, str]:
        if self.page is None or self.article is None:
            return "", ""
        return self.page.article.published_at[:10], self.article.published_at[:10]

    @property
    def _authors(self) -> tuple[str, str]:
        if self.page is None or self.article is None:
            return "", ""
        return fold(self.page.article.byline), fold(self.article.byline)

    @cached_property
    def other_date(self) -> bool:
        """Whether page and known article bear different dates."""
        return all(self._dates) and not self.same_date

    @cached_property
    def another(self) -> bool:
        """Whether title, date and author (or canonical) all say that this is another article."""
        if self.page is None or self.title_stays or not self.other_date:
            return False
        other_author = all(self._authors) and not self.same_author
        return other_author or (bool(self.page.canonical) and not self.canonical_stays)

    @cached_property
    def canonical_stays(self) -> bool:
        """Whether the page names itself as the post."""
        if self.page is None or not self.page.canonical:
            return False
        places = {place(self.url)}
        if self.article and self.article.canonical:
            places.add(place(self.article.canonical))
        return place(self.page.canonical) in places

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """<title> and each h1, but for those that say what the post's own title says."""
        if self.page is None:
            return ()
        heads = (self.page.title, *self.page.h1)
        return tuple(h for h in heads if h.strip() and fold(h) not in self.known_titles)

    @cached_property
    def in_site_dress(self) -> bool:
        """Whether the page wears the site's layout, or bears an article's date or author.

        A wall, a consent page or a host's own notice does neither. True where no other page of the
        site is known.
        """
        if self.page is None:
            return False
        if self.page.article.declared & {"published_at", "author"}:
            return True
        return not self.chrome or any(b in self.chrome for b in self.page.blocks)

    @cached_property
    def article_like(self) -> bool:
        """At a first look: whether the page presents itself as the article a source announced."""
        if self.page is None:
            return False
        found = self.page.article
        if self.title and self.title_stays and not saying("not_found").titled(self.title):
            return True
        declared = bool({"published_at", "author"} & found.declared)
        return declared and (self.page.og_type == "article" or bool(found.published_at))


Rule = Callable[[Case], Verdict | None]
