"""The paragraphs of a stretch of markup that are nothing but words, each with what readers read of it.

Cut from the bytes, the page not parsed: a paragraph in which anything else may be read is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.entities import name2codepoint

from msgspec import Struct

from .article.labels import PROSE, SENTENCE
from .article.normal import key
from .stretch import name_of
from .tags import is_whole, read_of

#: Elements within a line whose text is the line's, and no more is read of them.
_INLINE = rb"(?:a|abbr|b|cite|code|em|i|kbd|mark|s|small|strong|sub|sup|u|var)"
#: A paragraph or an item of a list with words in it and such elements; what else there is, cut at each "<".
_UNIT = re.compile(
    rb"(?i)<(p|li)(?:\s[^<>]*+)?>(?:[^<]++|</?%b(?:\s[^<>]*+)?>)*+</\1>\s*+|<[^<]*+|[^<]++"
    % _INLINE
)
_TAG = re.compile(rb"<[^<>]*+>")
_LINK = re.compile(rb"(?i)<(/?)a[\s>]")
#: Attributes that say something of what a link leads to, or of a word, unless they name an author.
_OF_LINKS = frozenset((b"rel", b"title"))
#: References that all parsers read alike: those of HTML 4, and numbers of what is no control.
_REFERENCE = re.compile(r"&(?:#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5})|([A-Za-z0-9]{1,10}));")
#: What ends a sentence for any reader.
_ENDS = ".!?…"


class Paragraph(Struct, frozen=True):
    """A paragraph, or an item of a list."""

    tags: tuple[bytes, ...]  #: its own, those within it, the last one its end
    text: str  #: as readers have it, white space collapsed
    key: str  #: in comparison form
    linked: tuple[str, ...]  #: the words of each link in it, as written

    @property
    def is_plain(self) -> bool:
        """Whether what stands within it says no more than its words."""
        return all(len(tag.split()) == 1 and not _LINK.match(tag) for tag in self.tags[1:])

    @property
    def says_more(self) -> bool:
        """Whether more than its text is read of it, or of what stands within it: that it is hidden, or who wrote
        something."""
        return any(_says_more(tag[1:-1]) for tag in self.tags if len(tag.split()) > 1)

    @property
    def is_prose(self) -> bool:
        """Whether it is running text for any reader (article/furniture.py): long or a whole sentence, and not
        mostly links."""
        if 2 * sum(map(len, self.linked)) > len(self.text):
            return False
        return len(self.text) >= PROSE or (len(self.text) >= SENTENCE and self.text[-1] in _ENDS)


def units(stretch: bytes) -> list[bytes]:
    """The stretch cut into paragraphs, without white space behind them, and tags with the text behind each; a text
    behind a paragraph is one of its own."""
    return [found[0].rstrip() if found[1] else found[0] for found in _UNIT.finditer(stretch)]


def paragraph(unit: bytes) -> Paragraph | None:
    """What is read of a unit; None where it is no paragraph, or may be read in more than one way."""
    tags = _TAG.findall(unit)
    if len(tags) < 2 or not unit.endswith(tags[-1]) or unit[:2].lower() not in (b"<p", b"<l"):
        return None
    if not all(is_whole(tag[1:-1]) for tag in tags if b"=" in tag or b"'" in tag or b'"' in tag):
        return None
    if not _are_closed(tags):
        return None
    texts = _TAG.split(unit)[1:-1]
    words = [_words(text) for text in texts]
    if None in words:
        return None
    linked = _linked(tags[1:-1], words[1:])
    text = " ".join("".join(w or "" for w in words).split())
    if linked is None or not text.isprintable():
        return None
    return Paragraph(tuple(tags), text, key(text), linked)


def _are_closed(tags: Sequence[bytes]) -> bool:
    """Whether each element ends within the one that it began in."""
    within: list[bytes] = []
    for tag in tags:
        name = name_of(tag[1:-1])
        if not name.startswith(b"/"):
            within.append(name)
        elif not within or within.pop() != name[1:]:
            return False
    return not within


def _says_more(tag: bytes) -> bool:
    read, says, style, coded, empty, _ = read_of(name_of(tag), tag)
    assert isinstance(read, tuple)
    if any(name not in _OF_LINKS or b"author" in value.lower() for name, value in read):
        return True
    return bool(says or style or coded or empty)


def _words(text: bytes) -> str | None:
    """A text as parsers have it; None where it is not UTF-8, or they may differ."""
    try:
        said = text.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "&" not in said:
        return said
    parts, at = [], 0
    for found in _REFERENCE.finditer(said):
        letter = _letter(found)
        if letter is None:
            return None
        parts += [said[at : found.start()], letter]
        at = found.end()
    parts.append(said[at:])
    # An ampersand that begins no reference is one.
    ampersands = sum(part.count("&") for part in parts[::2])
    return "".join(parts) if ampersands == len(re.findall(r"&\s", "".join(parts[::2]))) else None


def _letter(found: re.Match[str]) -> str | None:
    if found[3]:
        code = name2codepoint.get(found[3], 0)
    else:
        code = int(found[1]) if found[1] else int(found[2], 16)
    usual = 0x20 <= code < 0x7F or 0xA0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return chr(code) if usual else None


def _linked(tags: Sequence[bytes], words: Sequence[str | None]) -> tuple[str, ...] | None:
    """The words of each link; None where they are not told apart: one in another, one that does not end."""
    found: list[str] = []
    within = False
    for tag, text in zip(tags, words, strict=True):
        link = _LINK.match(tag)
        if link is not None:
            if within is not bool(link[1]):
                return None
            within = not within
            if within:
                found.append("")
        if within:
            found[-1] += text or ""
    return None if within else tuple(found)
