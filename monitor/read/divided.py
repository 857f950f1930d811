"""Which paragraphs were split or joined, word for word or edited as well? Ranges of blocks, before any words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .article import Block
from .article.normal import is_word, token_key, tokens

#: Of a piece that was edited so many words are those of the whole, and of all pieces together: the figure
#: of a paragraph that was moved and edited.
PIECE = 0.6
WHOLE = 0.75
#: By so much the pieces are more like the whole than the best of them alone: else one was added.
BETTER = 0.1
#: More pairs of old and new blocks than this are not looked at for edited pieces.
MOST_PAIRS = 2_500


def exactly_divided(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[tuple[range, range]]:
    """(old blocks, new ones) where one block's text is that of several neighbours on the other side; in
    order, one of the two a range of one."""
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


def nearly_divided(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[tuple[range, range]]:
    """As `exactly_divided`, where words were changed as well."""
    if (j - i) * (m - k) > MOST_PAIRS or max(j - i, m - k) < 2:
        return
    old = [bag_of(b) for b in before[i:j]]
    new = [bag_of(b) for b in after[k:m]]
    n = at = 0
    while n < len(old):
        for start in range(at, len(new)):
            if end := _nearly_makes_up(old[n], new, start):
                yield range(i + n, i + n + 1), range(k + start, k + end)
                at = end
                break
            if end := _nearly_makes_up(new[start], old, n):
                yield range(i + n, i + end), range(k + start, k + start + 1)
                n, at = end - 1, start + 1
                break
        n += 1


def _nearly_makes_up(whole: frozenset[str], parts: Sequence[frozenset[str]], start: int) -> int:
    """The end of the parts from start on of which each holds words of the whole, and which together are
    like it and none of them alone; 0 where they aren't."""
    end, best, joined = start, 0.0, frozenset[str]()
    while end < len(parts) and parts[end] and len(parts[end] & whole) >= PIECE * len(parts[end]):
        best = max(best, dice(parts[end], whole, 0.0))
        joined |= parts[end]
        end += 1
    like = dice(joined, whole, 0.0)
    return end if end - start > 1 and like >= max(WHOLE, best + BETTER) else 0


def bag_of(block: Block) -> frozenset[str]:
    return frozenset(token_key(t).casefold() for t in tokens(block.text) if is_word(t))


def dice(a: frozenset[str], b: frozenset[str], cut: float) -> float:
    one, other = len(a), len(b)
    if not one or not other or 2 * min(one, other) < cut * (one + other):
        return 0.0
    return 2 * len(a & b) / (one + other)
