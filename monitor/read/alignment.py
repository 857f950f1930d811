"""Which block of the old article became which of the new one? Pairs of blocks, before any words.

Equal blocks first (longest common subsequence), then between them: paragraphs split or joined, the
most alike ones in order, and over all gaps those that moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .article import Block
from .article.normal import count_words, is_word, token_key, tokens
from .wording import equal_and_other

#: Blocks less alike than this (Dice of their words) are not the same paragraph edited. The sketch's
#: figure; lower, unrelated paragraphs pair over their small words.
ALIKE = 0.35
#: A block moved *and* edited must be this much alike: nothing else says that it is the same.
MOVED_ALIKE = 0.75
#: A shorter block says nothing by standing elsewhere (DESIGN section 5, rule 3).
MOVED_WORDS = 8
#: In larger gaps only blocks that share a rare word are compared.
ALL_PAIRS = 2_500

Fate = Literal["same", "pair", "move", "gone", "new", "split", "joined"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What became of a block: indices of the old and the new one, None for none.

    `move` stands twice, the trace at the old place with `trace` set. Of a split block each piece is
    a pair with the old one; of joined ones only the first of them stands, with the new one.
    """

    fate: Fate
    before: int | None
    after: int | None
    trace: bool = False


def pairs(before: Sequence[Block], after: Sequence[Block]) -> list[Pair]:
    """All blocks of both sides paired, in the order of the new text; what went where it stood."""
    ids: dict[str, int] = {}
    x = [ids.setdefault(b.key, len(ids)) for b in before]
    y = [ids.setdefault(b.key, len(ids)) for b in after]
    found: list[Pair] = []
    for same, i, j, k, m in equal_and_other(x, y):
        if same:
            found += [Pair("same", n, n - i + k) for n in range(i, j)]
        else:
            found += _gap(before, after, i, j, k, m)
    return _with_moves(found, before, after)


def _gap(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[Pair]:
    """The pairs of one stretch in which no block is equal."""
    for anchor in _split_or_joined(before, after, i, j, k, m):
        olds, news = anchor
        yield from _aligned(before, after, i, olds[0], k, news[0])
        if len(olds) == 1:
            for new in news:
                yield Pair("split", olds[0], new)
        else:
            yield Pair("joined", olds[0], news[0])
        i, k = olds[-1] + 1, news[-1] + 1
    yield from _aligned(before, after, i, j, k, m)


def _split_or_joined(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[tuple[range, range]]:
    """Where one block's text is that of several neighbours on the other side, in order."""
    old = ["".join(b.key.split()) for b in before[i:j]]
    new = ["".join(b.key.split()) for b in after[k:m]]
    at = 0
    for n, text in enumerate(old):
        for start in range(at, len(new)):
            if text.startswith(new[start]):
                end = _makes_up(text, new, start)
                if end:
                    yield range(i + n, i + n + 1), range(k + start, k + end)
                    at = end
                    break
            elif new[start].startswith(text):
                end = _makes_up(new[start], old, n)
                if end:
                    yield range(i + n, i + end), range(k + start, k + start + 1)
                    at = start + 1
                    break


def _makes_up(whole: str, parts: Sequence[str], start: int) -> int:
    """The end of the parts from start on that make up the whole, two or more; 0 where they don't."""
    size = 0
    for end in range(start, len(parts)):
        if not whole.startswith(parts[end], size):
            return 0
        size += len(parts[end])
        if size == len(whole):
            return end + 1 if end > start else 0
    return 0


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


def _bag(block: Block) -> frozenset[str]:
    return frozenset(token_key(t).casefold() for t in tokens(block.text) if is_word(t))


def _dice(a: frozenset[str], b: frozenset[str], cut: float) -> float:
    one, other = len(a), len(b)
    if not one or not other or 2 * min(one, other) < cut * (one + other):
        return 0.0
    return 2 * len(a & b) / (one + other)


def _likes(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> list[tuple[int, int, float]]:
    """Pairs of a gap that are alike enough, with how much, by old and new index."""
    old = {n: _bag(before[n]) for n in range(i, j)}
    new = {n: _bag(after[n]) for n in range(k, m)}
    if len(old) == len(new) == 1:
        like = _dice(old[i], new[k], 0.0)
        return [(i, k, max(like, ALIKE))] if like > 0 else []
    found = []
    for a, b in _candidates(old, new):
        like = _dice(old[a], new[b], ALIKE)
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
    found: set[tuple[int, int]] = set()
    for a, bag in old.items():
        for word in bag:
            places = where.get(word, ())
            if len(places) <= 8:
                found.update((a, b) for b in places)
    return sorted(found)


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
    gone = [n for n, p in enumerate(found) if p.fate == "gone" and _is_long(before[p.before or 0])]
    new = [n for n, p in enumerate(found) if p.fate == "new" and _is_long(after[p.after or 0])]
    if not gone or not new:
        return found
    count_before = Counter(b.key for b in before)
    count_after = Counter(b.key for b in after)
    by_key = {after[found[n].after or 0].key: n for n in new}
    taken: dict[int, int] = {}
    for n in gone:
        k = before[found[n].before or 0].key
        if k in by_key and count_before[k] == count_after[k] == 1:
            taken[n] = by_key[k]
    left = [n for n in gone if n not in taken]
    open_to = [n for n in new if n not in taken.values()]
    if len(left) * len(open_to) <= 4 * ALL_PAIRS:
        _edited_moves(found, before, after, left, open_to, taken)
    for n, to in taken.items():
        old, place = found[n].before, found[to].after
        found[n] = Pair("move", old, place, trace=True)
        found[to] = Pair("move", old, place)
    return found


def _edited_moves(
    found: Sequence[Pair],
    before: Sequence[Block],
    after: Sequence[Block],
    left: Sequence[int],
    open_to: Sequence[int],
    taken: dict[int, int],
) -> None:
    """Adds to `taken` those that moved and were edited, the most alike first."""
    old = {n: _bag(before[found[n].before or 0]) for n in left}
    new = {n: _bag(after[found[n].after or 0]) for n in open_to}
    likes = sorted(
        ((_dice(old[a], new[b], MOVED_ALIKE), a, b) for a in left for b in open_to),
        key=lambda like: (-like[0], like[1], like[2]),
    )
    for like, a, b in likes:
        if like < MOVED_ALIKE:
            break
        if a not in taken and b not in taken.values():
            taken[a] = b


def _is_long(block: Block) -> bool:
    return count_words(block.key) >= MOVED_WORDS
