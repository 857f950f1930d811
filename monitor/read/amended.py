"""Which article stands in a page whose paragraphs alone were changed, asked without reading the page anew?

Mostly an edit is a sentence in a paragraph, a paragraph more or one less, and beside it all is as it was: then
the article is the known one with these paragraphs in their places. Asked of the bytes, as in still.py: what
differs beside the paragraphs has to say nothing, but when it was done (redated.py). A doubt is a "no", and the page
is read in full (page.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from ..values import replace
from .amended_blocks import Place, amended_blocks
from .article import Article, Block
from .article.digest import digest_of
from .article.normal import count_words
from .article.notes import find_notes
from .article.told import head_tells
from .page import LEAVES
from .redated import redated
from .still import FAR, LEAST_ARTICLE, is_read_otherwise, pairs_beside, says_nothing, text_of
from .stretch import name_of

#: Of more blocks, or of a longer article in bytes, it is not asked: they are cut (article/extract.py), or take long.
MOST_BLOCKS, LONGEST = 1_000, 400_000
#: So much of the article has to stand as it did: by it a reader finds the article (article/choose.py), and a verdict
#: that it is there (verdict/case.py).
STANDS = 0.6
#: Words of names by which an element is called a byline, or the name of an author (article/byline.py); how many
#: there may be ahead of an article.
SIGNS, MOST_SIGNS = (b"author", b"byline", b"vcard"), 100
#: What says in which language a page is (article/language.py).
_LANGUAGE = re.compile(
    rb"(?i)<html\b[^<>]*\blang\s*=\s*[\"']?[a-z]{2}|[\"'](?:og:locale|inLanguage|content-language)[\"']"
)
#: Elements of which a name is read (article/byline.py) that may have paragraphs in them; bytes of a head.
_NAMED = frozenset((b"div", b"span", b"address", b"li", b"td"))
HEAD = 20_000
#: What ends the last paragraph, behind its text.
_END = re.compile(rb"(?i)(?:</[a-z]+>)*?</(?:p|li)>\s*")


class Amended(Struct, frozen=True):
    """The article of a page whose paragraphs were changed."""

    article: Article
    stretch: tuple[int, int]  #: where in the bytes of the page it stands (stretch.py)


def amended(
    before: bytes, after: bytes, known: Article, stretch: tuple[int, int]
) -> Amended | None:
    """The article that `after` bears, if it certainly is `known`, read from `before`, but for paragraphs that
    were changed, added or taken out in their places; None where it may not be.

    `stretch` is `stretch_of` the first two. Both pages are UTF-8. What it returns is what reading both in full, and
    what did not change there as it was (steady.py), comes to.
    """
    if known.selectors or "published_at" not in known.declared:
        return None
    if not 0 < len(known.blocks) <= MOST_BLOCKS or is_read_otherwise(before, after):
        return None
    if _LANGUAGE.search(before[:HEAD]) is None:
        return None  # it is told by the text
    place = _place(before, after, stretch)
    if place is None or _is_within_a_byline(before[: place[0]]):
        return None
    blocks = amended_blocks(before, after, place, known)
    if not blocks or not _stands(known, blocks, before[: place[0]]):
        return None
    modified = _beside(before, after, place, known)
    if modified is None:
        return None
    found = replace(
        known,
        blocks=tuple(blocks),
        modified_at=modified,
        notes=find_notes(blocks),
        words=known.words + _more_words(known, blocks),
    )
    # With less text readers follow scripts, or look for the article in them (article/embedded.py).
    if found.words < LEAVES or len(text_of(found)) < LEAST_ARTICLE:
        return None
    return Amended(replace(found, digest=digest_of(found)), place[2:])


# ---------------------------------------------------------------- where it stands


def _place(before: bytes, after: bytes, stretch: tuple[int, int]) -> Place | None:
    """Where the article stands in both, the end of its last paragraph with it: as many tags stand ahead of it, and
    behind it, in one as in the other."""
    start, end = stretch
    tail = _END.match(before, end)
    end = tail.end() if tail else end
    if end - start > LONGEST or before[start : start + 1] != b"<":
        return None
    ahead, behind = before.count(b"<", 0, start), before.count(b"<", end)
    if before[end : end + 1] != b"<":
        return None  # where a page ends with its article, none is known to be whole
    first, last = after.split(b"<", ahead + 1), after.rsplit(b"<", behind)
    if len(first) != ahead + 2 or len(last) != behind + 1:
        return None
    now_start, now_end = len(after) - len(first[-1]) - 1, len(last[0])
    return (start, end, now_start, now_end) if 0 < now_end - now_start <= LONGEST else None


def _is_within_a_byline(ahead: bytes) -> bool:
    """Whether the article may stand in an element of which a name is read: one that has not ended ahead of it."""
    ahead = ahead.lower()
    if sum(map(ahead.count, SIGNS)) > MOST_SIGNS:
        return True
    for sign in SIGNS:
        at = ahead.find(sign)
        while at >= 0:
            start, end = ahead.rfind(b"<", 0, at) + 1, ahead.find(b">", at)
            if start and ahead.find(b">", start, at) < 0:
                name = name_of(ahead[start:at])
                behind = ahead[end:] if end >= 0 else b""
                if name in _NAMED and not _ends(name, behind):
                    return True
            at = ahead.find(sign, at + 1)
    return False


def _ends(name: bytes, behind: bytes) -> bool:
    """Whether an element of that name, whose tag stands ahead, ends there."""
    depth = 1
    for found in re.finditer(rb"<(/?)%b(?=[\s>/])" % name, behind):
        depth += -1 if found[1] else 1
        if depth == 0:
            return True
    return False


def _stands(known: Article, blocks: Sequence[Block], ahead: bytes) -> bool:
    """Whether enough of the article stands as it did, and what was read near the headline is near it still."""
    if min(len(known.blocks), len(blocks)) < FAR and len(known.blocks) != len(blocks):
        told = head_tells(ahead) or b"datePublished" in ahead or b"<time" in ahead
        if not told or not known.byline or known.byline.encode() not in ahead:
            return False
    was = Counter(b.key for b in known.blocks)
    stayed = (was & Counter(b.key for b in blocks)).elements()
    return sum(map(len, stayed)) >= STANDS * sum(len(b.key) for b in known.blocks)


def _more_words(known: Article, blocks: Sequence[Block]) -> int:
    was, now = Counter(b.text for b in known.blocks), Counter(b.text for b in blocks)
    return sum(map(count_words, (now - was).elements())) - sum(
        map(count_words, (was - now).elements())
    )


def _beside(before: bytes, after: bytes, place: Place, known: Article) -> str | None:
    """When the article says it was changed, if what differs beside it says nothing else; None where it may."""
    pairs = pairs_beside(before, after, known, place[:2], place[2:])
    if pairs is None:
        return None
    if not pairs:
        return known.modified_at
    said = redated(pairs, before, known)
    if said is None:
        return None
    modified, left = said
    quiet = not left or says_nothing(left, known, text_of(known), told=head_tells(before))
    return modified if quiet else None
