"""The article's text as the extraction rig wants it: `text(html, url)`, `changed(before, after, url, siblings)`."""

from __future__ import annotations

from monitor.decide.furniture import furniture_of, settle
from monitor.model import SiteFacts
from monitor.read.compare import diff
from monitor.read.page import read_page


def text(html: bytes, url: str) -> str:
    """The text of the page's article, a line a block."""
    article = read_page(html, url, "text/html; charset=utf-8").article
    return "\n".join(b.text for b in article.blocks)


def changed(before: bytes, after: bytes, url: str, siblings: list[bytes]) -> bool:
    """Whether an edit would be told, given other posts of the site to learn its furniture from."""
    kind = "text/html; charset=utf-8"
    first, second = (read_page(x, url, kind).article for x in (before, after))
    others = [read_page(x, url, kind).article for x in siblings]
    facts = SiteFacts(furniture=furniture_of([first, *others]))
    return bool(diff(*settle(first, second, facts)).changed)
