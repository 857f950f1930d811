"""The article's text as the extraction rig wants it: `text(html, url)`, `changed(before, after, url, siblings)`."""

from __future__ import annotations

from monitor.decide.furniture import furniture_of, settle
from monitor.model import SiteFacts
from monitor.read.compare import diff
from monitor.read.page import read_page

HTML = "text/html; charset=utf-8"


def text(html: bytes, url: str) -> str:
    """The text of the page's article, a line a block."""
    article = read_page(html, url, HTML).article
    return "\n".join(b.text for b in article.blocks)


def changed(before: bytes, after: bytes, url: str, siblings: list[bytes]) -> bool:
    """Whether an edit would be told, given other posts of the site to learn its furniture from.

    As a pass does it (run/site_pass.py): the text blocks of the posts' whole pages say what stands
    on many of them, and the two versions are compared without that.
    """
    first, second = read_page(before, url, HTML), read_page(after, url, HTML)
    if first.article.digest == second.article.digest:
        return False
    others = [read_page(x, url, HTML, with_article=False) for x in siblings]
    facts = SiteFacts(furniture=furniture_of([p.blocks for p in (first, *others)]))
    return bool(diff(*settle(first.article, second.article, facts)).changed)
