"""What the bytes of one page say: charset, title, headings, where it sends the reader, its article.

`read_page` is the one entrance for hostile HTML; it runs in a worker process (run/parse.py). The parser
and the extractors are imported when it is called: who only holds a Page needs none of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct, field

from .article import Article
from .markers import markers_of
from .stretch import stretch_of
from .urls import clean

if TYPE_CHECKING:
    from .article.blocks import Element, Line

MOST_BLOCKS = 3_000
#: A page with fewer words than this may be nothing but a script that leads elsewhere.
LEAVES = 80


class Page(Struct, frozen=True):
    """The facts of a page. Everything a verdict needs beside the Answer; picklable, no tree."""

    url: str  #: as given to `read_page`: the base of its links
    is_html: bool
    charset: str = ""
    title: str = ""  #: of <title>
    h1: tuple[str, ...] = ()
    canonical: str = ""  #: absolute
    description: str = ""  #: of <meta>, or og:description
    language: str = ""
    noindex: bool = False
    refresh: tuple[float, str] | None = None  #: meta refresh: (seconds, absolute URL)
    script_to: str = ""  #: absolute URL a script leaves for, where the page holds little else
    og_type: str = ""
    password_form: bool = False
    markers: tuple[
        str, ...
    ] = ()  #: ids, classes, script sources that verdict rules know, lower case
    #: comparison keys of all visible text blocks of <body> but for what is ignored, in order, at most 3,000
    blocks: tuple[str, ...] = ()
    words: int = 0  #: of all visible text
    truncated: bool = False  #: no </html> or </body> where the document opened them
    article: Article = field(default_factory=Article)
    stretch: tuple[int, int] | None = None  #: where in the bytes the article stands (stretch.py)


def read_page(
    body: bytes,
    url: str,
    content_type: str = "",
    *,
    content: str = "",
    ignore: tuple[str, ...] = (),
    with_article: bool = True,
    charset: str = "",
) -> Page:
    """What the bytes say; `is_html` False for anything but HTML. Never raises on hostile bytes.

    `content` and `ignore` are CSS selectors of the article and of what is left out of it; a bad one
    is a ValueError. Without `with_article` the article is an empty one, at a third of the cost.
    `charset` (WHATWG's name) is believed before any declaration.
    """
    from .article.blocks import read_lines
    from .article.extract import base_of, extract, select
    from .article.language import language_of
    from .article.metadata import MOST_HEADS, canonical_of
    from .article.normal import count_words
    from .tree import is_cut

    is_html, charset, text, tree = _parsed(body, content_type, charset)
    if tree is None:
        return Page(url=url, is_html=is_html, charset=charset)
    root = _root(tree)
    lines = read_lines(root)
    shown = read_lines(root, without=set(select(tree, ignore))) if ignore else lines
    words = sum(count_words(line.key) for line in lines)
    base = base_of(tree, url)
    meta = _meta(tree)
    title = tree.find(".//head/title")
    if title is None:
        title = tree.find(".//title")
    article = Article()
    if with_article:
        article = extract(tree, url, content=content, ignore=ignore, lines=lines, shown=shown)
    return Page(
        url=url,
        is_html=True,
        charset=charset,
        title="" if title is None else _words(title),
        h1=tuple(head for h1 in islice(tree.iter("h1"), MOST_HEADS) if (head := _words(h1))),
        canonical=article.canonical if with_article else canonical_of(tree, url),
        description=_description(meta),
        language=article.language if with_article else language_of(tree, meta, "", lines),
        noindex=_noindex(tree),
        refresh=_refresh(tree, base),
        script_to=_script_to(tree, base) if words < LEAVES else "",
        og_type=meta.get("og:type", "").lower(),
        password_form=any((i.get("type") or "").lower() == "password" for i in tree.iter("input")),
        markers=markers_of(tree),
        blocks=_blocks(shown),
        words=words,
        truncated=is_cut(text),
        article=article,
        stretch=stretch_of(body, article) if with_article else None,
    )


class Texts(Struct, frozen=True):
    """Of a page what another is steadied by (steady.py)."""

    blocks: tuple[str, ...] = ()  #: as `Page` has them
    description: str = ""  #: likewise


def read_texts(body: bytes, content_type: str = "", *, ignore: tuple[str, ...] = ()) -> Texts:
    """The texts of a page as `read_page` reads them, at half the cost of reading it without its article."""
    from .article.blocks import read_lines
    from .article.extract import select

    *_, tree = _parsed(body, content_type)
    if tree is None:
        return Texts()
    shown = read_lines(_root(tree), without=set(select(tree, ignore)) if ignore else ())
    return Texts(_blocks(shown), _description(_meta(tree)))


def read_beside(
    body: bytes,
    url: str,
    content_type: str = "",
    *,
    content: str = "",
    ignore: tuple[str, ...] = (),
    before: tuple[bytes, str],
    digest: str,
) -> tuple[Page, Texts | None]:
    """`read_page`, and the texts of the same page as it was (its bytes and their type); None for those where
    the article is the one of that digest."""
    page = read_page(body, url, content_type, content=content, ignore=ignore)
    if page.article.digest == digest:
        return page, None
    return page, read_texts(*before, ignore=ignore)


# ---------------------------------------------------------------- is it HTML

_BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00",
)


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _says_html(content_type: str) -> bool:
    return _media_type(content_type) in ("text/html", "application/xhtml+xml")


def _may_be_html(body: bytes, content_type: str) -> bool:
    """HTML by its type, or of a type that servers give to anything."""
    if body[:8].startswith(_BINARY):
        return False
    kind = _media_type(content_type)
    return (
        not kind
        or "/" not in kind
        or _says_html(kind)
        or kind in ("text/plain", "application/octet-stream", "text/xml", "application/xml")
    )


def _parsed(
    body: bytes, content_type: str, charset: str = ""
) -> tuple[bool, str, str, Element | None]:
    """(whether it is HTML, its charset, its text, its tree); no tree where there is nothing to be read."""
    from .article.charset import decode_html, looks_like_html
    from .tree import tree_of

    if not _may_be_html(body, content_type):
        return False, "", "", None
    text, charset = decode_html(body, charset or content_type)
    if not _says_html(content_type) and not looks_like_html(text):
        return False, charset, text, None
    return True, charset, text, tree_of(text)


def _root(tree: Element) -> Element:
    """<body>, where there is one."""
    found = tree.find("body")
    return found if found is not None else tree


# ---------------------------------------------------------------- what it says


def _words(element: Element) -> str:
    return " ".join(str(element.text_content()).split())[:1_000]


def _meta(tree: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("http-equiv")
        value = element.get("content")
        if name and value:
            found.setdefault(name.strip().lower(), " ".join(value[:1_000].split()))
    return found


def _description(meta: dict[str, str]) -> str:
    return meta.get("description", "") or meta.get("og:description", "")


def _blocks(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple([line.key for line in lines if line.key][:MOST_BLOCKS])


def _noindex(tree: Element) -> bool:
    for element in tree.iter("meta"):
        if (element.get("name") or "").strip().lower() in ("robots", "googlebot"):
            said = {w.strip().lower() for w in (element.get("content") or "").split(",")}
            if said & {"noindex", "none"}:
                return True
    return False


_REFRESH = re.compile(r"(?is)\s*(\d{0,6}(?:\.\d*)?)\s*[;,\s]\s*(?:url\s*=\s*)?(.+)")


def _refresh(tree: Element, base: str) -> tuple[float, str] | None:
    """The first meta refresh that leads to a URL; one in <noscript> is for others."""
    for element in tree.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        if any(a.tag == "noscript" for a in element.iterancestors()):
            continue
        said = refresh_of(element.get("content") or "", base)
        if said is not None:
            return said
    return None


def refresh_of(value: str, base: str) -> tuple[float, str] | None:
    """(seconds, absolute URL) of a meta refresh or a Refresh header; None where it leads nowhere."""
    found = _REFRESH.fullmatch(" ".join(value[:4_000].split()))
    target = clean(found[2].strip().strip("'\""), base) if found else ""
    if not found or not target:
        return None
    return float(found[1] if found[1] not in ("", ".") else 0), target


_LEAVE = re.compile(
    r"""(?:window|document|self|top|parent|globalThis)?\.?\blocation(?:\.href)?\s*"""
    r"""(?:=\s*|\.(?:replace|assign)\(\s*)["'`]([^"'`\s]{1,2000})["'`]"""
)
#: The page's own scheme and host, put before a path: `location.origin + "/"`.
_OWN_ORIGIN = re.compile(
    r"""(?:(?:window|document|self|top)\.)?location\.(?:origin|protocol\s*\+\s*["']//["']\s*\+\s*"""
    r"""(?:(?:window|document|self|top)\.)?location\.host(?:name)?)\s*\+\s*(?=["'`])"""
)


def _script_to(tree: Element, base: str) -> str:
    """Where a short inline script sends the reader, absolute; "" for nowhere."""
    for script in tree.iter("script"):
        text = script.text or ""
        if "location" in text and len(text) <= 20_000:
            found = _LEAVE.search(_OWN_ORIGIN.sub("", text))
            if found:
                target = clean(found[1].replace("\\/", "/"), base)
                if target:
                    return target
    return ""
