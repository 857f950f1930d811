"""Which of many texts is most like another? An index of words instead of each with each; at a bounded cost.

A bag is a set of whatever stands for the words of a text; likeness is Dice of two bags. The answers are
those of comparing all pairs, until what may be looked at is used up: then there is none any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable

#: A text shares this much with what it was an edited form of.
HALF = 0.5
#: Entries that are looked at in one index, about a second's work: some two thousand paragraphs of a hundred
#: words, all rewritten, come under it.
VISITS = 10_000_000
#: Words that are held of all texts; more are not compared at all.
MOST_WORDS = 500_000

Bag = frozenset[Hashable]


def counted(words: Iterable[str]) -> Bag:
    """A bag in which a word that stands twice counts twice."""
    seen: Counter[str] = Counter()
    found: list[Hashable] = []
    for word in words:
        seen[word] += 1
        found.append(word if seen[word] == 1 else (word, seen[word]))
    return frozenset(found)


class Nearest:
    """Bags in which the one most like another is looked for."""

    def __init__(self, bags: Iterable[Bag], visits: int = VISITS) -> None:
        self._bags: list[Bag] = []
        self._where: dict[Hashable, list[int]] = {}
        self._gone: set[int] = set()
        self.left = visits  #: entries that may still be looked at; below 0: used up
        held = 0
        for bag in bags:
            held += len(bag)
            if held > MOST_WORDS:
                self.left = -1
                break
            self._bags.append(bag)
            self._note(len(self._bags) - 1, bag)

    @property
    def spent(self) -> bool:
        """Whether it is used up: nothing that is found none of is known to have none."""
        return self.left < 0

    def drop(self, at: int) -> None:
        """Takes one bag out."""
        self._gone.add(at)

    def put(self, at: int, bag: Bag) -> None:
        """Puts another bag in the place of one."""
        if not self.spent:
            self._bags[at] = bag
            self._note(at, bag)

    def best(self, bag: Bag, *, last: bool = False) -> int | None:
        """Where the bag most like this one stands, if HALF is shared; of equals the first, or the `last`."""
        if self.spent or not bag:
            return None
        found, most = None, HALF
        for at in sorted(self._likely(bag), reverse=last):
            like = self._like(bag, at)
            if like > most or (found is None and like >= most):
                found, most = at, like
        return None if self.spent else found

    def any(self, bag: Bag) -> int | None:
        """Where some bag stands of which HALF is shared with this one."""
        if self.spent or not bag:
            return None
        rarest = min((self._where[w] for w in bag if w in self._where), key=len, default=())
        for at in rarest[:4]:  # a text that was edited keeps words that no other has
            if self._like(bag, at) >= HALF:
                return at
        return next((at for at in self._likely(bag) if self._like(bag, at) >= HALF), None)

    def _note(self, at: int, bag: Bag) -> None:
        for word in bag:
            self._where.setdefault(word, []).append(at)

    def _like(self, bag: Bag, at: int) -> float:
        other = self._bags[at]
        total = len(bag) + len(other)
        self.left -= min(len(bag), len(other))
        if at in self._gone or self.spent or not total:
            return 0.0
        return 2 * len(bag & other) / total

    def _likely(self, bag: Bag) -> Collection[int]:
        """Those that may share HALF. To share it, two bags must have a third of this one's words in common:
        the commonest quarter is not looked up, and the rest must still show a part."""
        size = len(bag)
        lists = sorted((self._where[w] for w in bag if w in self._where), key=len)
        skipped = size // 4
        kept = lists[: max(0, size - skipped)]
        unseen = len(lists) - len(kept)
        self.left -= sum(map(len, kept))
        if self.spent:
            return ()
        shared: Counter[int] = Counter()
        for places in kept:
            shared.update(places)
        return [
            at
            for at, n in shared.items()
            if 2 * (n + unseen) >= HALF * (size + len(self._bags[at]))
        ]
