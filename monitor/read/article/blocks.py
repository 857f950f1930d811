"""What text stands on a page, block by block, in reading order, whatever it is good for?

One walk over the tree gives `Line`s: of the article, of menus, of the foot. Which of them are the
article is decided elsewhere (extract.py). Hidden text and text for machines is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from lxml import html as lxml_html
from msgspec import Struct, field

from . import BlockKind
from .dates import day_in, without_day
from .normal import key
from .places import HIDDEN_CLASS

Element = lxml_html.HtmlElement

#: No text for readers. Controls (button, label) are read: an error page may say it all in them.
NOT_TEXT = frozenset(
    "script style template noscript head title meta link svg canvas audio video object embed iframe "
    "frameset noframes select option datalist textarea input map area track source param "
    "progress meter rp rt".split()
)
BLOCK = frozenset(
    "html body article section main div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre table "
    "thead tbody tfoot tr td th caption figure figcaption header footer nav aside form fieldset "
    "legend details summary address center hr dialog hgroup button menu dir search listing xmp "
    "picture amp-ad amp-sidebar label".split()
)
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_KINDS = {
    **dict.fromkeys(HEADINGS, BlockKind.HEADING),
    "li": BlockKind.ITEM,
    "dd": BlockKind.ITEM,
    "dt": BlockKind.ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
    "pre": BlockKind.CODE,
    "listing": BlockKind.CODE,
    "xmp": BlockKind.CODE,
}
#: What makes a table cell a piece of the layout and not of a table of data.
_IN_LAYOUT = frozenset("p div section article h1 h2 h3 h4 h5 h6 ul ol table form".split())
_HIDDEN_STYLE = re.compile(r"(?i)(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_SENTENCE_END = re.compile(r"[.!?:;…。！？：；」』”\"'’)\]]\s*$")
#: A line of date and name: so many characters, so many words beside the date.
LONGEST_DATELINE, NAMES_OF_A_DATELINE = 100, 6
#: libxml2 stops nesting at 256 or 2,048 levels, depending on its version; deeper than this the
#: text is read without its structure (a level takes up to three of Python's 1,000 frames).
MAX_DEPTH = 200


class Line(Struct):
    """The text of one block as it stands on the page."""

    element: Element  #: the block element it stands in
    kind: BlockKind
    text: str  #: white space collapsed, kept in code
    links: list[tuple[str, str]] = field(default_factory=list)  #: words and href as written
    linked: int = 0  #: characters of the text that are links
    key: str = ""  #: the comparison form of the text


def read_lines(
    root: Element, most: int = 20_000, *, without: Collection[Element] = ()
) -> list[Line]:
    """All visible blocks of text below an element, in reading order, at most so many; none of the text
    of the elements `without`, though they stand amid a block's words."""
    walker = _Walker(most, honour_hidden=True, without=without)
    walker.block(root, BlockKind.PARAGRAPH, None, 0)
    if walker.hidden and sum(len(line.text) for line in walker.lines) < 200:
        # A page that shows itself by script only; what is hidden is then all there is.
        other = _Walker(most, honour_hidden=False, without=without)
        other.block(root, BlockKind.PARAGRAPH, None, 0)
        if sum(len(line.text) for line in other.lines) > 200:
            return other.lines
    return walker.lines


class _Walker:
    """The state of one walk: the text of the block being read and the links in it."""

    def __init__(self, most: int, *, honour_hidden: bool, without: Collection[Element]) -> None:
        self.without = without
        self.lines: list[Line] = []
        self.most = most
        self.honour_hidden = honour_hidden
        self.hidden = False
        self.text: list[str] = []
        self.links: list[tuple[list[str], str]] = []
        self.linked = 0
        self.href: str | None = None
        self.after_break = False

    def block(self, element: Element, kind: BlockKind, href: str | None, depth: int) -> None:
        """Reads a block element: what stood before it is finished, and so is it at its end."""
        if len(self.lines) >= self.most:
            return
        self.inner(element, element, kind, depth)
        self.flush(element, kind)

    def inner(self, element: Element, block: Element, kind: BlockKind, depth: int) -> None:
        """Text and children of an element that stands in a block."""
        self.add(element.text, kind)
        for child in element:
            tag = child.tag
            if isinstance(tag, str):
                self.child(child, tag, block, kind, depth + 1)
            self.add(child.tail, kind)

    def child(self, child: Element, tag: str, block: Element, kind: BlockKind, depth: int) -> None:
        if tag in NOT_TEXT or self._left_out(child):
            return
        if tag == "br":
            self._break(block, kind)
        elif tag == "img":
            self._picture_text(child)
        elif depth > MAX_DEPTH:
            self.add(" ".join(_flat(child)), kind)
        elif tag in BLOCK:
            self.flush(block, kind)
            if tag == "tr" and not _is_layout(child):
                self._row(child, depth)
                return
            self.block(child, _kind(tag, kind), self.href, depth)
        elif tag == "a":
            outer, self.href = self.href, child.get("href") or self.href
            if self.href:
                self.links.append(([], self.href))
            self.inner(child, block, kind, depth)
            self.href = outer
            if outer:
                self.links.append(([], outer))
        elif child.get("data-cfemail"):
            self.add(decode_email(child.get("data-cfemail", "")), kind)
        elif tag == "q":
            self.add("“", kind)
            self.inner(child, block, kind, depth)
            self.add("”", kind)
        else:
            self.inner(child, block, kind, depth)

    def add(self, text: str | None, kind: BlockKind) -> None:
        if not text:
            return
        self.text.append(text)
        if self.after_break and not text.isspace():
            self.after_break = False
        if self.href is not None:
            self.linked += len(text.strip())
            if not self.links or self.links[-1][1] != self.href:
                self.links.append(([], self.href))
            self.links[-1][0].append(text)

    def flush(self, block: Element, kind: BlockKind) -> None:
        """What was gathered becomes a line, if it is any text."""
        if self.text:
            joined = "".join(self.text)
            text = (
                joined.strip("\n").rstrip() if kind is BlockKind.CODE else " ".join(joined.split())
            )
            if text.strip():
                links = [(" ".join("".join(words).split()), href) for words, href in self.links]
                links = [link for link in links if link[0]]
                self.lines.append(Line(block, kind, text, links, self.linked, key(text)))
        self.text, self.links, self.linked, self.after_break = [], [], 0, False

    def _break(self, block: Element, kind: BlockKind) -> None:
        """A line break: twice, behind a sentence, or behind a date and a name, it parts paragraphs."""
        if kind is BlockKind.CODE:
            self.text.append("\n")
        elif self.after_break or (
            kind is BlockKind.PARAGRAPH
            and (
                _SENTENCE_END.search("".join(self.text[-2:])[-8:])
                or is_dateline("".join(self.text))
            )
        ):
            self.flush(block, kind)
            self.after_break = True
        else:
            self.text.append(" ")
            self.after_break = True

    def _picture_text(self, image: Element) -> None:
        """An emoji drawn as a picture is text; any other picture is not."""
        alt = image.get("alt") or ""
        if 0 < len(alt) <= 8 and not alt.isascii() and not any(c.isalnum() for c in alt):
            self.text.append(alt)

    def _row(self, row: Element, depth: int) -> None:
        """A table row: its cells joined, as they only mean something together."""
        cells: list[str] = []
        links: list[tuple[str, str]] = []
        linked = 0
        at = len(self.lines)
        for cell in row:
            if isinstance(cell.tag, str) and cell.tag not in NOT_TEXT and not self._left_out(cell):
                self.block(cell, BlockKind.ROW, None, depth + 1)
                found = self.lines[at:]
                del self.lines[at:]
                cells.append(" ".join(line.text for line in found))
                links += [link for line in found for link in line.links]
                linked += sum(line.linked for line in found)
        if any(cells):
            text = " | ".join(cells)
            self.lines.append(Line(row, BlockKind.ROW, text, links, linked, key(text)))

    def _left_out(self, element: Element) -> bool:
        return element in self.without or self._unseen(element)

    def _unseen(self, element: Element) -> bool:
        if not self.honour_hidden or not element.attrib:
            return False
        get = element.get
        if get("hidden") is not None and get("hidden") != "until-found":
            found = True
        elif get("aria-hidden") == "true" and element.tag not in ("body", "main", "article"):
            found = True
        else:
            style, names = get("style"), get("class")
            found = bool(style and _HIDDEN_STYLE.search(style)) or bool(
                names and not HIDDEN_CLASS.isdisjoint(names.split())
            )
        self.hidden = self.hidden or found
        return found


def _kind(tag: str, outer: BlockKind) -> BlockKind:
    """What a block is by its tag; a paragraph takes the kind of what it stands in."""
    found = _KINDS.get(tag)
    if found is not None:
        return found
    return BlockKind.PARAGRAPH if outer is BlockKind.HEADING else outer


def _is_layout(row: Element) -> bool:
    """Whether a row's cells hold paragraphs and headings of their own: an old page's columns."""
    for cell in row:
        found = 0
        for inner in cell.iter():
            if inner is not cell and inner.tag in _IN_LAYOUT:
                found += 1
                if found > 1 or inner.tag not in ("p", "div"):
                    return True
    cells = [c for c in row if c.tag in ("td", "th")]
    return len(cells) == 1 and len(cells[0].findall(".//br")) > 1


def _flat(element: Element) -> list[str]:
    """The words below an element, without its structure and without what is no text."""
    found: list[str] = []
    for inner in element.iter():
        if isinstance(inner.tag, str) and inner.tag not in NOT_TEXT and inner.text:
            found.append(inner.text)
        if inner is not element and inner.tail:
            found.append(inner.tail)
    return found


def decode_email(code: str) -> str:
    """The address Cloudflare hides as hex, each byte XORed with the first; "" where it is none.

    The code differs on every look; the address does not.
    """
    try:
        raw = bytes.fromhex(code)
    except ValueError:
        return ""
    return bytes(b ^ raw[0] for b in raw[1:]).decode("utf-8", "replace") if raw else ""


def is_dateline(text: str) -> bool:
    """Whether a line says when, perhaps who, and nothing else: templates set it before the text, in the
    same element, with one break between."""
    if not 8 <= len(text.strip()) <= LONGEST_DATELINE or not any(c.isdigit() for c in text):
        return False
    return bool(day_in(text)) and len(without_day(text).split()) <= NAMES_OF_A_DATELINE
