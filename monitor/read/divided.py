"""Which paragraphs were split or joined, word for word or edited as well? Ranges of blocks, before any words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from heapq import merge

from .article import Block
from .article.normal import tokens, word_of
from .steps import Steps

#: Of a piece that was edited so many words are those of the whole, and of all pieces together: the figure
#: of a paragraph that was moved and edited.
PIECE = 0.6
WHOLE = 0.75
#: By so much the pieces are more like the whole than the best of them alone: else one was added.
BETTER = 0.1
#: More pairs of old and new blocks than this are not looked at for edited pieces.
MOST_PAIRS = 2_500
#: Words of pieces that are looked up, and pieces that are tried word for word: under a second's work each.
MOST_WORDS = 5_000_000
MOST_STEPS = 2_000_000


def divided(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[tuple[range, range]]:
    """(old blocks, new ones) of a stretch, where one's text is that of several neighbours on the other side,
    word for word or edited as well; in order, one of the two a range of one."""
    for olds, news in exactly_divided(before, after, i, j, k, m):
        yield from nearly_divided(before, after, i, olds[0], k, news[0])
        yield olds, news
        i, k = olds[-1] + 1, news[-1] + 1
    yield from nearly_divided(before, after, i, j, k, m)


def exactly_divided(
    before: Sequence[Block], after: Sequence[Block], i: int, j: int, k: int, m: int
) -> Iterator[tuple[range, range]]:
    """(old blocks, new ones) where one block's text is that of several neighbours on the other side; in
    order, one of the two a range of one."""
    old = ["".join(b.key.split()) for b in before[i:j]]
    new = ["".join(b.key.split()) for b in after[k:m]]
    begins = _Begins(new)
    steps = Steps(MOST_STEPS)
    done = at = 0
    for n, text in enumerate(old):
        if n < done:
            continue  # joined to what stands before
        for start in begins.alike(text):
            steps.take()
            if steps.spent:
                return
            if start < at:
                continue
            if text.startswith(new[start]):
                end = _makes_up(text, new, start, steps)
                if end:
                    yield range(i + n, i + n + 1), range(k + start, k + end)
                    at = end
                    break
            elif new[start].startswith(text):
                end = _makes_up(new[start], old, n, steps)
                if end:
                    yield range(i + n, i + end), range(k + start, k + start + 1)
                    done, at = end, start + 1
                    break


class _Begins:
    """Texts by how they begin: of two of which one begins with the other, no others need be compared."""

    SAME = 24

    def __init__(self, texts: Sequence[str]) -> None:
        self._whole: dict[str, list[int]] = {}  #: texts shorter than SAME
        self._heads: dict[str, list[int]] = {}  #: all, by every beginning up to SAME
        for n, text in enumerate(texts):
            if len(text) < self.SAME:
                self._whole.setdefault(text, []).append(n)
            for size in range(1, min(len(text), self.SAME) + 1):
                self._heads.setdefault(text[:size], []).append(n)

    def alike(self, text: str) -> Iterator[int]:
        """Those that may begin with the text, or the text with them; in order."""
        head = text[: self.SAME]
        shorter = [self._whole.get(head[:size], ()) for size in range(1, len(head))]
        return merge(*shorter, self._heads.get(head, ()))


def _makes_up(whole: str, parts: Sequence[str], start: int, steps: Steps) -> int:
    """The end of the parts from start on that make up the whole, two or more; 0 where they don't."""
    size = 0
    for end in range(start, len(parts)):
        steps.take()
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
    steps = Steps(MOST_WORDS)
    n = at = 0
    while n < len(old) and not steps.spent:
        for start in range(at, len(new)):
            if end := _nearly_makes_up(old[n], new, start, steps):
                yield range(i + n, i + n + 1), range(k + start, k + end)
                at = end
                break
            if end := _nearly_makes_up(new[start], old, n, steps):
                yield range(i + n, i + end), range(k + start, k + start + 1)
                n, at = end - 1, start + 1
                break
        n += 1


def _nearly_makes_up(
    whole: frozenset[str], parts: Sequence[frozenset[str]], start: int, steps: Steps
) -> int:
    """The end of the parts from start on of which each holds words of the whole, and which together are
    like it and none of them alone; 0 where they aren't."""
    end, best, joined = start, 0.0, set[str]()
    while end < len(parts) and parts[end]:
        steps.take(min(len(parts[end]), len(whole)))
        if steps.spent or len(parts[end] & whole) < PIECE * len(parts[end]):
            break
        best = max(best, dice(parts[end], whole, 0.0))
        if best + BETTER > 1:
            return 0  # however much is joined to it
        joined |= parts[end]
        end += 1
    if end - start < 2 or steps.spent:
        return 0
    like = dice(joined, whole, 0.0)
    return end if like >= max(WHOLE, best + BETTER) else 0


#: What `word_of` makes of a mark.
_MARK = frozenset({""})


def bag_of(block: Block) -> frozenset[str]:
    return frozenset(map(word_of, tokens(block.text))) - _MARK


def dice(a: Set[str], b: Set[str], cut: float) -> float:
    one, other = len(a), len(b)
    if not one or not other or 2 * min(one, other) < cut * (one + other):
        return 0.0
    return 2 * len(a & b) / (one + other)
