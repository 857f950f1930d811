"""The article of a page that shows nothing until its script runs: its text stands in the page's data.

Asked only where the page itself shows no article. The data are JSON-LD (`articleBody`), the state that
frameworks send along (Next.js, Nuxt, Gatsby …) or any script that assigns one JSON object. A body
counts where its object bears the page's title, or where it is the only one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from .blocks import Element, Line, read_lines
from .normal import count_words, key

#: A page that shows so few words of an article shows none.
SHOWN = 8
#: A body has at least so many words; less may be any string of a page's data.
BODY = 20
_LONGEST = 4_000_000
_MOST_NODES = 20_000
_BODIES = frozenset(
    "articlebody body bodyhtml content contenthtml html text richtext postbody postcontent "
    "rendered markdown maincontent fulltext".split()
)
_TITLES = frozenset("title headline name posttitle heading".split())
_ASSIGNED = re.compile(
    r"(?:window|self|globalThis)?\.?[\w$.\[\]\"']{1,80}\s*=\s*(?:JSON\.parse\(\s*)?(?=[{\"'])"
)


def embedded_lines(tree: Element, title: str) -> list[Line]:
    """The lines of the article that stands in the page's data; [] where none surely does."""
    found = [
        (names, text)
        for data in _states(tree)
        for names, text in _bodies(data)
        if count_words(text) >= BODY
    ]
    ours = [text for names, text in found if key(title) and key(title) in names]
    texts = ours or [text for _, text in found]
    if not texts or (not ours and len(set(texts)) > 1):
        return []
    return _lines(max(texts, key=len))


def _states(tree: Element) -> Iterator[Any]:
    """The JSON values of the page's scripts."""
    for script in tree.iter("script"):
        text = (script.text or "").strip()
        if not text or len(text) > _LONGEST:
            continue
        if "json" not in (script.get("type") or "").lower():
            start = _ASSIGNED.match(text)
            if start is None or text[start.end()] != "{":
                continue
            text = text[start.end() :]
        try:
            yield json.JSONDecoder(strict=False).raw_decode(text)[0]
        except (ValueError, RecursionError):
            continue


def _bodies(data: Any) -> Iterator[tuple[frozenset[str], str]]:
    """(titles, HTML or plain text) of each object that has a body; bounded."""
    waiting: list[tuple[Any, frozenset[str]]] = [(data, frozenset())]
    seen = 0
    while waiting and seen < _MOST_NODES:
        node, above = waiting.pop()
        seen += 1
        if isinstance(node, list):
            waiting += [(x, above) for x in node if isinstance(x, (dict, list))]
        elif isinstance(node, dict):
            titles = frozenset(key(v) for k, v in node.items() if _is(k, _TITLES) and _words(v))
            for name, value in node.items():
                text = _text(value) if _is(name, _BODIES) else ""
                if text:
                    yield titles or above, text
                elif isinstance(value, (dict, list)):
                    waiting.append((value, titles if _is(name, _BODIES) else frozenset()))


def _is(name: str, names: frozenset[str]) -> bool:
    return name.replace("_", "").replace("-", "").lower() in names


def _words(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) < 500


def _text(value: Any) -> str:
    """A body's text: a string, or the strings of a list, one a paragraph."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(x, str) for x in value):
        return "\n\n".join(value)
    return ""


def _lines(text: str) -> list[Line]:
    if not re.search(r"</?(?:p|div|h\d|li|br|section|blockquote)\b", text):
        parts = [part for part in re.split(r"\n+", text) if part.strip()]
        text = "".join(f"<p>{part}</p>" for part in parts)
    try:
        root = lxml_html.fragment_fromstring(f"<div>{text}</div>")
    except (etree.LxmlError, ValueError):
        return []
    return read_lines(root)
