"""What the bytes of one page say: charset, title, headings, where it sends the reader, its article.

`read_page` is the one entrance for hostile HTML; it runs in a worker process (run/parse.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from .article import Article


@dataclass(frozen=True, slots=True)
class Page:
    """The facts of a page. Everything a verdict needs beside the Answer; picklable, no tree."""

    url: str  #: as given to `read_page`: the base of its links
    is_html: bool
    charset: str = ""
    title: str = ""  #: of <title>
    h1: tuple[str, ...] = ()
    canonical: str = ""  #: absolute
    language: str = ""
    noindex: bool = False
    refresh: tuple[float, str] | None = None  #: meta refresh: (seconds, absolute URL)
    script_to: str = ""  #: absolute URL a script leaves for, where the page holds little else
    og_type: str = ""
    password_form: bool = False
    markers: tuple[
        str, ...
    ] = ()  #: ids, classes, script sources that verdict rules know, lower case
    #: comparison keys of all visible text blocks of <body>, in order, at most 3,000
    blocks: tuple[str, ...] = ()
    words: int = 0  #: of all visible text
    truncated: bool = False  #: no </html> or </body> where the document opened them
    article: Article = Article()


def read_page(
    body: bytes,
    url: str,
    content_type: str = "",
    *,
    content: str = "",
    ignore: tuple[str, ...] = (),
    with_article: bool = True,
) -> Page:
    """What the bytes say; `is_html` False for anything but HTML. Never raises on hostile bytes."""
    return Page(url=url, is_html=False)
