"""What a function said of a text, remembered for as many texts as fit into so many characters.

`functools.lru_cache` counts entries: eight thousand paragraphs are 8 MB of a usual blog, and 16 GB of a
server that sends ones of a million letters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")

#: What an entry takes beside its text, in characters.
_ENTRY = 100
_NOTHING: Any = object()


class Once(Generic[T]):
    """A property that is worked out when it is first asked for. `functools.cached_property` takes a lock for it up
    to Python 3.11: twice as long as most of a piece's properties take."""

    def __init__(self, fn: Callable[[Any], T]) -> None:
        update_wrapper(cast(Any, self), fn)
        self._fn, self._name = fn, fn.__name__

    def __get__(self, of: Any, owner: object = None) -> T:
        """What the function says of the object; found in its dictionary from then on."""
        said: T = self._fn(of)
        of.__dict__[self._name] = said
        return said


class Remembered(Generic[T]):
    """A function of one text (or bytes), its answers kept: the oldest go first, half of all at a time.

    Several threads may call it: that two count one text, or drop it, is mended when all is counted anew.
    """

    def __init__(self, fn: Callable[[Any], T], most: int) -> None:
        update_wrapper(self, fn)
        self._fn, self._most = fn, most
        self._kept: dict[str | bytes, T] = {}
        self.find = self._kept.get  #: what it said of a text, if it is remembered
        self.held = 0  #: characters of all that is kept, as far as counted

    def __call__(self, text: str | bytes) -> T:
        """What the function says."""
        found: T = self._kept.get(text, _NOTHING)
        return found if found is not _NOTHING else self._added(text)

    def _added(self, text: str | bytes) -> T:
        said = self._kept[text] = self._fn(text)
        self.held += len(text) + _ENTRY
        if self.held > self._most:
            self._shorten()
        return said

    def _shorten(self) -> None:
        texts = list(self._kept)
        held = sum(map(len, texts)) + _ENTRY * len(texts)
        # The newest stays, however long: every rule asks about it again.
        for text in texts[:-1]:
            if held <= self._most // 2:
                break
            self._kept.pop(text, None)
            held -= len(text) + _ENTRY
        self.held = held


def remembered(most: int) -> Callable[[Callable[[Any], T]], Remembered[T]]:
    """Has a function of one text remember what it said, of texts of so many characters in all, each
    counted for 100 more than it has; and of one text, should it be longer than that."""
    return lambda fn: Remembered(fn, most)
