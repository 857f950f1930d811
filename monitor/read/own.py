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
        self._core = _core(self.title)
        self._byline = key(known.byline)
        #: A byline that is a guess may be guessed from any text.
        self._declared = "author" in known.declared
        self._names = [name for one in known.byline.split(", ") if (name := key(one))]
        self._cores = [_core(name) for name in self._names]

    def is_in(self, piece: Piece) -> bool:
        """Whether the piece's text has one of them, where it may be read as that."""
        said = piece.said or ""
        if self.title and self.title in said:
            return True
        return any(name in said for name in self._names) and self._may_sign(piece)

    def may_be_in(self, piece: Piece) -> bool:
        """The same of any text that is the piece's but for its numbers."""
        text = piece.masked
        if self.title and self._core in text:
            return True
        return any(core in text for core in self._cores) and self._may_sign(piece)

    def is_beside(self, side: Side) -> bool:
        """Whether the byline may be that of a line near the headline, on this side of the article, that else tells
        the day (article/byline.py): only the first such line is asked."""
        if not self._byline or not self._declared:
            return True
        near = side.near_text
        return near is None or "".join(self._byline.split()) in near

    def _may_sign(self, piece: Piece) -> bool:
        if not self._declared or piece.dated:
            return True
        return may_sign(piece.masked, self._byline)


def _core(name: str) -> str:
    """Of a name that which stands in any masked text that the name stands in, whatever its numbers are."""
    return masked(name).strip(_MASKED)
