"""What an article is: title, byline, dates and blocks of text, as read from one page.

`extract.py` finds and reads it. An Article is kept as the page had it (`text`), and compared by
`key`, the normalised form.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

#: Raised by one whenever extraction changes what is read from the same bytes; versions of a post
#: are only ever compared under one number (run/ re-reads the stored bytes of the older one).
EXTRACTOR = 3


class BlockKind(StrEnum):
    """What a block of an article is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"
    ROW = "row"
    CODE = "code"
    CAPTION = "caption"


class NoteKind(StrEnum):
    """What a note says the publisher did."""

    UPDATE = "update"
    CORRECTION = "correction"
    EDITOR = "editor"


class Link(Struct, frozen=True):
    """A link of a block: its words and its absolute target, tracking parameters dropped."""

    text: str
    target: str


class Block(Struct, frozen=True):
    """One paragraph, heading, list item, quote, table row, code block or caption, in reading order."""

    kind: BlockKind
    text: str  #: as the page has it, white space collapsed (kept in code)
    key: str  #: normalised for comparison: NFKC, quotes, dashes, white space, soft hyphens, zero-width
    links: tuple[Link, ...] = ()
    place: str = ""  #: path of tag and stable class names below the article's root, "p" for a plain paragraph


class Note(Struct, frozen=True):
    """An update, correction or editor's note found in the article."""

    kind: NoteKind
    text: str
    key: str


class Article(Struct, frozen=True):
    """What was read. Dates are bare dates or RFC 3339, "" where unknown."""

    title: str = ""
    byline: str = ""
    published_at: str = ""
    modified_at: str = ""
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()
    language: str = ""  #: "en", "ja"; "" unknown
    canonical: str = ""  #: absolute rel=canonical, "" none
    extractor: int = EXTRACTOR
    #: stands for the `content` and `ignore` it was read with, "" for none: readings with others are only
    #: compared once the older bytes have been read again with today's
    selectors: str = ""
    #: which of title, author, published_at, modified_at the page *declares* (JSON-LD, meta, h1, time);
    #: guesses are never an edit
    declared: frozenset[str] = frozenset()
    digest: str = (
        ""  #: SHA-256 over the comparison forms of all above but notes, canonical, language
    )
    words: int = 0  #: of the blocks; CJK by character
    #: what a visible line ("Last updated …") says of the last change: a date, or `YYYY-MM-DD HH:MM` in an
    #: unknown zone; "" without one. `modified_at` is what markup declares, and this where it declares none
    shown_at: str = ""
