"""What of a page is furniture and not the article: learned from looks, never from class names.

Two looks moments apart show what is volatile; what stands alike on many posts is the site's, not the
post's. A plain paragraph of the running text is never volatile by its place alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from ..model import SiteFacts
from ..read.article import Article, Block, BlockKind
from ..read.article.digest import digest_of
from ..read.article.normal import key, tokens
from ..read.article.notes import says_so
from ..read.nearest import Bag, Nearest, counted
from ..values import replace

#: On so many different posts of a site a block is furniture.
POSTS_ALIKE = 3
#: A place that changes on so many posts in one pass, and on half of those looked at, is no article's.
POSTS_RESTLESS = 3
#: So many blocks from its title on belong to a teaser.
TEASER = 4
#: Learned furniture kept of a site; more would be a sign that it is not furniture.
MAX_FURNITURE = 2_000
#: A block that came to or went from so many posts in one pass is the template's.
POSTS_AT_ONCE = 3
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_MASKED = "text:"
_AT_ONCE = "at once:"


def masked(text: str) -> str:
    """A block's key with its numbers blanked: what stays of a counter."""
    return _MASKED + _DIGITS.sub("#", text)


def shape_of(block: Block) -> str:
    """What stays of a block that is drawn anew: its numbers blanked, or, where links are half of it, those
    and the place it stands in. "" where nothing in it could be drawn anew."""
    words = [w for w in (key(link.text) for link in block.links) if w]
    if words and 2 * sum(map(len, words)) >= len(block.key):
        text = block.key
        for word in words:
            text = text.replace(word, "§", 1)
        return f"{_MASKED}{block.place}: {_DIGITS.sub('#', text)}"
    return masked(block.key) if _DIGITS.search(block.key) else ""


def own_place(block: Block) -> bool:
    """Whether the block stands in a container of its own, not in the running text."""
    return "." in block.place or "/" in block.place


def settle(before: Article, after: Article, facts: SiteFacts) -> tuple[Article, Article]:
    """Two versions to be compared, without what has been learned to be furniture.

    A block that is volatile now and was plain text before takes its older form out with it; one
    that was volatile and says something else now stays in both, so that the change is seen.
    """
    titles = {key(before.title), key(after.title)}
    old, lost = _parted(before, facts, titles)
    new, gained = _parted(after, facts, titles)
    if not lost and not gained:
        return before, after
    masks_lost, masks_gained = ({shape_of(b) or b.key for b in x} for x in (lost, gained))
    new_keys = {b.key for b in new}
    old = _without_twins(
        old,
        [b for b in old if b.key not in new_keys],
        [b for b in gained if (shape_of(b) or b.key) not in masks_lost],
    )
    old_keys = {b.key for b in old}
    vanished = [b for b in lost if (shape_of(b) or b.key) not in masks_gained]
    index = Nearest(_bags([b for b in new if b.key not in old_keys]) if vanished else ())
    back = [b for b, bag in zip(vanished, _bags(vanished), strict=True) if _may_have(index, bag)]
    kept = {id(b) for b in (*old, *back)}
    return _with(before, [b for b in before.blocks if id(b) in kept]), _with(after, new)


def _without_twins(old: list[Block], loose: list[Block], gained: list[Block]) -> list[Block]:
    """The older blocks without those, of the loose ones, of which the gained furniture is another form."""
    if not gained or not loose:
        return old
    index = Nearest(_bags(loose))
    places: dict[Block, list[int]] = {}
    for n, block in enumerate(loose):
        places.setdefault(block, []).append(n)
    gone: set[int] = set()
    for bag in _bags(gained):
        twin = index.best(bag, last=True)
        if twin is not None:
            first = places[loose[twin]].pop(0)
            index.drop(first)
            gone.add(id(loose[first]))
    return [b for b in old if id(b) not in gone]


def _bags(blocks: Sequence[Block]) -> Iterator[Bag]:
    return (counted(tokens(b.key)) for b in blocks)


def _may_have(index: Nearest, bag: Bag) -> bool:
    """Whether half of its words are shared with one of the index, or there were too many to tell: what is
    not known to be furniture is told."""
    return index.any(bag) is not None or index.spent


def _parted(
    article: Article, facts: SiteFacts, titles: set[str]
) -> tuple[list[Block], list[Block]]:
    """(the article's own blocks, its furniture). What stands on many posts alike is furniture at the
    article's head and foot (company descriptions, copyright lines), and in boxes of its own."""
    blocks = article.blocks
    first, last = 0, len(blocks)
    while first < last and _stands_on_many(blocks[first], facts, titles):
        first += 1
    while last > first and _stands_on_many(blocks[last - 1], facts, titles):
        last -= 1
    own = [b for b in blocks[first:last] if not _is_furniture(b, facts, titles)]
    kept = {id(b) for b in own}
    return own, [b for b in blocks if id(b) not in kept]


def _stands_on_many(block: Block, facts: SiteFacts, titles: set[str]) -> bool:
    """Whether other posts show it too, and not as a teaser of this one."""
    counter = masked(block.key) if block.kind is BlockKind.PARAGRAPH else ""
    if block.key not in facts.furniture and counter not in facts.furniture:
        return False
    if any(_teaser(title, block.key) in facts.furniture for title in titles):
        return False
    return not says_so(block.text)  # a correction made in many posts is a correction of each


def _with(article: Article, blocks: list[Block]) -> Article:
    if len(blocks) == len(article.blocks):
        return article
    settled = replace(article, blocks=tuple(blocks))
    return replace(settled, digest=digest_of(settled))


def _is_furniture(block: Block, facts: SiteFacts, titles: set[str]) -> bool:
    if own_place(block):
        if block.place in facts.volatile and not says_so(block.text):
            return True
        if _stands_on_many(block, facts, titles):
            return True
    if facts.volatile and shape_of(block) in facts.volatile:
        return True
    if not facts.furniture:
        return False
    return _AT_ONCE + block.key in facts.furniture and not says_so(block.text)


def volatile_between(first: Article, second: Article) -> frozenset[str]:
    """Places and masked texts that differ between two looks moments apart, neither of them edited.

    Only blocks that are not in both looks speak; a plain paragraph speaks only if nothing but its
    numbers, or the links that are most of it, differ.
    """
    a = Counter(b.key for b in first.blocks)
    b = Counter(b.key for b in second.blocks)
    lost = [x for x in first.blocks if a[x.key] > b[x.key]]
    new = [x for x in second.blocks if b[x.key] > a[x.key]]
    found: set[str] = set()
    counters = ({shape_of(x) for x in lost} & {shape_of(x) for x in new}) - {""}
    found |= counters
    for block in (*lost, *new):
        if own_place(block) and shape_of(block) not in counters:
            found.add(block.place)
    return frozenset(found)


def learned(facts: SiteFacts, found: frozenset[str], *, sample: bool) -> SiteFacts:
    """The facts with what differed between two looks moments apart.

    A running text whose numbers differ is taken for a counter at once only in a `sample` of the first
    pass; of a post that changed it is doubted first, for it may have been saved twice.
    """
    texts = frozenset(f for f in found if f.startswith(_MASKED))
    sure = found if sample else (found - texts) | (texts & facts.doubted)
    return replace(
        facts,
        volatile=facts.volatile | sure,
        doubted=(facts.doubted | texts) - facts.volatile - sure,
    )


def restless_places(changes: Sequence[Sequence[Block]], looked: int) -> frozenset[str]:
    """Places whose blocks came or went (`come_or_gone`) on many posts in one pass: comments, teasers,
    promotions."""
    count: Counter[str] = Counter()
    for change in changes:
        count.update({b.place for b in change if own_place(b) and not says_so(b.text)})
    return frozenset(p for p, n in count.items() if n >= max(POSTS_RESTLESS, looked // 2))


def at_once(changes: Sequence[Sequence[Block]], looked: int) -> frozenset[str]:
    """What of most posts came or went (`come_or_gone`) alike in one pass, for `SiteFacts.furniture`: a new
    author's box, a company description, a promotion that a template puts into every text. What a third of
    the posts looked at kept was taken out of the others on purpose."""
    count: Counter[str] = Counter()
    for change in changes:
        count.update({b.key for b in change})
    least = max(POSTS_AT_ONCE, 2 * looked // 3 + 1)
    return frozenset(_AT_ONCE + k for k, n in count.items() if n >= least)


def come_or_gone(before: Article, after: Article) -> list[Block]:
    """The blocks that are in one of two versions only and unlike all they could have replaced: a name
    exchanged in every post leaves its blocks alike, and is an edit of each. Where there are too many to
    tell, none: what is not known to be the template's is told."""
    old, new = {b.key for b in before.blocks}, {b.key for b in after.blocks}
    lost = [b for b in before.blocks if b.key not in new]
    gained = [b for b in after.blocks if b.key not in old]
    return [*_unlike(gained, lost), *_unlike(lost, gained)]


def _unlike(blocks: list[Block], others: list[Block]) -> list[Block]:
    """Those that share half their words with none of the others."""
    if not blocks:
        return []
    index = Nearest(_bags(others))
    return [b for b, bag in zip(blocks, _bags(blocks), strict=True) if not _may_have(index, bag)]


def with_furniture(facts: SiteFacts, found: frozenset[str]) -> SiteFacts:
    """The facts with more furniture, to the most that is kept of a site."""
    if found <= facts.furniture:
        return facts
    return replace(facts, furniture=frozenset(sorted(facts.furniture | found)[:MAX_FURNITURE]))


def furniture_of(
    pages: Sequence[tuple[str, Sequence[str]]], titles: Collection[str] = ()
) -> frozenset[str]:
    """What stands on POSTS_ALIKE or more of these posts' pages, for `SiteFacts.furniture`.

    A page is its post's title and the comparison keys of its text blocks, in order; `titles` are those
    of the site's other posts. Blocks with numbers stand there masked too, and what follows another
    post's title also as a teaser of that post, in whose own article it is no furniture.
    """
    known = {*titles, *(title for title, _ in pages)} - {""}
    count: Counter[str] = Counter()
    teasers: dict[str, set[str]] = {}
    for own, blocks in pages:
        keys = set(blocks)
        count.update(keys | {masked(k) for k in keys if _DIGITS.search(k)})
        for n, title in enumerate(blocks):
            if title in known and title != own:
                for k in blocks[n : n + TEASER]:
                    teasers.setdefault(k, set()).add(title)
    found = {k for k, n in count.items() if n >= POSTS_ALIKE}
    of = {_teaser(t, k) for k, ts in teasers.items() if {k, masked(k)} & found for t in ts}
    return frozenset(found | of)


def _teaser(title: str, text: str) -> str:
    """The mark of a text that other posts show beneath this title; numbers do not count."""
    return f" {title}: {masked(text)}"
