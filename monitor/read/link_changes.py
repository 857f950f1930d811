"""Which links of a paragraph lead elsewhere now?"""

from __future__ import annotations

from msgspec import Struct

from .article import Block, Link
from .article.normal import key
from .urls import canonical_key


class LinkChange(Struct, frozen=True):
    """A link whose words stayed and whose target changed."""

    text: str
    before: str
    after: str


def link_changes(old: Block, new: Block) -> tuple[LinkChange, ...]:
    """Links whose words stand in both blocks and whose target differs; "" where it is no link (any more)."""
    if old.links == new.links:
        return ()
    left: dict[str, list[Link]] = {}
    for link in new.links:
        left.setdefault(key(link.text), []).append(link)
    found: list[LinkChange] = []
    for link in old.links:
        words = key(link.text)
        others = left.get(words)
        if others:
            other = others.pop(0)
            if canonical_key(link.target) != canonical_key(other.target):
                found.append(LinkChange(other.text, link.target, other.target))
        elif words in new.key:
            found.append(LinkChange(link.text, link.target, ""))
    for links in left.values():
        found += [LinkChange(x.text, "", x.target) for x in links if key(x.text) in old.key]
    return tuple(found)
