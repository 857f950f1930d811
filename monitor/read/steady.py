"""An article read the way its last version was read, where nothing was changed there.

What is taken for the article depends on the whole page: teasers that come and go may tip a paragraph
out of it or a caption into it. A text that stands on the page as often as it did is no edit, in the
article or out of it (`steadied`). Nor is what two looks moments apart read differently (`agreed`): a
quotation that rotates, an advert. Both are read as they were before.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence

from ..values import replace
from .alignment import equal_blocks
from .article import Article, Block
from .article.digest import digest_of
from .article.normal import count_words
from .article.notes import find_notes, says_so
from .divided import bag_of, divided
from .nearest import Nearest

#: Pairs of blocks beyond which a stretch that two looks read differently stays as it was known, and
#: characters that are searched for the pieces of paragraphs: under a second's work.
MOST_PAIRS = 250_000
MOST_SEARCHED = 1_000_000_000


def steadied(
    known: Article, article: Article, was: Sequence[str], now: Sequence[str], described: str = ""
) -> Article:
    """The article as `known` draws its bounds: without blocks the old page held too, with those of
    `known` that the new page still holds.

    `was` and `now` are the comparison keys of all texts of the page of `known` and of this one,
    `described` that of the old page's own description, which a new template may show.
    """
    then, here = Counter(was), Counter(now)
    old, new = Counter(b.key for b in known.blocks), Counter(b.key for b in article.blocks)
    if described and not then[described] and not _is_left_of(described, known, here):
        then[described] = 1
    # What the old page held in other paragraphs: its text is the article's, however it was divided.
    surplus = {k: n - old[k] for k, n in new.items() if n > old[k] and here[k] <= then[k]}
    divided_text = _run_on([b for b in known.blocks if not then[b.key]])
    if len(surplus) * len(divided_text) <= MOST_SEARCHED:
        surplus = {k: n for k, n in surplus.items() if f" {k} " not in divided_text}
    else:
        surplus = {}  # too much to tell: nothing is left out
    kept = _without(article.blocks, surplus)
    lost = {k: n - new[k] for k, n in old.items() if n > new[k] and here[k] >= then[k] > 0}
    if not lost and len(kept) == len(article.blocks):
        return article
    return _of(article, _with(known.blocks, kept, lost))


def _is_left_of(text: str, known: Article, here: Mapping[str, int]) -> bool:
    """Whether a text was a part of a block that is no longer there: then it is what an edit left of that."""
    return f" {text} " in _run_on([b for b in known.blocks if not here[b.key]])


def agreed(known: Article, first: Article, second: Article) -> Article:
    """What two looks at a changed post read alike; where they differ it is as `known` has it."""
    if first.digest == second.digest:
        return second
    pairs = equal_blocks(first.blocks, second.blocks)
    was = {b.key: b for b in reversed(known.blocks)}
    stable = [_link_of(was, first.blocks[i], second.blocks[j]) for i, j in pairs]
    found: list[Block] = []
    k = i = j = 0
    ends = (len(known.blocks), len(first.blocks), len(second.blocks))
    anchors = [(n, *pairs[m], stable[m]) for n, m in equal_blocks(known.blocks, stable)]
    for n, one, other, block in (*anchors, (*ends, None)):
        gap = known.blocks[k:n]
        found += _gap(gap, first.blocks[i:one], second.blocks[j:other], was)
        if block is not None:
            found.append(block)
        k, i, j = n + 1, one + 1, other + 1
    same = replace(
        second,
        title=second.title if first.title == second.title else known.title,
        byline=second.byline if first.byline == second.byline else known.byline,
        published_at=second.published_at
        if first.published_at == second.published_at
        else known.published_at,
        modified_at=second.modified_at
        if first.modified_at == second.modified_at
        else known.modified_at,
        shown_at=second.shown_at if first.shown_at == second.shown_at else known.shown_at,
        declared=first.declared & second.declared,
    )
    return _of(same, found)


def _link_of(known: Mapping[str, Block], first: Block, second: Block) -> Block:
    """The block as both looks have it; with the links it had where they differ between them."""
    if first.links == second.links:
        return second
    return known.get(second.key, second)


def _gap(
    gap: Sequence[Block],
    first: Sequence[Block],
    second: Sequence[Block],
    known: Mapping[str, Block],
) -> list[Block]:
    """A stretch in which no block is as it was: as both looks have it. Where they differ it is as it was
    known, but for blocks that both changed alike, and for those that neither look has any more while
    nothing that differs between the looks can stand for them."""
    if [b.key for b in first] == [b.key for b in second]:
        return [_link_of(known, a, b) for a, b in zip(first, second, strict=True)]
    if len(gap) * max(len(first), len(second)) > MOST_PAIRS:
        return list(gap)  # too much to tell: the next look may find it settled
    theirs = {b.key for b in first}
    common = [b for b in second if b.key in theirs]
    both = {b.key for b in common}
    restless = [b for b in (*first, *second) if b.key not in both]
    if all(_box(b.place) for b in restless):
        return _boxed(gap, both, second, {_box(b.place) for b in restless})
    found = _divided_alike(gap, common)
    changed: dict[int, str] = {}
    index = Nearest(map(bag_of, found))
    for block in second:
        if block.key in theirs:
            bag = bag_of(block)
            n = index.best(bag)
            if n is not None:
                found[n] = block
                index.put(n, bag)
                changed[n] = block.key
    told = set(changed.values())
    held = set(changed)
    for look in (first, second):
        held |= _held(found, changed.keys(), [b for b in look if b.key not in told])
    kept = [block for n, block in enumerate(found) if n in held]
    # That something was corrected is said by both looks, whatever else differs between them.
    here = {b.key for b in kept}
    return [*kept, *(b for b in common if b.key not in here and says_so(b.text))]


def _boxed(
    gap: Sequence[Block], common: Collection[str], second: Sequence[Block], boxes: Collection[str]
) -> list[Block]:
    """A stretch in which nothing differs between the looks but boxes of their own: those as they were, the
    rest as both looks have it."""
    theirs = [b for b in gap if _box(b.place) in boxes]
    found: list[Block] = []
    for block in second:
        if _box(block.place) in boxes:
            found += theirs
            theirs = []
        elif block.key in common:
            found.append(block)
    return found + theirs


def _divided_alike(known: Sequence[Block], common: Sequence[Block]) -> list[Block]:
    """Known blocks as two looks divide them: one that was split as its pieces, several that were joined as
    the one, though words of them were changed."""
    found: list[Block] = []
    at = 0
    for olds, news in divided(known, common, 0, len(known), 0, len(common)):
        found += [*known[at : olds[0]], *common[news[0] : news[-1] + 1]]
        at = olds[-1] + 1
    return [*found, *known[at:]]


def _run_on(blocks: Sequence[Block]) -> str:
    """The comparison keys as one text, a space before and behind."""
    return f" {' '.join(b.key for b in blocks)} "


def _held(known: Sequence[Block], taken: Collection[int], restless: Sequence[Block]) -> set[int]:
    """Which known blocks those of one look stand for that are no edited form of any: all in a container
    like theirs, and for each other the one most like it, else the last one free."""
    boxes = {_box(b.place) for b in restless}
    held = {n for n, b in enumerate(known) if _box(b.place) in boxes and _box(b.place)}
    free = [n for n in range(len(known)) if n not in taken and n not in held]
    index = Nearest(bag_of(known[n]) for n in free)
    where = dict(enumerate(free))
    for block in restless:
        if not where:
            break
        if _box(block.place) and held:
            continue  # its own container is known
        like = index.best(bag_of(block))
        if like is None:
            like = next(reversed(where))
        index.drop(like)
        held.add(where.pop(like))
    return held


def _box(place: str) -> str:
    """The tags of a container of its own, without its classes, which may be made anew; "" for running
    text."""
    if "." not in place and "/" not in place:
        return ""
    return "/".join(part.partition(".")[0] for part in place.split("/"))


def _of(article: Article, blocks: Sequence[Block]) -> Article:
    """The article with these blocks."""
    found = replace(
        article,
        blocks=tuple(blocks),
        notes=find_notes(blocks),
        words=sum(count_words(block.text) for block in blocks),
    )
    return replace(found, digest=digest_of(found))


def _without(blocks: Sequence[Block], surplus: dict[str, int]) -> list[Block]:
    """The blocks without so many of each key, the last ones first."""
    kept: list[Block] = []
    for block in reversed(blocks):
        if surplus.get(block.key, 0) > 0:
            surplus[block.key] -= 1
        else:
            kept.append(block)
    return kept[::-1]


def _with(known: Sequence[Block], kept: Sequence[Block], lost: dict[str, int]) -> list[Block]:
    """The kept blocks with the lost ones put back, each behind the block it stood behind."""
    where: dict[str, deque[int]] = {}
    for n, block in enumerate(kept):
        where.setdefault(block.key, deque()).append(n)
    found: list[Block] = []
    at = 0
    # Of texts that are there twice, which is lost?
    stands = {n for n, _ in equal_blocks(known, kept)}
    for n, block in enumerate(known):
        if lost.get(block.key, 0) > 0 and n not in stands:
            lost[block.key] -= 1
            found.append(block)
            continue
        places = where.get(block.key, deque())
        while places and places[0] < at:
            places.popleft()
        if places:
            found += kept[at : places[0] + 1]
            at = places[0] + 1
    return [*found, *kept[at:]]
