"""What of a whole page is furniture, whatever article is on it?

By what elements are called (places.py) and by how they are built: rows of cards, lists of comments.
Names do not survive hashed class names; build does. What holds much of the page's running text is
never furniture by its name: themes write the sidebar's state into the name of everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import BlockKind
from .blocks import HEADINGS, Element, Line
from .labels import PROSE, SENTENCE, heads_others
from .notes import label_of
from .places import role_of

#: What holds this share of the page's running text is no furniture, whatever it is called.
HOLDS_TEXT = 0.3
#: The text under a card's title is an excerpt; longer, it is a text of its own.
EXCERPT = 400
#: A box that calls the reader elsewhere says it in as many characters.
CALL = 350
BOXES = frozenset(
    "div section ul ol table tbody aside dl article header footer span figure details a".split()
)
_SENTENCE = re.compile(r"[.!?…。！？؟։]['\"”’»)\]]*$")
_NUMBERED = re.compile(
    r"\(?\d[\d.,]*\)?\s+\S+(?:\s\S+)?|\S+(?:\s\S+)?\s*[(\[:]\s*\d[\d.,]*\s*[)\]]?"
)


class Above:
    """The ancestors of each line's element, itself first; kept, as they are asked for often."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._of: dict[Element, tuple[Element, ...]] = {}

    def __getitem__(self, element: Element) -> tuple[Element, ...]:
        found = self._of.get(element)
        if found is None:
            parent = element.getparent()
            found = (element,) if parent is None else (element, *self[parent])
            self._of[element] = found
        return found


def size_of(line: Line) -> int:
    """How much a line says: its characters, a CJK one for two."""
    size = len(line.key)
    return (
        size
        if size >= PROSE or line.key.isascii()
        else sum(2 if c > "\u2e7f" else 1 for c in line.key)
    )


def is_prose(line: Line) -> bool:
    """Running text: long or a whole sentence, and not mostly links."""
    if line.kind is BlockKind.HEADING or 2 * line.linked > len(line.text):
        return False
    size = len(line.text)
    if size < PROSE and not line.text.isascii():
        size = sum(
            2 if c > "\u2e7f" else 1 for c in line.text
        )  # a CJK character says as much as two
    return size >= PROSE or (size >= SENTENCE and _SENTENCE.search(line.text) is not None)


class Furniture:
    """Answers for any element of the page whether it is, or stands in, furniture."""

    def __init__(self, lines: Sequence[Line], above: Above) -> None:
        self._above = above
        self._lines: dict[Element, list[Line]] = {}
        self._before: dict[Element, Line | None] = {}
        self._mass: dict[Element, int] = {}
        self._own: dict[Element, bool] = {}
        self._all: dict[Element, bool] = {}
        self._roles: dict[Element, str] = {}
        self._comments: dict[Element, bool] = {}
        total = 0
        last: Line | None = None
        for line in lines:
            prose = len(line.text) if is_prose(line) else 0
            for element in above[line.element]:
                if element not in self._lines:
                    self._lines[element] = []
                    self._before[element] = last
                    self._mass[element] = 0
                self._lines[element].append(line)
                self._mass[element] += prose
            total += 0 if self._among_comments(line.element) else prose
            last = line
        self._total = total

    def holds(self, element: Element, root: Element | None = None) -> bool:
        """Whether this element or one above it (below the root) is furniture."""
        if element is root:
            return False
        if root is not None:
            return any(self._is(e) for e in self._until(element, root))
        found = self._all.get(element)
        if found is None:
            parent = element.getparent()
            found = self._is(element) or (parent is not None and self.holds(parent))
            self._all[element] = found
        return found

    def is_comment(self, element: Element) -> bool:
        """Whether this element stands among readers' comments, as their names tell."""
        return self._among_comments(element) and self.holds(element)

    def _among_comments(self, element: Element) -> bool:
        found = self._comments.get(element)
        if found is None:
            parent = element.getparent()
            found = self._role(element) == "comments" or (
                parent is not None and self._among_comments(parent)
            )
            self._comments[element] = found
        return found

    def _role(self, element: Element) -> str:
        found = self._roles.get(element)
        if found is None:
            found = self._roles[element] = role_of(element)
        return found

    def _until(self, element: Element, root: Element) -> tuple[Element, ...]:
        chain = self._above[element]
        return chain[: chain.index(root)] if root in chain else chain

    def _is(self, element: Element) -> bool:
        found = self._own.get(element)
        if found is None:
            found = self._named(element) or self._built(element)
            self._own[element] = found
        return found

    def _named(self, element: Element) -> bool:
        role = self._role(element)
        if role not in ("furniture", "comments") or element.tag in (
            "html",
            "body",
            "article",
            "main",
        ):
            return False
        headed = any(line.element.tag == "h1" for line in self._lines.get(element, ()))
        if role == "comments":
            return not headed
        if element.tag in ("footer", "nav") and not headed and not _inside(element):
            return (
                True  # the page's own: beside a post of one sentence it may hold most of the text
            )
        return self._mass.get(element, 0) < HOLDS_TEXT * self._total

    def _built(self, element: Element) -> bool:
        if element.tag not in BOXES:
            return False
        lines = self._lines.get(element, [])
        return len(lines) >= 2 and (
            _is_cards(element)
            or self._is_headed_list(element)
            or self._is_comments(element, lines)
            or self._is_call(element, lines)
        )

    def _is_headed_list(self, element: Element) -> bool:
        """A list or box of short texts under a heading over other posts."""
        lines = self._lines[element]
        return (
            heads_others(lines[0].text)
            and lines[0].kind is BlockKind.HEADING
            and sum(2 * line.linked > len(line.text) for line in lines) >= max(2, 0.4 * len(lines))
            and all(len(line.text) <= EXCERPT for line in lines)
            and self._mass.get(element, 0) < 0.5 * self._total
        )

    def _is_call(self, element: Element, lines: Sequence[Line]) -> bool:
        """A small box of its own whose last line is nothing but a link: a call to read, join or buy."""
        if element.tag not in ("div", "section", "aside") or len(lines) > 4:
            return False
        size = sum(len(line.text) for line in lines)
        *others, last = lines
        return (
            size <= CALL
            and 10 * last.linked >= 9 * len(last.text)
            and not any(line.linked for line in others)
            and 5 * self._mass.get(element, 0) < self._total
            and not any(label_of(line.text) for line in others)
        )

    def _is_comments(self, element: Element, lines: Sequence[Line]) -> bool:
        """Two or more children, each a short line and then text, under "12 Comments" in any language."""
        head = lines[0] if lines[0].kind is BlockKind.HEADING else self._before[element]
        if head is None or head.kind is not BlockKind.HEADING or not _NUMBERED.fullmatch(head.key):
            return False
        children = [c for c in element if c in self._lines]
        return all(self._is_comment(self._lines[c]) for c in children if self._lines[c] != [head])

    def _is_comment(self, lines: Sequence[Line]) -> bool:
        """A short line, the name, and then text, none of it a heading."""
        if len(lines) < 2 or any(line.kind is BlockKind.HEADING for line in lines):
            return False
        return len(lines[0].text) <= 60 and not _SENTENCE.search(lines[0].text)


def _inside(element: Element) -> bool:
    """Whether an element stands in an article or in the page's main part."""
    return any(e.tag in ("article", "main", "section") for e in element.iterancestors())


def _is_cards(element: Element) -> bool:
    """Two or more children built alike, each a linked heading or a link round picture and heading."""
    children = [c for c in element if isinstance(c.tag, str)]
    if len(children) < 2 or len({c.tag for c in children}) > 2:
        return False
    cards = sum(_is_card(child) for child in children)
    return cards >= 2 and 10 * cards >= 7 * len(children)


def _is_card(element: Element) -> bool:
    for link in element.iter("a"):
        if not link.get("href"):
            continue
        found = any(inner.tag in HEADINGS for inner in link.iter())
        parent = link.getparent()
        if not found and parent is not None and parent.tag in HEADINGS and parent is not element:
            found = " ".join(parent.itertext()).split() == " ".join(link.itertext()).split()
        if found:
            words = " ".join(" ".join(element.itertext()).split())
            return len(words) <= EXCERPT + 200
    return False
