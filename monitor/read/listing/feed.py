"""Which posts does a feed name? RSS, Atom and RDF by feedparser, JSON Feed by hand.

A feed is a window: what it no longer names proves nothing, and one that is cut off, empty or no feed
at all is `broken` with the reason in words. Only text is handed to feedparser, never a URL.
"""

from __future__ import annotations

import json
import re
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ...model import Form
from ...units import rfc3339
from ..article.charset import looks_like_html
from ..article.charset_labels import CODECS, encoding_of
from ..urls import canonical_key, clean, same_host
from . import Entry, Listing
from .dates import iso_date
from .text import bare_text

#: feedparser took 3.9 s of CPU for 200,000 nested tags: what it is given has to be bounded.
MAX_BODY = 5 * 1024 * 1024
MAX_ENTRIES = 10_000
#: Elements open at once; feedparser's time grows with it. Generous: also XHTML inside an entry nests.
_MAX_DEPTH = 400
#: Of a feed of MAX_BODY with MAX_ENTRIES entries of a dozen elements each.
_MAX_TAGS = 400_000

_ROOT = re.compile(r"<(?:(rss|feed|channel)|(?:\w+:)?(RDF|rss|feed))[\s>]", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']""")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_OPENS_OR_CLOSES = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][\w:.-]*)[^<>]{0,8000}?(/?)>",
    re.DOTALL,
)
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_BARE_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00)?")


def read_feed(body: bytes, url: str, content_type: str = "") -> Listing:
    """The posts a feed names, in its order; `broken` says why nothing may be concluded from it.

    Never raises. An entry without an address is left out; `next_page` is an RFC 5005 `next` link.
    """
    if len(body) > MAX_BODY:
        return _broken(url, f"the feed is larger than {MAX_BODY // 1024 // 1024} MiB")
    text = _NOT_XML.sub("", _decode(body, content_type)).strip()
    if not text:
        return _broken(url, "the feed is empty")
    try:
        if text.startswith(("{", "[")):
            return _json_feed(text, url)
        return _xml_feed(text, url)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        LookupError,
        AssertionError,
        OverflowError,
    ) as e:
        # feedparser's loose parser has raised each of these at some broken feed
        return _broken(url, f"the feed cannot be read ({type(e).__name__})")
    except RecursionError:
        return _broken(url, "the feed is nested too deeply")


def _broken(url: str, why: str) -> Listing:
    return Listing(url, Form.FEED, broken=why)


def _listing(url: str, entries: Iterable[Entry], next_page: str = "") -> Listing:
    by_key: dict[str, Entry] = {}
    for entry in entries:
        if entry.url:
            by_key.setdefault(canonical_key(entry.url), entry)
    if not by_key:
        return _broken(url, "the feed holds no entries")
    more = next_page if same_host(next_page, url) else ""
    if canonical_key(more) == canonical_key(url):
        more = ""
    return Listing(url, Form.FEED, tuple(by_key.values())[:MAX_ENTRIES], next_page=more)


def _decode(body: bytes, content_type: str) -> str:
    """Text by byte order mark, then UTF-8 if it is that, then header and XML declaration."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        header = re.search(r"""(?i)charset\s*=\s*["']?([^\s"';,]{1,40})""", content_type)
        declared = _DECLARED.match(body[:400])
        labels = [header.group(1)] if header else []
        labels += [declared.group(1).decode("ascii", "replace")] if declared else []
        for label in labels:
            name = encoding_of(label)
            if name and name != "utf-8":
                return body.decode(CODECS[name], "replace")
        return body.decode("utf-8" if labels else "cp1252", "replace")


def _xml_feed(text: str, url: str) -> Listing:
    root = _ROOT.search(text, 0, 65_536)
    if looks_like_html(text) or root is None:
        sent = (
            "a web page"
            if re.search(r"(?i)<(?:html|body|!doctype html)", text[:65_536])
            else "something else"
        )
        return _broken(url, f"{sent} was sent in place of a feed")
    if "<!entity" in text[: root.start()].lower():
        return _broken(url, "the feed defines entities of its own, which are not read")
    # Warnings of a program before the feed are no part of it; nor is a document type: without one
    # there are no entities to expand.
    text = text[root.start() :]
    name = root.group(1) or root.group(2)
    if re.search(rf"</(?:\w+:)?{name}\s*>", text[-200_000:], re.IGNORECASE) is None:
        return _broken(url, "the feed breaks off before its end")
    if _too_deep(text) or text.count("<") > _MAX_TAGS:
        return _broken(url, "the feed is nested too deeply")
    if sum(1 for _ in _ITEM.finditer(text)) > MAX_ENTRIES:
        return _broken(url, f"the feed holds more than {MAX_ENTRIES:,} entries")
    import feedparser  # here: who only names this reader need not load it

    parsed = feedparser.parse(
        text.encode("utf-8", "replace"),
        response_headers={
            "content-location": url,
            "content-type": "application/xml; charset=utf-8",
        },
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    atom = str(parsed.get("version", "")).startswith("atom")
    entries = (_entry(raw, url, atom) for raw in parsed.entries)
    more = [
        clean(str(link.get("href", "")), url)
        for link in parsed.feed.get("links", ())
        if link.get("rel") == "next"
    ]
    listing = _listing(url, entries, more[0] if more else "")
    if listing.broken and parsed.bozo and _ITEM.search(text):
        return _broken(url, "the feed's entries cannot be read")
    return listing


def _too_deep(text: str) -> bool:
    depth = 0
    for tag in _OPENS_OR_CLOSES.finditer(text):
        closing, name, empty = tag.groups()
        if name is None or empty:
            continue
        if closing:
            depth = max(0, depth - 1)
        elif name.lower() in ("item", "entry"):
            depth = 0  # unclosed tags of the entry before do not count on
        else:
            depth += 1
            if depth > _MAX_DEPTH:
                return True
    return False


def _entry(raw: Any, url: str, atom: bool) -> Entry:
    title = raw.get("title_detail") or {}
    summary = raw.get("summary_detail") or {}
    return Entry(
        url=clean(_address(raw), url),
        # RSS does not say whether its titles are markup; most are
        title=bare_text(
            str(title.get("value") or ""), markup=not atom or "html" in str(title.get("type", ""))
        ),
        published_at=_date(raw, ("published",) if atom else ("published", "updated", "created")),
        updated_at=_date(raw, ("updated",)),
        author=bare_text(str(raw.get("author") or ""), limit=200),
        summary=bare_text(str(summary.get("value") or ""), limit=500),
    )


def _address(raw: Any) -> str:
    """The entry's own page: what a relay (FeedBurner) kept as the original, Atom's alternate, RSS's link."""
    original = raw.get("feedburner_origlink")
    if original:
        return str(original)
    alternates = [
        link
        for link in raw.get("links", ())
        if link.get("rel", "alternate") == "alternate" and link.get("href")
    ]
    pages = [link for link in alternates if "html" in str(link.get("type", "html"))]
    found = (pages or alternates or [{}])[0].get("href") or raw.get("link") or ""
    if (
        not found
        and str(raw.get("id", "")).startswith(("http://", "https://"))
        and raw.get("guidislink")
    ):
        found = raw["id"]
    return str(found)


def _date(raw: Any, names: Iterable[str]) -> str:
    """The first of these dates. Atom's `updated` is another thing than its `published`, RSS's dc:date is not."""
    for name in names:
        if dict.__contains__(raw, name):
            text, when = str(dict.get(raw, name) or ""), dict.get(raw, f"{name}_parsed")
            bare = _BARE_DATE.fullmatch(text.strip())
            if bare:
                return bare.group(1)
            if when is not None:
                try:
                    return rfc3339(datetime.fromtimestamp(timegm(when), UTC))
                except (ValueError, OverflowError, OSError, TypeError):
                    continue
    return ""


def _json_feed(text: str, url: str) -> Listing:
    found = json.loads(text)
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        return _broken(url, "JSON that is no JSON Feed was sent in place of a feed")
    entries = [_json_entry(item, url) for item in items[:MAX_ENTRIES] if isinstance(item, dict)]
    more = found.get("next_url")
    return _listing(url, entries, clean(more, url) if isinstance(more, str) else "")


def _json_entry(item: dict[str, Any], url: str) -> Entry:
    def said(*names: str) -> str:
        values = [item.get(name) for name in names]
        return next((value for value in values if isinstance(value, str) and value), "")

    identity = said("id")
    address = said("url", "external_url") or (identity if identity.startswith("http") else "")
    people = item.get("authors") or [item.get("author")]
    names = (
        [p.get("name") for p in people if isinstance(p, dict)] if isinstance(people, list) else []
    )
    return Entry(
        url=clean(address, url),
        title=bare_text(said("title"), markup=False),
        published_at=iso_date(said("date_published")),
        updated_at=iso_date(said("date_modified")),
        author=", ".join(bare_text(n, limit=200) for n in names if isinstance(n, str)),
        summary=bare_text(said("summary", "content_text"), limit=500),
    )
