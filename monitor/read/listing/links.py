"""Which links does a web page show, in reading order, and what stands around each?

Hidden elements are left out: a link no reader can see may be a trap for crawlers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree, html
from msgspec import Struct

from ..article.charset import decode_html
from ..urls import clean
from .dates import iso_date
from .text import bare_text

#: More links than any honest listing page has.
MAX_LINKS = 5_000
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSEEN = frozenset({"script", "style", "template", "svg", "iframe", "object", "select"})
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")
#: A card of one post has fewer elements; what is larger is the list itself.
_CARD = 150


class Link(Struct, frozen=True):
    """One visible <a href> or one <link href> of the head."""

    url: str  #: absolute, cleaned
    text: str  #: of the link, else of the picture in it or its title
    rel: frozenset[str]
    kind: str  #: the `type` attribute, lower case
    title: str  #: the `title` attribute
    label: str  #: class names and aria-label, lower case
    node: html.HtmlElement


class Links(Struct, frozen=True):
    """The links of one page."""

    head: tuple[Link, ...] = ()  #: <link> elements
    body: tuple[Link, ...] = ()  #: visible <a> elements, in order, at most MAX_LINKS


def read_links(body: bytes, url: str, charset_hint: str = "") -> Links:
    """The links of a page, joined with its base. Never raises; no page, no links."""
    tree = _tree(body, charset_hint)
    if tree is None:
        return Links()
    bases = [b.get("href") for b in islice(tree.iter("base"), 5)]
    base = next((found for b in bases if b and (found := clean(b, url))), url)
    head = [_link(node, base) for node in islice(tree.iter("link"), 1000) if node.get("rel")]
    anchors = (_link(node, base) for node in _visible(tree))
    return Links(
        tuple(link for link in head if link.url),
        tuple(islice((link for link in anchors if link.url), MAX_LINKS)),
    )


def _tree(body: bytes, charset_hint: str) -> html.HtmlElement | None:
    text, _ = decode_html(body, charset_hint)
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        # Bytes, since lxml refuses text that declares a charset.
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, TypeError, AssertionError):
        return None


def _visible(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Each <a href> that no ancestor hides."""
    walk = etree.iterwalk(tree, events=("start",))
    for _, node in walk:
        if not isinstance(node.tag, str):
            continue
        if (
            node.tag in _UNSEEN
            or node.get("hidden") is not None
            or _HIDDEN.search(node.get("style") or "")
        ):
            walk.skip_subtree()
        elif node.tag == "a" and node.get("href"):
            yield node


def _link(node: html.HtmlElement, base: str) -> Link:
    text = text_of(node)
    if not text:
        pictures = [img.get("alt") or "" for img in islice(node.iter("img"), 3)]
        text = next((alt for alt in pictures if alt), "") or node.get("title") or ""
    return Link(
        url=clean(node.get("href") or "", base),
        text=bare_text(text, markup=False, limit=300),
        rel=frozenset((node.get("rel") or "").lower().split()),
        kind=(node.get("type") or "").lower(),
        title=node.get("title") or "",
        label=f"{node.get('class') or ''} {node.get('aria-label') or ''}".lower()[:300],
        node=node,
    )


def text_of(node: html.HtmlElement) -> str:
    """The text of an element with single spaces; scripts left out; bounded."""
    parts: list[str] = []
    for piece in islice(node.iter(), 200):
        if isinstance(piece.tag, str) and piece.tag not in _UNSEEN and piece.text:
            parts.append(piece.text)
        if piece is not node and piece.tail:
            parts.append(piece.tail)
    return " ".join("".join(parts)[:4000].split())


def heading_in(node: html.HtmlElement) -> str:
    """The text of the first heading inside an element, or ""."""
    found = next((h for h in islice(node.iter(), _CARD) if h.tag in _HEADINGS), None)
    return "" if found is None else text_of(found)


def date_in(node: html.HtmlElement) -> str:
    """The date of the first <time> inside an element, or ""."""
    for piece in islice(node.iter(), _CARD):
        if piece.tag == "time":
            return iso_date(piece.get("datetime") or "") or iso_date(text_of(piece))
    return ""


def card_of(link: Link, keys: dict[html.HtmlElement, str]) -> html.HtmlElement:
    """The largest element round a link that links to no other post: its card.

    `keys` names the post each link of the page leads to.
    """
    own, card = keys.get(link.node), link.node
    for around in islice(link.node.iterancestors(), 6):
        if around.tag in ("body", "main", "html"):
            break
        pieces = list(islice(around.iter(), _CARD + 1))
        if len(pieces) > _CARD or any(keys.get(piece, own) != own for piece in pieces):
            break
        card = around
    return card
