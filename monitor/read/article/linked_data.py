"""What does the page's JSON-LD declare of its article? Broken scripts are skipped, never an error."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from .blocks import Element

_ARTICLES = frozenset(
    "article blogposting newsarticle report techarticle scholarlyarticle analysisnewsarticle "
    "opinionnewsarticle reviewnewsarticle backgroundnewsarticle reportagenewsarticle liveblogposting "
    "socialmediaposting advertisercontentarticle satiricalarticle askpublicnewsarticle".split()
)
#: Larger scripts are a shop's catalogue or a state dump.
_LONGEST = 2_000_000
_MOST_NODES = 2_000
_CONTROL = re.compile(r"[\x00-\x1f]+")
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*$"
)


class Declared(Struct, frozen=True):
    """The article node's own words, "" where it says nothing."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    language: str = ""
    body: str = ""  #: articleBody
    site: str = ""  #: the publisher's or web site's name


def linked_data(tree: Element) -> Declared:
    """What the first article node of the page declares; all "" where there is none."""
    nodes: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            for node in _nodes(_parsed(script.text or "")):
                nodes.append(node)
                if len(nodes) >= _MOST_NODES:
                    break
    by_id = {n["@id"]: n for n in nodes if isinstance(n.get("@id"), str) and len(n) > 1}
    articles = [n for n in nodes if not _types(n).isdisjoint(_ARTICLES)]
    site = next(
        (_text(n.get("name")) for n in nodes if "website" in _types(n) and n.get("name")), ""
    )
    if not articles:
        page = next(
            (n for n in nodes if _types(n) & {"webpage", "itempage"} and n.get("datePublished")),
            None,
        )
        if page is None:
            return Declared(site=site)
        return Declared(
            published=_text(page.get("datePublished")),
            modified=_text(page.get("dateModified")),
            site=site,
        )
    best = max(articles, key=lambda n: sum(k in n for k in ("headline", "datePublished", "author")))
    publisher = _names(best.get("publisher"), by_id)
    return Declared(
        headline=_text(best.get("headline") or best.get("name")),
        authors=tuple(dict.fromkeys(_names(best.get("author") or best.get("creator"), by_id))),
        published=_text(best.get("datePublished") or best.get("dateCreated")),
        modified=_text(best.get("dateModified")),
        language=_text(best.get("inLanguage")),
        body=_text(best.get("articleBody"), longest=1_000_000),
        site=site or (publisher[0] if publisher else ""),
    )


def _parsed(text: str) -> Any:
    if not text or len(text) > _LONGEST:
        return None
    text = _COMMENT.sub("", text)
    for candidate in (text, _CONTROL.sub(" ", text), _CONTROL.sub(" ", text).rstrip(" ;,")):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """All objects that have a type, top level, in lists and in @graph and mainEntity; bounded."""
    waiting = [data]
    seen = 0
    while waiting and seen < _MOST_NODES:
        node = waiting.pop(0)
        seen += 1
        if isinstance(node, list):
            waiting += node[:_MOST_NODES]
        elif isinstance(node, dict):
            if "@type" in node:
                yield node
            waiting += [node[k] for k in ("@graph", "mainEntity", "mainEntityOfPage") if k in node]


def _types(node: dict[str, Any]) -> frozenset[str]:
    found = node.get("@type")
    names = found if isinstance(found, list) else [found]
    return frozenset(n.rpartition("/")[2].lower() for n in names if isinstance(n, str))


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    """Names of persons and organisations: a string, an object, a reference, or a list of these."""
    if isinstance(value, list):
        return [
            name for v in value[:50] for name in ([] if isinstance(v, list) else _names(v, by_id))
        ]
    if isinstance(value, dict):
        name = value.get("name") or by_id.get(str(value.get("@id")), {}).get("name")
        if isinstance(name, list):
            return [t for n in name[:50] if (t := _text(n))]
        value = name
    text = _text(value)
    return [text] if text and not text.startswith(("http://", "https://", "#")) else []


def _text(value: Any, longest: int = 1_000) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if not isinstance(value, str):
        return ""
    return " ".join(html.unescape(value[:longest]).split())
