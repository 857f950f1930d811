"""One page held open: its tree, and its article under whatever is to be ignored, as often as asked.

For what tries rules out (decide/ignore_rule.py); a look reads a page once (page.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ..tree import tree_of
from . import Article
from .blocks import Element, Line, read_lines
from .charset import decode_html
from .extract import located, select


class Copy(Struct, frozen=True):
    """The bytes of a page as stored."""

    body: bytes
    url: str
    content_type: str = ""


class Reading(Struct, frozen=True):
    """The article under some rule."""

    article: Article
    elements: tuple[Element, ...]  #: in which each block of the article stands
    texts: tuple[str, ...]  #: comparison keys of all the page's blocks


class Sheet:
    """A page that may be read several times. Elements of its tree are its own: compare no two sheets'."""

    def __init__(self, copy: Copy, content: str = "") -> None:
        text, _ = decode_html(copy.body, copy.content_type)
        self.tree = tree_of(text)
        self._url, self._content = copy.url, content
        self._lines: list[Line] | None = None

    def named(self, selectors: Sequence[str]) -> list[Element]:
        """The elements that these selectors name."""
        return [] if self.tree is None else select(self.tree, selectors)

    def read(self, ignore: Sequence[str]) -> Reading:
        """The article without what is to be ignored; an empty one where the bytes are no page."""
        if self.tree is None:
            return Reading(Article(), (), ())
        body = self.tree.find("body")
        whole = body if body is not None else self.tree
        if self._lines is None:
            self._lines = read_lines(whole)
        without = set(select(self.tree, ignore))
        shown = read_lines(whole, without=without) if without else self._lines
        article, elements = located(
            self.tree,
            self._url,
            content=self._content,
            ignore=ignore,
            lines=self._lines,
            shown=shown,
        )
        return Reading(article, elements, tuple(line.key for line in shown if line.key))
