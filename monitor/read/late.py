"""Regular expressions that are compiled when they are first asked: of alphabets and of many words they take
1 to 6 ms each, and most commands and passes never read a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast


def late(pattern: str | Callable[[], str], flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, at the first use; `pattern` may be what makes it."""
    return cast(re.Pattern[str], _Late(pattern, flags))


class _Late:
    def __init__(self, pattern: str | Callable[[], str], flags: int) -> None:
        self._pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python asks of any object, a copy of this one say
            raise AttributeError(name)
        pattern = self._pattern if isinstance(self._pattern, str) else self._pattern()
        # Two threads may both compile it: `re` keeps one.
        self.__dict__[name] = found = getattr(re.compile(pattern, self._flags), name)
        return found
