"""The article's text as the extraction rig wants it: `text(html, url)`, `changed(before, after, url, siblings)`."""

from __future__ import annotations

from monitor.decide.furniture import furniture_of, settle
from monitor.model import SiteFacts
from monitor.read.article.normal import key
from monitor.read.compare import diff
from monitor.read.page import read_page
from monitor.read.steady import steadied
from monitor.read.still import still

HTML = "text/html; charset=utf-8"


def text(html: bytes, url: str) -> str:
    """The text of the page's article, a line a block."""
    article = read_page(html, url, HTML).article
    return "\n".join(b.text for b in article.blocks)


def changed(before: bytes, after: bytes, url: str, siblings: list[bytes]) -> bool:
    """Whether an edit would be told, given other posts of the site to learn its furniture from.

    As a pass does it (run/look.py, run/site_pass.py): a page in which nothing differs but markup is not
    read anew; what the page itself still holds is no edit; and what stands on many posts' pages is left
    out of the comparison. Of what a pass does beside, the rig cannot give the second look.
    """
    first = read_page(before, url, HTML)
    if still(before, after, first.article):
        return False
    page = read_page(after, url, HTML)
    second = steadied(
        first.article, page.article, first.blocks, page.blocks, key(first.description)
    )
    if first.article.digest == second.digest:
        return False
    others = [read_page(x, url, HTML, with_article=False) for x in siblings]
    facts = SiteFacts(furniture=furniture_of([(key(p.title), p.blocks) for p in (first, *others)]))
    return bool(diff(*settle(first.article, second, facts)).changed)
