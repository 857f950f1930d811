"""Which of a page's lines are its article?

trafilatura says which text it takes for the article; the smallest element that holds most of it is
the root. What stands in the root is the article, but for furniture: told by names (places.py), by
build (lists of links, cards) and, at its head and foot, by what short lines say (labels.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import trafilatura

from . import BlockKind
from .blocks import HEADINGS, Element, Line
from .labels import heads_others, is_byline, is_counter, is_date_line, is_label
from .normal import key
from .places import role_of

#: The root holds at least so much of what trafilatura found (of .75, .85 and .95 the best on the
#: 181 pages of the public benchmark: F1 .962, .954, .951 before any furniture was left out).
ROOT_HOLDS = 0.75
#: A line of running text: longer than a label, and not mostly links.
PROSE = 60
_SENTENCE = re.compile(r"[.!?…。！？؟։]['\"”’»)\]]*$")
_BOXES = frozenset(
    "div section ul ol table tbody aside dl article header footer span figure details".split()
)


def article_lines(
    tree: Element,
    lines: Sequence[Line],
    url: str,
    title: str,
    chosen: list[Element] | None,
    ignored: set[Element],
) -> tuple[Element | None, list[Line]]:
    """(the article's root, its lines); (None, []) where there is no article."""
    above = _Above(lines)
    if chosen is not None:
        wanted = set(chosen)
        kept = [
            x
            for x in lines
            if wanted & set(above[x.element]) and not ignored & set(above[x.element])
        ]
        return (chosen[0] if chosen else None), [x for x in kept if x.element.tag != "h1"]
    root = _root(tree, lines, above, url)
    if root is None:
        return None, []
    inside = [x for x in lines if root in above[x.element] or x.element is root]
    if ignored:
        inside = [x for x in inside if not ignored & set(above[x.element])]
    chooser = _Chooser(root, inside, above, title)
    return root, chooser.kept()


class _Above:
    """The ancestors of each line's element, itself first, body last; kept, as they are asked for often."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._of: dict[Element, tuple[Element, ...]] = {}
        for line in lines:
            self[line.element]

    def __getitem__(self, element: Element) -> tuple[Element, ...]:
        found = self._of.get(element)
        if found is None:
            parent = element.getparent()
            found = (element,) if parent is None else (element, *self[parent])
            self._of[element] = found
        return found


def is_prose(line: Line) -> bool:
    """Running text: long or a whole sentence, and not mostly links."""
    if line.kind is BlockKind.HEADING:
        return False
    size = (
        len(line.text) if line.text.isascii() else sum(2 if c > "\u2e7f" else 1 for c in line.text)
    )
    if 2 * line.linked > len(line.text):
        return False
    return size >= PROSE or (size >= 25 and _SENTENCE.search(line.text) is not None)


def _root(tree: Element, lines: Sequence[Line], above: _Above, url: str) -> Element | None:
    found = (
        trafilatura.extract(tree, url=url, include_comments=False, include_tables=True, fast=True)
        or ""
    )
    text = key(found)
    mass: dict[Element, int] = {}
    for line in lines:
        k = key(line.text)
        if len(k) >= 25 and (k in text or (len(k) > 120 and k[20:80] in text)):
            for element in above[line.element]:
                mass[element] = mass.get(element, 0) + len(k)
    if not mass:
        return None
    most = ROOT_HOLDS * max(mass.values())
    return max((e for e, m in mass.items() if m >= most), key=lambda e: len(above[e]))


class _Chooser:
    """Leaves furniture out of the lines of one root."""

    def __init__(self, root: Element, lines: list[Line], above: _Above, title: str) -> None:
        self.root = root
        self.lines = lines
        self.above = above
        self.title = key(title).casefold()
        self.depth = len(above[root])
        self.prose = [is_prose(line) for line in lines]
        self.mass: dict[Element, int] = {}
        self.total = 0
        for line, good in zip(lines, self.prose, strict=True):
            if good:
                self.total += len(line.text)
                for element in self._below(line):
                    self.mass[element] = self.mass.get(element, 0) + len(line.text)
        self.out: dict[Element, bool] = {root: False}

    def kept(self) -> list[Line]:
        self._boxes()
        found = [
            (line, good)
            for line, good in zip(self.lines, self.prose, strict=True)
            if line.element.tag != "h1" and not self._is_out(line.element)
        ]
        return self._trimmed(found)

    def _below(self, line: Line) -> tuple[Element, ...]:
        """The line's elements below the root, nearest first."""
        chain = self.above[line.element]
        return chain[: len(chain) - self.depth]

    def _is_out(self, element: Element) -> bool:
        found = self.out.get(element)
        if found is None:
            parent = element.getparent()
            found = (parent is not None and self._is_out(parent)) or self._named_out(element)
            self.out[element] = found
        return found

    def _named_out(self, element: Element) -> bool:
        role = role_of(element)
        if role not in ("furniture", "comments"):
            return False
        if element.tag in ("article", "main"):
            return False
        # What holds so much of the article is no furniture, whatever it is called.
        return self.mass.get(element, 0) < 0.3 * self.total or role == "comments"

    def _boxes(self) -> None:
        """Lists of links and rows of cards, with the heading over them."""
        inside: dict[Element, list[int]] = {}
        for n, line in enumerate(self.lines):
            for element in self._below(line):
                if element.tag in _BOXES:
                    inside.setdefault(element, []).append(n)
        last = max((n for n, good in enumerate(self.prose) if good), default=-1)
        for element, found in inside.items():
            if self.mass.get(element, 0) >= 0.3 * self.total or self.out.get(element):
                continue
            lines = [self.lines[n] for n in found]
            if _is_cards(element, lines) or (
                _is_links(lines) and (found[0] > last or self._headed(found[0]))
            ):
                self.out[element] = True

    def _headed(self, n: int) -> bool:
        return n > 0 and heads_others(self.lines[n - 1].text)

    def _trimmed(self, found: list[tuple[Line, bool]]) -> list[Line]:
        found = [
            (line, good)
            for line, good in found
            if not is_counter(line.text)
            and not (
                heads_others(line.text) and (line.kind is BlockKind.HEADING or len(line.text) < 40)
            )
            and not (line.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM) and is_label(line.text))
        ]
        first = next((n for n, (_, good) in enumerate(found) if good), None)
        if first is None:
            return [line for line, _ in found if not self._meta(line)]
        last = max(n for n, (_, good) in enumerate(found) if good)
        head = [line for line, _ in found[:first] if self._opens(line)]
        middle = [line for line, _ in found[first : last + 1]]
        foot = [line for line, _ in found[last + 1 :] if self._closes(line)]
        while foot and foot[-1].kind is BlockKind.HEADING:
            foot.pop()
        return head + [line for line in middle if not is_date_line(line.text)] + foot

    def _meta(self, line: Line) -> bool:
        text = line.text
        return is_date_line(text) or is_byline(text) or key(text).casefold() == self.title

    def _opens(self, line: Line) -> bool:
        """Whether a short line ahead of the running text is of the article: a heading, an item, a caption."""
        if self._meta(line) or 2 * line.linked > len(line.text):
            return False
        return line.kind is not BlockKind.PARAGRAPH or line.element.tag == "p"

    def _closes(self, line: Line) -> bool:
        """Whether a short line behind the running text is of the article."""
        if self._meta(line) or 2 * line.linked > len(line.text):
            return False
        return line.kind is not BlockKind.PARAGRAPH or line.element.tag == "p"


def _is_links(lines: Sequence[Line]) -> bool:
    """Mostly links, and several."""
    size = sum(len(line.text) for line in lines)
    linked = sum(line.linked for line in lines)
    return 10 * linked >= 6 * size and sum(len(line.links) for line in lines) >= 2


def _is_cards(element: Element, lines: Sequence[Line]) -> bool:
    """Two or more children built alike, each a linked heading or a link round picture and heading."""
    children = [c for c in element if isinstance(c.tag, str)]
    tags = {c.tag for c in children}
    if len(children) < 2 or len(tags) > 2:
        return False
    cards = sum(_is_card(child) for child in children)
    return cards >= 2 and 10 * cards >= 7 * len(children)


def _is_card(element: Element) -> bool:
    for link in element.iter("a"):
        if not link.get("href"):
            continue
        for inner in link.iter():
            if inner.tag in HEADINGS:
                return True
        parent = link.getparent()
        if parent is not None and parent.tag in HEADINGS and parent is not element:
            words = " ".join(parent.itertext()).split()
            return words == " ".join(link.itertext()).split()
    return False
