"""Which words of one text became which of another? Word operations with bounded cost.

Knows texts, not articles. Levenshtein on words holds the interpreter for as long as it runs and is
quadratic: over CELLS the texts are first parted at what stands once in both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from zlib import crc32

from msgspec import Struct

from .article.normal import is_word, spans, token_key
from .steps import Steps

#: At most this many word pairs in one call: about 0.1 s.
CELLS = 25_000_000
#: And so many for all paragraphs of an article, about a second's work. Fewer in one call always pass.
ALL_CELLS, FEW = 250_000_000, 10_000
#: Words in a run that holds two long texts together.
GRAM = 4
#: So many runs are held of one text: of two million words every eleventh.
MOST_GRAMS = 200_000
#: A common word as short as this between two changes is coincidence, not common text.
SHORT = 4
_ENDS = frozenset(".!?…。！？؟।:;")

#: same, old words from-to, new words from-to
Op = tuple[bool, int, int, int, int]


class Words(Struct, frozen=True):
    """A text in words and marks: where each stands, and the form in which it is compared."""

    text: str
    spans: tuple[tuple[int, int], ...]
    keys: tuple[str, ...]

    def slice(self, start: int, end: int) -> str:
        """Tokens start to end with the white space ahead of each of them."""
        if start >= end:
            return ""
        at = self.spans[start - 1][1] if start else 0
        return self.text[at : len(self.text) if end == len(self.spans) else self.spans[end - 1][1]]

    def count(self, start: int, end: int) -> int:
        """How many of these tokens are words."""
        return sum(map(is_word, self.keys[start:end]))


def words_of(text: str) -> Words:
    """A text in words; tokens that are seen by no reader are joined to nothing."""
    found = [(a, b, token_key(text[a:b])) for a, b in spans(text)]
    found = [x for x in found if x[2]]
    return Words(text, tuple((a, b) for a, b, _ in found), tuple(k for _, _, k in found))


def word_ops(before: Words, after: Words, cells: Steps | None = None) -> list[Op]:
    """What became of the words, in order, each of both texts in exactly one operation. `cells` are the word
    pairs that are left for all texts of an article: what is too much for them is held together by its
    anchors alone."""
    a, b = before.keys, after.keys
    cells = cells or Steps(CELLS)
    if _too_much(len(a) * len(b), cells):
        ops = list(_by_anchors(a, b, cells))
    else:
        ops = list(_levenshtein(a, b))
    return _tidy(ops, a, b)


def _too_much(size: int, cells: Steps) -> bool:
    """Whether a stretch is not looked at in full; else it is counted."""
    if size > max(min(CELLS, cells.left), FEW):
        return True
    cells.take(size)
    return False


def _levenshtein(a: Sequence[str], b: Sequence[str], i: int = 0, j: int = 0) -> Iterator[Op]:
    from rapidfuzz.distance import Levenshtein  # late: most passes compare nothing

    for op in Levenshtein.opcodes(a, b):
        yield (
            op.tag == "equal",
            op.src_start + i,
            op.src_end + i,
            op.dest_start + j,
            op.dest_end + j,
        )


def _by_anchors(a: Sequence[str], b: Sequence[str], cells: Steps) -> Iterator[Op]:
    """Runs of GRAM words that stand once in each text hold it together; Levenshtein between them.

    What is too much even so is one replacement.
    """
    i = k = 0
    for at, to in (*_anchors(a, b), (len(a), len(b))):
        if at < i or to < k:  # overlaps the anchor before it
            continue
        if _too_much((at - i) * (to - k), cells):
            yield False, i, at, k, to
        else:
            yield from _levenshtein(a[i:at], b[k:to], i, k)
        if at < len(a):
            yield True, at, at + GRAM, to, to + GRAM
        i, k = at + GRAM, to + GRAM


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Where the runs of words that are unique in both texts stand, both sides rising."""
    every = 1 + max(len(a), len(b)) // MOST_GRAMS
    one, other = _unique_grams(a, every), _unique_grams(b, every)
    found = sorted((at, other[gram]) for gram, at in one.items() if gram in other)
    ends: list[int] = []
    last: list[int] = []
    back: list[int] = []
    for n, (_, to) in enumerate(found):  # longest rising subsequence, by patience
        place = bisect_left(ends, to)
        back.append(last[place - 1] if place else -1)
        if place == len(ends):
            ends.append(to)
            last.append(n)
        else:
            ends[place], last[place] = to, n
    chosen = []
    n = last[-1] if last else -1
    while n >= 0:
        chosen.append(found[n])
        n = back[n]
    return chosen[::-1]


def _unique_grams(words: Sequence[str], every: int) -> dict[tuple[str, ...], int]:
    """Where the runs that stand once begin; of a very long text some of them, the same ones in any text."""
    where: dict[tuple[str, ...], int] = {}
    twice: set[tuple[str, ...]] = set()
    for n, gram in enumerate(zip(*(words[i:] for i in range(GRAM)), strict=False)):
        if every > 1 and crc32("\0".join(gram).encode("utf-8", "replace")) % every:
            continue
        if gram in where:
            twice.add(gram)
        where[gram] = n
    return {gram: n for gram, n in where.items() if gram not in twice}


def _tidy(ops: list[Op], a: Sequence[str], b: Sequence[str]) -> list[Op]:
    """Operations as a reader would make them: no coincidences kept, changes begin with a sentence."""
    ops = _joined(_same_if_alike(op, a, b) for op in ops)
    while True:
        folded = [
            (False, *op[1:])
            if 0 < n < len(ops) - 1 and op[0] and _is_coincidence(ops, n, a)
            else op
            for n, op in enumerate(ops)
        ]
        joined = _joined(folded)
        if len(joined) == len(ops):
            return _slid(joined, a, b)
        ops = joined


def _same_if_alike(op: Op, a: Sequence[str], b: Sequence[str]) -> Op:
    """Words parted or joined by white space alone did not change."""
    same, i, j, k, m = op
    return op if same else ("".join(a[i:j]) == "".join(b[k:m]), i, j, k, m)


def _is_coincidence(ops: Sequence[Op], n: int, a: Sequence[str]) -> bool:
    """One short common word (and marks) between two changes, neither of them smaller."""
    _, i, j, _, _ = ops[n]
    if j - i > 3:
        return False
    words = [w for w in a[i:j] if is_word(w)]
    if len(words) > 1 or any(len(w) > SHORT or w.isdigit() for w in words):
        return False
    return all(max(o[2] - o[1], o[4] - o[3]) >= j - i for o in (ops[n - 1], ops[n + 1]))


def _joined(ops: Iterator[Op] | Sequence[Op]) -> list[Op]:
    out: list[Op] = []
    for op in ops:
        if op[1] == op[2] and op[3] == op[4]:
            continue
        if out and out[-1][0] == op[0]:
            last = out[-1]
            out[-1] = (op[0], last[1], op[2], last[3], op[4])
        else:
            out.append(op)
    return out


def _slid(ops: list[Op], a: Sequence[str], b: Sequence[str]) -> list[Op]:
    """Added or removed words moved left over equal ones, where they then are whole sentences."""
    for n in range(1, len(ops)):
        same, i, j, k, m = ops[n]
        before = ops[n - 1]
        if same or not before[0] or (i != j and k != m):
            continue
        side, start, end = (b, k, m) if i == j else (a, i, j)
        most = min(before[2] - before[1], before[4] - before[3], end - start)
        for by in range(most + 1):
            if by and side[start - by] != side[end - by]:
                break
            first = start - by
            if first == 0 or side[first - 1] in _ENDS:
                if by:
                    ops[n - 1] = (True, before[1], before[2] - by, before[3], before[4] - by)
                    ops[n] = (False, i - by, j - by, k - by, m - by)
                    after = ops[n + 1] if n + 1 < len(ops) else None
                    grown = (
                        (True, j - by, after[2], m - by, after[4])
                        if after
                        else (True, j - by, j, m - by, m)
                    )
                    if after:
                        ops[n + 1] = grown
                    else:
                        ops.append(grown)
                break
    return [op for op in ops if op[1] != op[2] or op[3] != op[4]]
