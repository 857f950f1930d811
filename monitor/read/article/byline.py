"""Who wrote the article, as the page declares it or shows it: names in markup, else beside the date."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .dates import day_in, is_month, without_day
from .labels import is_counter
from .normal import key, tokens
from .places import words_of

if TYPE_CHECKING:
    from .blocks import Element, Line
    from .linked_data import Declared

_BY = re.compile(
    r"(?i)^\s*(?:(?:written|posted|published|words)\s+)?(?:by|von|par|por|di|da|door|av|af|作者|文|著者|執筆)\s*[:：]?\s+"
)
_AFTER_NAME = re.compile(
    r"\s*(?:[|·•]|\s[–—-]\s|,?\s+on\s+(?=\w+\s+\d|\d)|,?\s+\d{1,2}[./\s]|\(|@|\bposted\b|\bpublished\b|\bupdated\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_NO_AUTHOR = frozenset(
    "admin administrator editor staff webmaster author wordpress root user guest unknown".split()
)
#: A name has no more characters and words than these.
LONGEST_NAME, MOST_WORDS = 100, 12
#: And ends where one of these stands, in comparison form (normal.py); a number ("#"), a dash or "on" may end it.
_MAY_END = re.compile(r"(?i)[|·•(@#-]|\bon\b|\b(?:posted|published|updated)\b")
_MAY_NOT_END = frozenset(("#", "-", "on"))
#: A line that says no more than who wrote the article, and perhaps when, has at most so many characters beside
#: the byline.
BESIDE_BYLINE = 60
#: The line with the date stands so near below the headline, and says little else.
NEAR = 8
LONGEST_LINE = 100
_PARTS = re.compile(r"\s*[|·•,;/]\s*|\s[–—-]\s|[–—]")
_SMALL = frozenset(
    "van von de der den del della di da dos das du la le el al bin ibn ten ter y e i".split()
)


def byline_of(tree: Element, meta: Mapping[str, str], data: Declared, lines: Sequence[Line]) -> str:
    """Names joined with ", ". Where the line that readers see names others than JSON-LD and meta, it wins."""
    told = ", ".join(name for one in data.authors if (name := _BY.sub("", one).strip())) or name_in(
        meta.get("author", "") or meta.get("article:author", "") or meta.get("dc.creator", "")
    )
    shown = ", ".join(dict.fromkeys(_shown_names(tree)))
    if shown and not (set(tokens(shown.casefold())) & set(tokens(told.casefold()))):
        return shown
    return told or shown or _beside_the_date(tree, lines)


def _shown_names(tree: Element) -> list[str]:
    """Names in elements marked rel=author or itemprop=author, else in ones called byline or author name."""
    marked: list[str] = []
    named: list[str] = []
    for element in tree.iter(
        "a", "span", "div", "p", "address", "li", "h4", "h5", "h6", "cite", "strong", "td"
    ):
        if not element.attrib:
            continue
        if element.tag == "a" and "author" in (element.get("rel") or "").split():
            marked += _short_name(element)
        elif element.get("itemprop") == "author":
            inner = element.find(".//*[@itemprop='name']")
            marked += _short_name(element if inner is None else inner)
        elif not named and (names := element.get("class")):
            words = words_of(names)
            if "byline" in words or (
                "author" in words and not words.isdisjoint(("name", "fn", "link", "vcard", "title"))
            ):
                link = element.find(".//a")
                named += _short_name(element) or ([] if link is None else _short_name(link))
    return (marked or named)[:10]


def _short_name(element: Element) -> list[str]:
    text = " ".join(element.text_content()[:400].split())
    name = name_in(text)
    return [name] if name else []


def name_in(text: str) -> str:
    """A person's name out of a byline, "" where the text is none."""
    if text[:1].isdigit() and day_in(text[:40]):
        text = without_day(text).lstrip(" ,;:|·•-–—")
    name = _AFTER_NAME.sub("", _BY.sub("", text)).strip(" ,;:|·•-–—")
    if (
        not 2 <= len(name) <= LONGEST_NAME
        or len(name.split()) > MOST_WORDS
        or "/" in name
        or name.casefold() in _NO_AUTHOR
    ):
        return ""
    return name if any(c.isalpha() for c in name) else ""


def may_sign(text: str, byline: str) -> bool:
    """Whether of a text beside an article a part of its byline may be read as a name, or the text be left out of an
    article since it says no more than its byline; whatever stands round it.

    The text is in comparison form, each number of it written "#"; there is no day in it. It is a sentence that
    tells of somebody where more words than a name has stand ahead of whatever ends one.
    """
    if len(text) <= max(len(byline) + BESIDE_BYLINE, LONGEST_LINE):
        return True
    first = text.split(None, 1)[0]
    if _BY.match(text) or "#" in first or is_month(first.strip(" .,").lower()):
        return True  # what stands ahead may be a day that it ends, or "by"
    own = set(tokens(byline.casefold()))
    ends = [
        (found.start(), found[0].lower() not in _MAY_NOT_END) for found in _MAY_END.finditer(text)
    ]
    for at, is_end in (*ends, (len(text), True)):
        if len(text[:at].split()) > MOST_WORDS + 1:  # the first may go on what stands ahead
            return False
        if not own.isdisjoint(tokens(text[:at].casefold())):
            return True
        if is_end:
            return False
    return True


def _beside_the_date(tree: Element, lines: Sequence[Line]) -> str:
    """The one name in a line near the headline that else says when, and perhaps for whom."""
    heads = [n for n, line in enumerate(lines[:400]) if line.element.tag == "h1"]
    if len(heads) != 1:
        return ""
    headline = lines[heads[0]].key.casefold()
    full = key(" ".join((tree.findtext(".//title") or "").split())).casefold()
    site = full.replace(headline, " ")
    for line in lines[heads[0] + 1 : heads[0] + 1 + NEAR]:
        if len(line.text) > LONGEST_LINE or not day_in(line.text):
            continue
        parts = [p for p in _PARTS.split(without_day(line.text)) if not is_counter(p)]
        names = [
            name
            for part in parts
            if (name := name_in(part)) and _is_person(name) and name.casefold() not in site
        ]
        return names[0] if len(names) == 1 and not line.linked else ""
    return ""


def _is_person(name: str) -> bool:
    """Whether a few words are written as a person's name is: two to four, each with a capital."""
    words = [w for w in name.split() if w not in _SMALL]
    return 2 <= len(words) <= 4 and all(
        w[0].isupper() and w.replace(".", "").replace("-", "").replace("'", "").isalpha()
        for w in words
    )
