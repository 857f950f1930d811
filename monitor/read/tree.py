"""The tree of an HTML document, and whether the document is whole.

Pages leave out what HTML lets them leave out: the tags of html, head and body (HTML, 13.1.2.4).
"""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

from .article.blocks import Element

#: Bodies are bounded by the fetch (10 MiB); a tree of more text than this is cut.
MOST_TEXT = 12_000_000
#: lxml's own choice of a class for each element, a form's or an input's, takes a twentieth of a reading.
_CLASSES = etree.ElementDefaultClassLookup(
    element=lxml_html.HtmlElement,
    comment=lxml_html.HtmlComment,
    pi=lxml_html.HtmlProcessingInstruction,
    entity=lxml_html.HtmlEntity,
)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")


def tree_of(text: str) -> Element | None:
    """The document as one tree; None where there is nothing in it."""
    declaration = _XML_DECLARATION.match(text)
    text = text[declaration.end() if declaration else 0 : MOST_TEXT].replace("\0", "")
    text = with_body(text)
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False, recover=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return tree if isinstance(tree.tag, str) else None


_TAG = re.compile(r"<!--.*?-->|<(/?)([a-z][a-z0-9:-]*)\b[^>]*>", re.IGNORECASE | re.DOTALL)
_OF_HEAD = frozenset("html head title meta link base script style noscript template".split())
#: Elements of the head whose content is no markup of the page's.
_WITH_TEXT = frozenset("title script style noscript template".split())


def with_body(text: str) -> str:
    """The document with a <body> where its head ends, if it names neither body nor frames.

    Without one the parser takes header, main and article for parts of the head.
    """
    if re.search(r"(?i)<(?:body|frameset)\b", text):
        return text
    at = 0
    while found := _TAG.search(text, at):
        name = (found[2] or "").lower()
        if not name:
            at = found.end()
            continue
        if name not in _OF_HEAD:
            return f"{text[: found.start()]}<body>{text[found.start() :]}"
        at = found.end()
        if name == "head" and found[1]:
            return f"{text[:at]}<body>{text[at:]}"
        if name in _WITH_TEXT and not found[1]:
            end = re.compile(rf"(?i)</{name}\s*>").search(text, at)
            at = end.end() if end else len(text)
    return text


#: Elements whose end tag HTML does not let anybody leave out, as pages are built of them.
_CLOSED = re.compile(
    r"<(/?)(div|main|article|section|aside|header|footer|nav|figure|table|ul|ol|blockquote|form|a)\b"
)
_UNREAD = re.compile(r"(?s)<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\s*>|\Z)")


def is_cut(text: str) -> bool:
    """Opened, and never closed: the connection or the page's maker broke off.

    The end tags of html and body may be left out (HTML, 13.1.2.4), and minifiers do; a page that
    closes all others is whole.
    """
    head, tail = text[:20_000].lower(), text[-20_000:].lower()
    opened = "<html" in head or "<body" in head
    if not opened or "</html" in tail or "</body" in tail:
        return False
    if tail.rfind("<") > tail.rfind(">"):
        return True
    bare = _UNREAD.sub(" ", text.lower())
    left = sum(-1 if found[1] else 1 for found in _CLOSED.finditer(bare))
    return left > 0 or ("<main" not in bare and "</div" not in bare and "</footer" not in bare)
