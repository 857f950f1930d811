"""Which pages does a sitemap name? XML (plain or gzipped), text, an index, or a feed in its place.

A whole sitemap lists all it holds, so absence from it means something: one that is empty, cut off or
no sitemap is `broken`, and one over the ceiling, or of the latest news only, is not `complete`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree

from ...model import Form
from ...values import replace
from ..article.charset import looks_like_html
from . import Entry, Listing
from .dates import iso_date
from .feed import read_feed
from .plain_sitemap import MAX_ENTRIES, listed
from .text import bare_text

#: sitemaps.org: at most 50 MiB each.
MAX_BODY = 50 * 1024 * 1024
_BARE_AMPERSAND = re.compile(rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))|&(?!#?\w{1,12};)", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w-]+:)?(urlset|sitemapindex)[\s>]", re.IGNORECASE)
_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)


def read_sitemap(body: bytes, url: str) -> Listing:
    """The pages a sitemap names, in its order, or the `children` of an index.

    `published_at` is only what Google News' extension says: `lastmod` is no date of publication.
    Never raises; `broken` says why nothing may be concluded from it.
    """
    plain, why = _inflated(body)
    if why:
        return _broken(url, why)
    if plain.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = plain.decode("utf-16", "replace").encode("utf-8", "replace")
        plain = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", plain.removeprefix(b"\xef\xbb\xbf"))
    plain = plain.removeprefix(b"\xef\xbb\xbf").strip()
    if not plain:
        return _broken(url, "the sitemap is empty")
    root = _ROOT.search(plain, 0, 65_536)
    if root is not None and not looks_like_html(plain[:8192].decode("utf-8", "replace")):
        return _xml(plain, root, url)
    if _FEED_ROOT.search(plain, 0, 4096):
        return replace(read_feed(plain, url), form=Form.SITEMAP)
    return _text(plain, url)


def _broken(url: str, why: str) -> Listing:
    return Listing(url, Form.SITEMAP, broken=why)


def _inflated(body: bytes) -> tuple[bytes, str]:
    """The body, unpacked if gzip's magic number is on it (twice at most), or why not."""
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        inflate = zlib.decompressobj(wbits=31)
        try:
            body = inflate.decompress(body, MAX_BODY + 1)
        except zlib.error:
            return b"", "the packed sitemap cannot be unpacked"
        if len(body) > MAX_BODY:
            break
        if not inflate.eof:
            return b"", "the packed sitemap breaks off before its end"
    if len(body) > MAX_BODY:
        return b"", f"the sitemap is larger than {MAX_BODY // 1024 // 1024} MiB"
    return body, ""


def _xml(body: bytes, root: re.Match[bytes], url: str) -> Listing:
    if b"<!entity" in body[: root.start()].lower():
        return _broken(url, "the sitemap defines entities of its own, which are not read")
    # What stands before the root (warnings, a document type, style sheets) is dropped but for the
    # declaration of a charset.
    declaration = re.search(rb"<\?xml\b[^>]{0,200}\?>", body[: root.start()])
    body = (declaration.group() if declaration else b"") + body[root.start() :]
    if b"&" in body:
        # An address with a bare `&` is the commonest fault; lxml's own recovery would drop parts of it.
        body = _BARE_AMPERSAND.sub(lambda found: found.group(1) or b"&amp;", body)
    kind = root.group(1).lower()
    child = b"url" if kind == b"urlset" else b"sitemap"
    try:
        return listed(kind.decode(), _entries(body, child.decode()), url)
    except (etree.XMLSyntaxError, ValueError, LookupError, UnicodeError):
        closed = re.search(rb"</(?:[\w-]+:)?" + kind + rb"\s*>", body[-4096:], re.IGNORECASE)
        return _broken(
            url,
            "the sitemap is not well-formed" if closed else "the sitemap breaks off before its end",
        )


def _entries(body: bytes, child: str) -> Iterator[Entry]:
    """One entry for each <url> or <sitemap>; the tree is thrown away as it is read."""
    walk = etree.iterparse(
        BytesIO(body),
        events=("end",),
        tag=f"{{*}}{child}",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in walk:
        address = title = published = updated = ""
        space = str(element.tag)[: -len(child)]  # "{namespace}"; an image's <loc> has another one
        for part in element:
            if part.tag == f"{space}loc":
                address = (part.text or "").strip()
            elif part.tag == f"{space}lastmod":
                updated = iso_date((part.text or "")[:40])
            elif str(part.tag).endswith("}news"):
                for said in part:
                    if str(said.tag).endswith("}publication_date"):
                        published = iso_date(said.text or "")
                    elif str(said.tag).endswith("}title"):
                        title = bare_text(said.text or "", markup=False)
        yield Entry(url=address, title=title, published_at=published, updated_at=updated)
        element.clear()
        while element.getprevious() is not None:
            parent = element.getparent()
            if parent is None:
                break
            del parent[0]


def _text(body: bytes, url: str) -> Listing:
    """A text sitemap: one address a line and nothing else."""
    text = body.decode("utf-8", "replace")
    if looks_like_html(text):
        return _broken(url, "a web page was sent in place of a sitemap")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all(re.match(r"(?i)https?://\S+$", line) for line in lines[:1000]):
        return _broken(url, "something else was sent in place of a sitemap")
    found = listed("text", map(Entry, lines[:MAX_ENTRIES]), url)
    return found if len(lines) <= MAX_ENTRIES else replace(found, complete=False)
