"""Which texts beside an article may be read as its headline or its byline?"""

from __future__ import annotations

from .article import Article
from .article.byline import may_sign
from .article.normal import key
from .pieces import Piece, masked
from .unlike import Side

#: What may stand at the ends of a text that was masked, whatever its numbers are.
_MASKED = " #.,\u00a0\u202f\u2009"


class Own:
    """The names an article has: its title, and those of who wrote it."""

    def __init__(self, known: Article) -> None:
        self.title = key(known.title)
        self._byline = key(known.byline)
        #: A byline that is a guess may be guessed from any text.
        self._declared = "author" in known.declared
        self._names = [name for one in known.byline.split(", ") if (name := key(one))]
        self._cores = [_core(name) for name in (self.title, *self._names) if name]

    def is_in(self, piece: Piece) -> bool:
        """Whether the piece's text has one of them, where it may be read as that."""
        said = piece.said or ""
        if self.title and self.title in said:
            return True
        return any(name in said and self._may_sign(piece, _core(name)) for name in self._names)

    def may_be_in(self, piece: Piece) -> bool:
        """The same of any text that is the piece's but for its numbers."""
        text = piece.masked
        if any(not core or core in text for core in self._cores[: bool(self.title)]):
            return True
        names = self._cores[bool(self.title) :]
        return any(not core or (core in text and self._may_sign(piece, core)) for core in names)

    def is_beside(self, side: Side) -> bool:
        """Whether the byline may be that of a line near the headline, on this side of the article, that else tells
        the day (article/byline.py): only the first such line is asked."""
        if not self._byline or not self._declared:
            return True
        near = side.near
        if b"&#" in near or not self._byline.isascii():
            return True  # it may be spelled in references
        return all(word.encode() in near for word in self._byline.split())

    def _may_sign(self, piece: Piece, core: str) -> bool:
        if not core or not self._declared or piece.dated:
            return True
        return may_sign(piece.masked, core, self._byline)


def _core(name: str) -> str:
    """Of a name that which stands in any masked text that the name stands in."""
    return masked(name).strip(_MASKED)
