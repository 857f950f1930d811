"""Which block of the old article became which of the new one? Pairs of blocks, before any words.

Equal blocks first (the heaviest common subsequence), then between them: paragraphs split or joined, the
most alike ones in order, and over all gaps those that moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import nsmallest
from typing import Literal

from msgspec import Struct

from .article import Block
from .article.normal import has_words
from .divided import bag_of, dice, divided

#: Blocks less alike than this (Dice of their words) are not the same paragraph edited. The sketch's
#: figure; lower, unrelated paragraphs pair over their small words.
ALIKE = 0.35
#: A block moved *and* edited must be this much alike: nothing else says that it is the same.
MOVED_ALIKE = 0.75
#: A shorter block says nothing by standing elsewhere.
MOVED_WORDS = 8
#: More pairs of equal blocks than this are not weighed.
MOST_EQUAL = 50_000
#: In larger gaps only blocks that share a rare word are compared, each with those that share most of them.
ALL_PAIRS = 2_500
RARE, MOST_SHARED = 8, 16

Fate = Literal["same", "pair", "move", "gone", "new", "split", "joined"]


class Pair(Struct, frozen=True):
    """What became of a block: indices of the old and the new one, None for none.

    `move` stands twice, the trace at the old place with `trace` set. A split block stands once, with
    the first of its pieces, and so do joined ones, the first of them with the new one: `last` is the
    last piece, or the last of those joined.
    """

    fate: Fate
    before: int | None
    after: int | None
    trace: bool = False
    last: int | None = None


def pairs(before: Sequence[Block], after: Sequence[Block]) -> list[Pair]:
    """All blocks of both sides paired, in the order of the new text; what went where it stood."""
    found: list[Pair] = []
    i = k = 0
    for n, at in (*equal_blocks(before, after), (len(before), len(after))):
        if i < n or k < at:
            found += _gap(before, after, i, n, k, at)
        if n < len(before):
            found.append(Pair("same", n, at))
        i, k = n + 1, at + 1
    return _with_moves(found, before, after)


def equal_blocks(before: Sequence[Block], after: Sequence[Block]) -> list[tuple[int, int]]:
    """The equal blocks that stay in place: of all choices in order the one with the most words.

    By words, not by blocks: of a heading and the paragraph it changed places with, the heading moved.
    """
    start = 0
    while start < min(len(before), len(after)) and before[start].key == after[start].key:
        start += 1
    most = min(len(before), len(after)) - start
    end = 0
    while end < most and before[-1 - end].key == after[-1 - end].key:
        end += 1
    where: dict[str, list[int]] = {}
    for n in range(start, len(after) - end):
        where.setdefault(after[n].key, []).append(n)
    middle = before[start : len(before) - end]
    if sum(len(where.get(b.key, ())) for b in middle) <= MOST_EQUAL:
        likes = [
            (n, at, len(block.key) + 1.0)
            for n, block in enumerate(middle, start)
            for at in where.get(block.key, ())
        ]
        chosen = _in_order(likes)
    else:  # the same few blocks over and over
        from rapidfuzz.distance import LCSseq  # late: hardly ever

        ids: dict[str, int] = {}
        x = [ids.setdefault(b.key, len(ids)) for b in middle]
        y = [ids.setdefault(b.key, len(ids)) for b in after[start : len(after) - end]]
        chosen = [
            (start + op.src_start + n, start + op.dest_start + n)
            for op in LCSseq.opcodes(x, y)
            if op.tag == "equal"
            for n in range(op.src_end - op.src_start)
        ]
    head = [(n, n) for n in range(start)]
    tail = [(len(before) - n, len(after) - n) for n in range(end, 0, -1)]
    return [*head, *chosen, *tail]


def _gap(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[Pair]:
    """The pairs of one stretch in which no block is equal: whole paragraphs divided otherwise, then those
    that were edited as well, and between them the most alike."""
    for olds, news in divided(before, after, i, j, k, m):
        yield from _aligned(before, after, i, olds[0], k, news[0])
        yield _divided(olds, news)
        i, k = olds[-1] + 1, news[-1] + 1
    yield from _aligned(before, after, i, j, k, m)


def _divided(olds: range, news: range) -> Pair:
    if len(olds) == 1:
        return Pair("split", olds[0], news[0], last=news[-1])
    return Pair("joined", olds[0], news[0], last=olds[-1])


def _aligned(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[Pair]:
    """The most alike blocks of a gap paired in order; the rest is gone or new."""
    chosen = _in_order(_likes(before, after, i, j, k, m)) if i < j and k < m else []
    for old, new in (*chosen, (j, m)):
        yield from (Pair("gone", n, None) for n in range(i, old))
        yield from (Pair("new", None, n) for n in range(k, new))
        if old < j or new < m:
            yield Pair("pair", old, new)
        i, k = old + 1, new + 1


def _likes(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> list[tuple[int, int, float]]:
    """Pairs of a gap that are alike enough, with how much, by old and new index."""
    old = {n: bag_of(before[n]) for n in range(i, j)}
    new = {n: bag_of(after[n]) for n in range(k, m)}
    if len(old) == len(new) == 1:
        like = dice(old[i], new[k], 0.0)
        return [(i, k, max(like, ALIKE))] if like > 0 else []
    found = []
    for a, b in _candidates(old, new):
        like = dice(old[a], new[b], ALIKE)
        if like >= ALIKE:
            found.append((a, b, like))
    return found


def _candidates(
    old: dict[int, frozenset[str]], new: dict[int, frozenset[str]]
) -> list[tuple[int, int]]:
    if len(old) * len(new) <= ALL_PAIRS:
        return [(a, b) for a in old for b in new]
    where: dict[str, list[int]] = {}
    for b, bag in new.items():
        for word in bag:
            where.setdefault(word, []).append(b)
    found: list[tuple[int, int]] = []
    for a, bag in old.items():
        shared: Counter[int] = Counter()
        for word in bag:
            places = where.get(word, ())
            if len(places) <= RARE:
                shared.update(places)
        most = nsmallest(MOST_SHARED, shared.items(), key=lambda x: (-x[1], x[0]))
        found += sorted((a, b) for b, _ in most)
    return found


def _in_order(likes: Sequence[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """The heaviest choice of pairs in which both sides rise: a Fenwick tree of best sums by new index."""
    news = sorted({b for _, b, _ in likes})
    rank = {b: n + 1 for n, b in enumerate(news)}
    tree: list[tuple[float, int]] = [(0.0, -1)] * (len(news) + 1)
    back: list[int] = []
    waiting: list[tuple[int, float, int]] = []
    best, last, row = 0.0, -1, None
    for n, (a, b, like) in enumerate(sorted(likes)):
        if a != row:  # pairs of one old block must not follow each other
            _store(tree, waiting)
            waiting, row = [], a
        at = rank[b] - 1
        sums, previous = 0.0, -1
        while at > 0:
            if tree[at][0] > sums:
                sums, previous = tree[at]
            at &= at - 1
        back.append(previous)
        waiting.append((rank[b], sums + like, n))
        if sums + like > best:
            best, last = sums + like, n
    ordered = sorted(likes)
    found = []
    while last >= 0:
        found.append(ordered[last][:2])
        last = back[last]
    return found[::-1]


def _store(tree: list[tuple[float, int]], waiting: Sequence[tuple[int, float, int]]) -> None:
    for at, weight, n in waiting:
        while at < len(tree):
            if weight > tree[at][0]:
                tree[at] = (weight, n)
            at += at & -at


# ---------------------------------------------------------------- moved


def _with_moves(found: list[Pair], before: Sequence[Block], after: Sequence[Block]) -> list[Pair]:
    """Blocks gone here and new there, long enough and unique on both sides, as moved ones."""
    gone = _movable(before, [p.before if p.fate == "gone" else None for p in found])
    new = _movable(after, [p.after if p.fate == "new" else None for p in found])
    if not gone or not new:
        return found
    by_key = {block.key: n for n, block in new.items()}
    taken = {n: by_key[block.key] for n, block in gone.items() if block.key in by_key}
    reached = frozenset(taken.values())
    left_at = [n for n in gone if n not in taken]
    free_at = [n for n in new if n not in reached]
    if len(left_at) * len(free_at) <= 4 * ALL_PAIRS:
        left = {n: bag_of(gone[n]) for n in left_at}
        free = {n: bag_of(new[n]) for n in free_at}
        likes = sorted((-dice(left[a], free[b], MOVED_ALIKE), a, b) for a in left for b in free)
        held = set(taken.values())
        for like, a, b in likes:  # moved and edited: the most alike first
            if -like < MOVED_ALIKE:
                break
            if a not in taken and b not in held:
                taken[a] = b
                held.add(b)
    for n, to in taken.items():
        old, place = found[n].before, found[to].after
        found[n] = Pair("move", old, place, trace=True)
        found[to] = Pair("move", old, place)
    return found


def _movable(blocks: Sequence[Block], at: Sequence[int | None]) -> dict[int, Block]:
    """Which of the pairs may have moved, with their blocks."""
    count = Counter(block.key for block in blocks)
    chosen = {n: blocks[place] for n, place in enumerate(at) if place is not None}
    return {
        n: block
        for n, block in chosen.items()
        if count[block.key] == 1 and has_words(block.key, MOVED_WORDS)
    }
