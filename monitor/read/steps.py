"""How much of a costly work is still to be done? One count for all of it, so that no text makes it endless."""

from __future__ import annotations


class Steps:
    """What is left of work that hostile texts could make grow with the square of their number."""

    def __init__(self, most: int) -> None:
        self.left = most

    def take(self, n: int = 1) -> None:
        """Counts some of it as done."""
        self.left -= n

    @property
    def spent(self) -> bool:
        """Whether no more is to be done."""
        return self.left < 0
