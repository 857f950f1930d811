"""Which posts does a listing page link to, under which titles, and where do older ones stand?

A page without any post link is `broken`: it proves nothing about the posts it listed before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from lxml import html

from ...model import Form
from ..shape import Shape, dated, learn
from ..urls import canonical_key, clean, same_host
from . import Entry, Listing
from .links import Link, card_of, date_in, heading_in, read_links
from .phrases import is_generic, is_older

_IN_PATH = re.compile(r"(?i)(/(?:page|seite|pagina|p)[/-])(\d{1,5})(?=/|$|\.html?$)")
_IN_QUERY = re.compile(
    r"(?i)([?&](?:page|paged|p|pg|seite|pagina|_page|blogpage)=)(\d{1,5})(?=&|$)"
)


def read_listing(
    body: bytes,
    url: str,
    charset_hint: str = "",
    *,
    home: str,
    known: Sequence[str] = (),
    include: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
) -> Listing:
    """The posts a page links to, in its order, unique, and the next (older) page of the list.

    What counts as a post is `shape.post_like`'s business. Never raises.
    """
    links = read_links(body, url, charset_hint)
    # Where no feed taught the shape of a post, the page's own dated links do.
    sure = known or dated([link.url for link in links.body if same_host(link.url, home)])
    shape = learn(home, sure, include, exclude)
    here = canonical_key(url)
    verdicts: dict[str, bool] = {}
    keys: dict[html.HtmlElement, str] = {}
    found: dict[str, list[Link]] = {}
    for link in links.body:
        key = canonical_key(link.url)
        if key not in verdicts:
            verdicts[key] = key != here and shape.is_post(link.url)
        if verdicts[key]:
            keys[link.node] = key
            found.setdefault(key, []).append(link)
    next_page = _next_page(links.head, links.body, url, set(found), shape)
    if not found:
        return Listing(url, Form.LISTING, next_page=next_page, broken="the page lists no posts")
    main = _main_list(found, keys)
    entries = tuple(_entry(same, keys, key not in main) for key, same in found.items())
    own = {canonical_key(link.url) for link in links.body if same_host(link.url, url)}
    passed = tuple(sorted(own - set(found) - {here}))
    return Listing(url, Form.LISTING, entries, next_page=next_page, passed=passed)


def _main_list(found: dict[str, list[Link]], keys: dict[html.HtmlElement, str]) -> frozenset[str]:
    """The posts of the page's list: of the cards that stand in elements of one place and name, the
    most. The others stand in boxes of popular, featured or related posts."""
    lists: dict[tuple[str, ...], dict[str, None]] = {}
    for key, links in found.items():
        for link in links[:6]:
            lists.setdefault(_place_of(card_of(link, keys)), {})[key] = None
    largest = max(lists.values(), key=len)
    # A page that shows one post each in many places has no list to speak of.
    return frozenset(largest if len(largest) > 1 else found)


def _place_of(card: html.HtmlElement) -> tuple[str, ...]:
    """Where a card's list stands: names and classes of the elements round it, inmost first."""
    return tuple(
        " ".join(str(x or "") for x in (around.tag, around.get("class"), around.get("id")))
        for around in islice(card.iterancestors(), 5)
    )


def _entry(links: Sequence[Link], keys: dict[html.HtmlElement, str], beside: bool) -> Entry:
    """One post from all links to it: its heading, else the first link that says something."""
    url, headings, texts, date = links[0].url, [], [], ""
    for link in links[:6]:
        inside = heading_in(link.node)
        card = card_of(link, keys)
        headings.append(inside or _own_heading(link) or heading_in(card))
        if not is_generic(link.text):
            texts.append(link.text)
        date = date or date_in(card)
    title = next((h for h in headings if h and not is_generic(h)), "") or next(iter(texts), "")
    return Entry(url, title[:300], date, beside=beside)


def _own_heading(link: Link) -> str:
    """The link's text where the link itself is a heading's."""
    for around in link.node.iterancestors("h1", "h2", "h3", "h4", "h5", "h6"):
        return link.text if around is not None else ""
    return ""


def _next_page(
    head: Sequence[Link], body: Sequence[Link], url: str, posts: set[str], shape: Shape
) -> str:
    """Where older posts stand: rel=next, else a link that says so, else the page number after this."""
    here = canonical_key(url)
    others = [
        link
        for link in (*head, *body)
        if same_host(link.url, url) and canonical_key(link.url) not in posts | {here}
    ]
    for link in others:
        if "next" in link.rel and (_pages(link.url) or not shape.is_post(link.url)):
            return link.url
    number = _number(url)
    anchors = [link for link in others if link.node.tag == "a"]
    for link in anchors:
        if is_older(link.text, link.label) and _number(link.url) != number - 1 and _pages(link.url):
            return link.url
    return next((link.url for link in anchors if _is_after(link.url, url, number)), "")


def _number(url: str) -> int:
    """The page number in a URL; 1 where none is."""
    found = _IN_PATH.search(url.partition("?")[0]) or _IN_QUERY.search(url)
    return int(found.group(2)) if found else 1


def _pages(url: str) -> bool:
    """Whether a URL has a page number or another parameter of a list."""
    return (
        _number(url) > 1
        or re.search(r"(?i)[?&](?:offset|start|cursor|before|after|until|max|skip)[\w-]*=", url)
        is not None
    )


def _is_after(link: str, url: str, number: int) -> bool:
    """Whether a link is this very list with the page number after this one's."""
    if _number(link) != number + 1:
        return False
    return _first_page(link) == _first_page(url)


def _first_page(url: str) -> str:
    """The list a page belongs to, by the key of its first page."""
    bare = re.sub(r"(?i)/(?:page|seite|pagina|p)[/-]\d{1,5}(?=/|$|\?|\.html?$)", "", url)
    bare = re.sub(
        r"(?i)([?&])(?:page|paged|p|pg|seite|pagina|_page|blogpage)=\d{1,5}(?=&|$)", r"\1", bare
    )
    return canonical_key(clean(bare) or bare)
