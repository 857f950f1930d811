"""How a channel fares in a round of delivery: when is it left, so that the rest need not wait for nothing?"""

from __future__ import annotations

from msgspec import Struct

#: After so many messages in a row that got no answer, the rest need not wait for theirs.
SILENT = 2
#: After so many in a row that were answered with a no, it is the channel and not they: a receiver that
#: chokes on one event, or greylists each recipient, holds no other.
UNWILLING = 8


class Trust(Struct):
    """How a channel fared in this round: when to leave it, and why."""

    silent: int = 0
    unwilling: int = 0
    why: str = ""

    @property
    def lost(self) -> bool:
        """Whether the rest is better left for the next round."""
        return self.silent >= SILENT or self.unwilling >= UNWILLING

    def worked(self) -> None:
        """A message went through."""
        self.silent = self.unwilling = 0

    def failed(self, why: str, *, answered: bool) -> None:
        """One did not, and is tried again."""
        self.why = why
        if answered:
            self.unwilling += 1
        else:
            self.silent += 1
