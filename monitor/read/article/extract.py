"""The article of a page, put together: its blocks (choose.py), what is declared of it (metadata.py).

The same article in another template reads the same: no name of a template, no picture, no kind of
block is part of what is compared (digest.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from cssselect import SelectorError
from lxml.cssselect import CSSSelector

from ...values import replace
from ..urls import clean
from . import Article, Block, Link
from .blocks import Element, Line, is_dateline, read_lines
from .choose import article_lines
from .digest import digest_of
from .embedded import SHOWN, embedded_lines
from .metadata import read_metadata
from .normal import count_words, key
from .notes import find_notes
from .places import place_of

#: The longest article that is read; what stands behind is cut (well over 100,000 words).
MOST_BLOCKS = 5_000
#: Containers built alike that hold so much of the article's text are no boxes of their own: what stands
#: in them is running text. A promotion or a list of other posts holds less.
PLAIN_SHARE = 0.5


def extract(
    tree: Element,
    url: str,
    *,
    content: str = "",
    ignore: Sequence[str] = (),
    lines: Sequence[Line] | None = None,
    shown: Sequence[Line] | None = None,
) -> Article:
    """The article of a page; one without blocks where none is found. The tree is left as it was.

    `content` and `ignore` are CSS selectors, a bad one is a ValueError. `lines` are those of the
    whole body, `shown` those without what `ignore` names, where they have been read already.
    """
    return located(tree, url, content=content, ignore=ignore, lines=lines, shown=shown)[0]


def located(
    tree: Element,
    url: str,
    *,
    content: str = "",
    ignore: Sequence[str] = (),
    lines: Sequence[Line] | None = None,
    shown: Sequence[Line] | None = None,
) -> tuple[Article, tuple[Element, ...]]:
    """`extract`, and of each block of the article the element it stands in."""
    chosen = select(tree, [content]) if content else None
    body = tree.find("body")
    whole = body if body is not None else tree
    if lines is None:
        lines = read_lines(whole)
    if shown is None:
        shown = read_lines(whole, without=set(select(tree, ignore))) if ignore else lines
    facts = read_metadata(tree, url, lines)
    root, kept = article_lines(tree, shown, url, facts.title, chosen, facts.byline)
    if chosen is None and not _has_words(kept, SHOWN):
        hidden = embedded_lines(tree, facts.title)
        root, kept = (None, hidden) if hidden else (root, kept)
    if kept and _is_heading(kept[0].key, key(facts.title)):
        kept = kept[1:]
    kept = [line for line in kept[:MOST_BLOCKS] if line.key]
    blocks = _blocks(kept, root, base_of(tree, url))
    found = replace(
        facts,
        blocks=blocks,
        selectors=selectors_of(content, ignore),
        notes=find_notes(blocks),
        words=sum(count_words(block.text) for block in blocks),
    )
    return replace(found, digest=digest_of(found)), tuple(line.element for line in kept)


def _has_words(lines: Sequence[Line], least: int) -> bool:
    """Whether there are so many words in some lines, counted no further than that."""
    counted = accumulate(count_words(line.text) for line in lines)
    return any(words >= least for words in counted)


def selectors_of(content: str, ignore: Sequence[str]) -> str:
    """What stands for these selectors in `Article.selectors`; "" for none."""
    if not content and not ignore:
        return ""
    return hashlib.sha256("\0".join([content, *sorted(set(ignore))]).encode()).hexdigest()[:16]


def base_of(tree: Element, url: str) -> str:
    """What relative URLs of the page are relative to: its <base href>, or its own URL."""
    base = tree.find(".//base[@href]")
    return (clean(base.get("href", ""), url) if base is not None else "") or url


def select(tree: Element, selectors: Sequence[str]) -> list[Element]:
    """The elements that any of these CSS selectors names; ValueError where one is none."""
    found: dict[Element, None] = {}
    for selector in selectors:
        try:
            elements = CSSSelector(selector, translator="html")(tree)
        except (SelectorError, ValueError) as e:
            raise ValueError(f"not a CSS selector: {selector!r} ({e})") from None
        found |= {e: None for e in elements if isinstance(e.tag, str)}
    return list(found)


def _is_heading(line: str, title: str) -> bool:
    """Whether a line is the headline with date and name behind it: pages written by hand part them by
    single breaks."""
    return bool(title) and line.startswith(title) and is_dateline(line[len(title) :])


def _blocks(lines: Sequence[Line], root: Element | None, base: str) -> tuple[Block, ...]:
    chains = [_below(line.element, root) for line in lines]
    mass: Counter[tuple[str, str]] = Counter()  # boxes built alike count together
    for line, chain in zip(lines, chains, strict=True):
        for name in {_name(element) for element in chain}:
            mass[name] += len(line.text)
    total = sum(len(line.text) for line in lines)
    often = {name for name, size in mass.items() if size >= PLAIN_SHARE * total}
    plain = {element for chain in chains for element in chain if _name(element) in often}
    found = []
    for line, chain in zip(lines, chains, strict=True):
        links = tuple(
            Link(words, target)
            for words, href in line.links
            if (target := _target(href, base)) and key(words)
        )
        found.append(Block(line.kind, line.text, line.key, links, place_of(chain, plain)))
    return tuple(found)


def _name(element: Element) -> tuple[str, str]:
    return str(element.tag), element.get("class") or ""


def _below(element: Element, root: Element | None) -> list[Element]:
    """The element and its ancestors below the root, nearest first."""
    chain = []
    at: Element | None = element
    while at is not None and at is not root:
        chain.append(at)
        at = at.getparent()
    return chain or [element]


def _target(href: str, base: str) -> str:
    """Where a link leads: absolute, without tracking; "" for places on the page itself and scripts."""
    href = href.strip()
    if not href or href.startswith("#"):
        return ""
    scheme = href[:11].lower()
    if scheme.startswith(("mailto:", "tel:")):
        return href.partition("?")[0]
    if (
        scheme.startswith(("javascript:", "data:", "blob:", "about:"))
        or "/cdn-cgi/l/email-" in href
    ):
        return ""
    target = clean(href, base)
    return "" if "#" in href and target == clean(base) else target
