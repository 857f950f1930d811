"""The blocks of an article whose paragraphs alone were changed, each paragraph put in its place.

A paragraph is taken for one of the article's where it stands as one of its own stood, or between such, in the
same tags; it has to be running text whatever reader looks at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from ..values import replace
from .article import Article, Block, BlockKind
from .article.byline import BESIDE_BYLINE, LONGEST_LINE
from .article.dates import day_in, updated_in
from .article.labels import (
    LEAST_EXCERPT,
    beginning,
    heads_others,
    is_byline,
    is_counter,
    is_date_line,
    is_label,
)
from .article.normal import key
from .article.notes import says_so
from .copies import Copies
from .paragraphs import Paragraph, paragraph, units

#: Blocks that are no more than their text: what a row is of depends on its other cells.
RUNNING = frozenset((BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE))
#: Paragraphs that are changed, taken out or added, and units from the first one that differs to the last: some
#: milliseconds, and a megabyte, for what nobody made to take long.
MOST_CHANGED, MOST_UNITS = 60, 2_000

#: (start, end) of the article in a page, (start, end) in the page as it is now
Place = tuple[int, int, int, int]


def amended_blocks(before: bytes, after: bytes, place: Place, known: Article) -> list[Block] | None:
    """The article's blocks, where its bytes differ in nothing but paragraphs of its own; None where they may."""
    was, now = units(before[place[0] : place[1]]), units(after[place[2] : place[3]])
    often = Counter(b.key for b in known.blocks)
    at = {b.key: n for n, b in enumerate(known.blocks) if often[b.key] == 1}
    found: list[Block] = []
    done = 0  #: blocks of the known article that are among the found ones, or gone
    copies = Copies(before, *place[:2])
    gaps = _gaps(was, now)
    if gaps is None or sum(j - i + m - k for i, j, k, m in gaps) > MOST_CHANGED:
        return None
    for i, j, k, m in gaps:
        olds, news = _paragraphs(was[i:j]), _paragraphs(now[k:m])
        if olds is None or news is None:
            return None
        first, like = _where(olds, was[i - 1 : i], was[j : j + 1], at)
        if first is None or like is None or first < done:
            return None
        if [at.get(one.key) for one in olds] != list(range(first, first + len(olds))):
            return None
        if not all(_is_usual(one, known) for one in (*olds, *news)):
            return None
        if not _are_once(olds, copies) or not _are_new(news, olds, copies):
            return None
        blocks = known.blocks[first : first + len(olds)]
        made = _changed(olds, news, blocks) if len(olds) == len(news) else None
        if made is None:
            made = _anew(news, like, blocks, known.blocks[at[like.key]])
        if made is None:
            return None
        found += [*known.blocks[done:first], *made]
        done = first + len(olds)
    found += known.blocks[done:]
    return None if _has_excerpt(found, known) else found


def _gaps(was: Sequence[bytes], now: Sequence[bytes]) -> list[tuple[int, int, int, int]] | None:
    """(from, to, from, to) of each stretch that was [from:to] and now is, between units that are as they were;
    None where too much differs to tell."""
    start, most = 0, min(len(was), len(now))
    while start < most and was[start] == now[start]:
        start += 1
    end = 0
    while end < most - start and was[-1 - end] == now[-1 - end]:
        end += 1
    old, new = was[start : len(was) - end], now[start : len(now) - end]
    if max(len(old), len(new)) > MOST_UNITS:
        return None
    gaps: list[tuple[int, int, int, int]] = []
    i = k = 0
    for op in Levenshtein.opcodes(old, new):
        if op.tag == "equal":
            if op.src_start > i or op.dest_start > k:
                gaps.append((start + i, start + op.src_start, start + k, start + op.dest_start))
            i, k = op.src_end, op.dest_end
    if i < len(old) or k < len(new):
        gaps.append((start + i, start + len(old), start + k, start + len(new)))
    return gaps


def _paragraphs(some: Sequence[bytes]) -> list[Paragraph] | None:
    """The units, if all are paragraphs."""
    found = [one for unit in some if (one := paragraph(unit)) is not None]
    return found if len(found) == len(some) else None


def _where(
    olds: Sequence[Paragraph], ahead: Sequence[bytes], behind: Sequence[bytes], at: dict[str, int]
) -> tuple[int | None, Paragraph | None]:
    """(the place in the article of paragraphs in which it was changed, one of its own there); by the neighbours,
    where they are new ones. None where they have no place in it."""
    if olds:
        return at.get(olds[0].key), olds[0]
    for unit, step in ((ahead, 1), (behind, 0)):
        beside = paragraph(unit[0]) if unit else None
        if beside is not None and beside.key in at:
            return at[beside.key] + step, beside
    return None, None


def _changed(
    olds: Sequence[Paragraph], news: Sequence[Paragraph], blocks: Sequence[Block]
) -> list[Block] | None:
    """The blocks with other words, each in the tags and with the links it had; None where these differ."""
    for old, new, block in zip(olds, news, blocks, strict=True):
        if old.tags != new.tags or old.linked != new.linked:
            return None
        if block.kind not in RUNNING or not _has_own_links(old, block):
            return None
    return [replace(b, text=new.text, key=new.key) for b, new in zip(blocks, news, strict=True)]


def _anew(
    news: Sequence[Paragraph], like: Paragraph, blocks: Sequence[Block], beside: Block
) -> list[Block] | None:
    """New paragraphs as blocks like that of the one `like` them, `blocks` taken out; None where they are not like
    it, or have more than words."""
    if any(one.tags[0] != like.tags[0] or not one.is_plain for one in news):
        return None
    if beside.kind not in RUNNING or not _has_own_links(like, beside):
        return None
    if any((b.kind, b.place) != (beside.kind, beside.place) for b in blocks):
        return None
    return [Block(beside.kind, one.text, one.key, (), beside.place) for one in news]


def _has_own_links(one: Paragraph, block: Block) -> bool:
    """Whether all links of a paragraph's block are within it: one may stand round it, and round those beside it."""
    return {link.text for link in block.links} <= {" ".join(text.split()) for text in one.linked}


def _is_usual(one: Paragraph, known: Article) -> bool:
    """Whether the paragraph is running text that is read as nothing else: no note, no line of date or name
    (article/choose.py, byline.py, metadata.py)."""
    said = one.key
    if not one.is_prose or one.says_more:
        return False
    # A longer one is no label, and no line of date and name.
    if len(said) <= LONGEST_LINE and (
        is_byline(said) or is_label(said) or heads_others(said) or day_in(said)
    ):
        return False
    byline, folded = key(known.byline).casefold(), said.casefold()
    if byline and byline in folded and len(said) <= len(byline) + BESIDE_BYLINE:
        return False
    if folded == key(known.title).casefold():
        return False
    if updated_in(one.text, known.language):
        return False
    return not (is_counter(said) or is_date_line(said) or says_so(one.text))


def _are_once(olds: Sequence[Paragraph], copies: Copies) -> bool:
    """Whether each paragraph's text stands on the page but once: of two, which is the article's?"""
    return all(
        copies.is_only_in(one.key, one.key) and not copies.is_beside(one.key) for one in olds
    )


def _are_new(news: Sequence[Paragraph], olds: Sequence[Paragraph], copies: Copies) -> bool:
    """Whether no paragraph's text stood on the page before, but in those that it was cut down from: then it is new
    though the page's head sums it up so (steady.py)."""
    gone = " ".join(old.key for old in olds)
    for one in news:
        if not copies.is_only_in(one.key, gone) or copies.is_beside(one.key):
            return False
        if copies.is_summary(one.key) and not any(f" {one.key} " in f" {o.key} " for o in olds):
            return False
    return True


def _has_excerpt(blocks: Sequence[Block], known: Article) -> bool:
    """Whether a paragraph that was not there begins as another one does: of an excerpt and what it is of, readers
    take one (article/choose.py)."""
    was = {b.key for b in known.blocks}
    starts = [beginning(b.key) for b in blocks]
    for n, block in enumerate(blocks):
        if block.key in was:
            continue
        for m, other in enumerate(blocks):
            if m != n and (
                other.key.startswith(starts[n])
                or (len(starts[m]) >= LEAST_EXCERPT and block.key.startswith(starts[m]))
            ):
                return True
    return False
