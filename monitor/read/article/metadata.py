"""What does a page declare of its article: title, byline, dates, language, canonical URL?

Declared values come first: JSON-LD, meta, h1, <time>, microdata, named bylines. They are stable, and
only they can be an edit. What is missing is guessed by trafilatura and htmldate, and not marked as
declared (measured on 990 pages: guesses double the dates and bylines found).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import htmldate
from trafilatura.metadata import extract_metadata

from ..urls import clean
from . import Article
from .blocks import Element, Line
from .byline import byline_of, name_in
from .dates import normal_date, updated_in, without_update
from .language import language_of
from .linked_data import Declared, linked_data
from .normal import key, tokens
from .places import words_of
from .told import MODIFIED_META, NAMED, PUBLISHED_META

#: Of a page with more h1 than these the rest is no title, and a title of more characters is none.
MOST_HEADS, LONGEST_TITLE = 100, 1_000
_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«/]+\s+|\s*[|｜»]\s*|\s+::\s+")
_DATE_NAMES = (
    {"published"}, {"date"}, {"posted"}, {"dateline"}, {"timestamp"}, {"pubdate"}, {"datetime"}, {"fecha"}, {"datum"},
)  # fmt: skip


def read_metadata(tree: Element, url: str, lines: Sequence[Line] = ()) -> Article:
    """An Article with all that is no block or note; `declared` says what the page itself declares."""
    meta = _meta(tree)
    data = linked_data(tree)
    declared: set[str] = set()
    site = meta.get("og:site_name", "") or data.site or meta.get("application-name", "")
    title = _title(tree, meta, data, site)[:LONGEST_TITLE]
    if title:
        declared.add("title")
    byline = byline_of(tree, meta, data, lines)
    if byline:
        declared.add("author")
    published = _first_date(data.published, *(meta.get(name, "") for name in PUBLISHED_META))
    published = published or _time(tree, lines)
    if published:
        declared.add("published_at")
    modified = _first_date(data.modified, *(meta.get(name, "") for name in MODIFIED_META))
    modified = modified or _marked_time(tree, "dateModified", ("updated", "modified"))
    language = language_of(tree, meta, data.language, lines)
    shown = _shown_update(tree, lines, language)
    modified = modified or shown[:10]
    if modified:
        declared.add("modified_at")
    if not published or not byline:
        published, byline = _guessed(tree, url, published, byline)
    return Article(
        title=title,
        byline=byline,
        published_at=published,
        modified_at=modified,
        shown_at=shown,
        language=language,
        canonical=canonical_of(tree, url),
        declared=frozenset(declared),
    )


def canonical_of(tree: Element, url: str) -> str:
    """The absolute URL of the first rel=canonical, "" for none."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return clean(link.get("href") or "", url)
    return ""


def _meta(tree: Element) -> dict[str, str]:
    """The first value of each meta name, property or itemprop, names in lower case."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        value = element.get("content")
        if value:
            for attribute in NAMED:
                name = element.get(attribute)
                if name:
                    found.setdefault(name.strip().lower(), " ".join(value[:2000].split()))
    return found


def _first_date(*values: str) -> str:
    return next((found for value in values if value and (found := normal_date(value))), "")


# ---------------------------------------------------------------- title


def _title(tree: Element, meta: dict[str, str], data: Declared, site: str) -> str:
    """The h1 where one is the article's; else headline, og:title or <title>, without the site's name."""
    full = " ".join((tree.findtext(".//title") or "")[: 4 * LONGEST_TITLE].split())
    named = [
        data.headline,
        _without_site(meta.get("og:title", ""), site),
        meta.get("twitter:title", ""),
        full,
    ]
    heads = [
        text
        for h1 in islice(tree.iter("h1"), MOST_HEADS)
        if (text := " ".join(h1.text_content().split()))
        and len(text) < 500
        and key(text).casefold() != key(site).casefold()
        and not _is_logo(h1, text, full)
    ]
    if heads:
        best = max(heads, key=lambda head: max(_overlap(head, name) for name in named))
        if len(heads) == 1 or any(_overlap(best, name) >= 0.5 for name in named):
            return best
    return named[0] or named[1] or _without_site(full, site) or (heads[0] if heads else "")


def _is_logo(h1: Element, text: str, full: str) -> bool:
    """Whether a heading is the site's name: it links to the home page, or <title> ends in it behind
    the post's own title."""
    name = key(text).casefold()
    cuts = list(_SEPARATOR.finditer(full))
    if cuts and name in (
        key(full[cuts[-1].end() :]).casefold(),
        key(full[cuts[0].end() :]).casefold(),
    ):
        return True
    link = h1.find(".//a[@href]")
    if link is None or key(" ".join(link.text_content().split())).casefold() != name:
        return False
    path = (link.get("href") or "").split("#")[0].split("?")[0]
    home = path in ("", "/") or re.fullmatch(r"(?i)(?:https?:)?//[^/]+/?", path) is not None
    return home and (link.get("href") or "").strip() not in ("", "#")


def _overlap(a: str, b: str) -> float:
    """The share of a's words that are among b's."""
    mine, other = set(tokens(key(a).casefold())), set(tokens(key(b).casefold()))
    return len(mine & other) / len(mine) if mine else 0.0


def _without_site(title: str, site: str) -> str:
    """A title without " | Site name" behind or "Site name: " ahead of it."""
    name = key(site).casefold()
    if name and title.casefold().startswith(f"{site.casefold()}: "):
        return title[len(site) + 2 :]
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts:
        return title
    tail, head = title[cuts[-1].end() :], title[: cuts[0].start()]
    if name and key(head).casefold() == name:
        return title[cuts[0].end() :]
    if name and key(tail).casefold() == name:
        return title[: cuts[-1].start()]
    if not name and len(tail.split()) <= 4 and len(title[: cuts[-1].start()]) > len(tail):
        return title[: cuts[-1].start()]
    return title


# ---------------------------------------------------------------- dates


def _time(tree: Element, lines: Sequence[Line]) -> str:
    """The date of a <time> or element that is marked as the publication's."""
    found = _marked_time(tree, "datePublished", ("published", "pubdate", "posted"))
    if found:
        return found
    times = [t for t in tree.iter("time") if t.get("datetime") and not _is_other(t)]
    h1 = next(tree.iter("h1"), None)
    if times and (len(times) == 1 or h1 is None):
        return normal_date(times[0].get("datetime") or "")
    if times and h1 is not None:
        # The first one in the h1's own surroundings: teasers have dates, too.
        for above in (h1.getparent(), *h1.iterancestors("header", "article", "main")):
            if above is not None:
                for time in above.iter("time"):
                    if time in times:
                        return normal_date(time.get("datetime") or "")
    return _shown_date(lines)


def _is_other(element: Element) -> bool:
    """Whether a <time> is of an update, not of the publication."""
    words = words_of(element.get("class") or "")
    return not words.isdisjoint(("updated", "modified")) and "published" not in words


def _shown_update(tree: Element, lines: Sequence[Line], language: str) -> str:
    """The latest date behind "updated on" in a line that stands in no box of other matters."""
    head = next(tree.iter("h1"), None)
    own = frozenset(head.iterancestors("article")) if head is not None else None
    found = ""
    for line in lines:
        told = updated_in(line.text, language)
        if told > found:
            boxes = line.element.iterancestors("aside", "nav", "article")
            if all(box.tag == "article" and (own is None or box in own) for box in boxes):
                found = told
    return found


def _marked_time(tree: Element, itemprop: str, names: tuple[str, ...]) -> str:
    for element in tree.iter("time", "span", "div", "p", "abbr"):
        if not element.attrib:
            continue
        if (
            element.get("itemprop") == itemprop
            or (
                element.tag in ("time", "abbr")
                and not words_of(element.get("class") or "").isdisjoint(names)
            )
            or ("pubdate" in names and element.tag == "time" and element.get("pubdate") is not None)
        ):
            value = element.get("datetime") or element.get("content") or element.get("title") or ""
            found = normal_date(value or " ".join(element.text_content()[:200].split()))
            if found:
                return found
    return ""


def _shown_date(lines: Sequence[Line]) -> str:
    """The date of a short line called date beside the h1; elsewhere it may as well be today's."""
    heads = [n for n, line in enumerate(lines[:400]) if line.element.tag == "h1"]
    for line in (x for n in heads for x in lines[max(0, n - 6) : n + 12]):
        if len(line.text) <= 80:
            parent = line.element.getparent()
            for element in (line.element, parent):
                names = element.get("class") if element is not None else None
                if names and any(wanted <= words_of(names) for wanted in _DATE_NAMES):
                    found = normal_date(without_update(line.text))
                    if found:
                        return found
    return ""


def _guessed(tree: Element, url: str, published: str, byline: str) -> tuple[str, str]:
    """What is missing, as trafilatura and htmldate guess it. Neither may change the tree or fail us."""
    try:
        if not published:
            # max_date fixed: a guess must not depend on the day it is made.
            published = (
                htmldate.find_date(
                    tree, extensive_search=False, original_date=True, url=url, max_date="2199-12-31"
                )
                or ""
            )
        if not byline:
            byline = name_in(
                (extract_metadata(tree, default_url=url, extensive=False).author or "").replace(
                    "; ", ", "
                )
            )
    except Exception:  # their code on hostile trees: a guess less is no failure
        return published, byline
    return normal_date(published), byline
