"""Which pages does a usual sitemap name? One in the few forms that most generators write needs no parser.

What a parser of hostile XML reads is read in a process of its own, which takes 0.2 s to start, and a blog's
sitemap is another one at each edit: it says when. Whatever is not in one of these forms is `read_sitemap`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...model import Form
from ...values import replace
from ..urls import canonical_key, clean
from . import Entry, Listing
from .dates import iso_date

#: sitemaps.org: at most 50,000 addresses; twice as many are read.
MAX_ENTRIES = 100_000
#: Bytes of a sitemap that is read at once, and addresses in it: 6 ms of usual ones that are new, 1 ms of known ones; of
#: ones made to take long 33.
LARGEST, MOST = 32 * 1024, 300
_SPACE = r"[ \t\r\n]*"
#: Text as it stands: no reference, and no character that XML forbids or that a parser makes another one of. An address
#: of what one is written in: to bring others into its form takes ten times as long.
_TEXT = r"[\t\n -%'-;=?-~]*"
_ADDRESS = r"[!#-%'-;=?-\[\]_a-z~]*"
_VALUE = r'="[\t\n !#-%\'-;=?-~]*"'
_NAMESPACE = r' xmlns(?:|:(?:xsi|image|news|video|xhtml))="https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9._-]+)*/?"'
_HEAD = re.compile(
    r'(?:<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")? ?\?>)?'
    rf"{_SPACE}(?:<\?xml-stylesheet (?:type|href){_VALUE} (?:type|href){_VALUE} ?\?>{_SPACE})?"
    rf"<(urlset|sitemapindex)((?:{_NAMESPACE}| xsi:schemaLocation{_VALUE})*)>"
)
_NAMES = re.compile(r' ([\w:]+)="[^"]*"')
#: Namespaces that XML keeps for itself.
_RESERVED = ("/XML/1998/namespace", "/2000/xmlns/")


def _entry(name: str, *others: str) -> re.Pattern[str]:
    also = "".join(f"(?:<{other}>{_TEXT}</{other}>{_SPACE})?" for other in others)
    loc = f"<loc>{_SPACE}({_ADDRESS}){_SPACE}</loc>"
    lastmod = f"(?:<lastmod>({_TEXT})</lastmod>{_SPACE})?"
    return re.compile(f"{_SPACE}<{name}>{_SPACE}{loc}{_SPACE}{lastmod}{also}</{name}>")


_FORMS = {
    "urlset": (_entry("url", "changefreq", "priority"), re.compile(f"{_SPACE}</urlset>")),
    "sitemapindex": (_entry("sitemap"), re.compile(f"{_SPACE}</sitemapindex>")),
}


def plain_sitemap(body: bytes, url: str) -> Listing | None:
    """What `read_sitemap` says of these bytes; None where a parser is needed to know. Time is linear."""
    plain = body.removeprefix(b"\xef\xbb\xbf")
    if len(plain) > LARGEST or not plain.isascii():
        return None
    text = plain.strip().decode()
    head = _HEAD.match(text)
    if head is None or not _is_sound(head[2]):
        return None
    found = _found(text, head[1], head.end())
    return None if not found else listed(head[1], found, url)


def _is_sound(attributes: str) -> bool:
    """Whether no attribute stands twice, the one with a prefix has it declared, and none is XML's own."""
    names = _NAMES.findall(attributes)
    if "xsi:schemaLocation" in names and "xmlns:xsi" not in names:
        return False
    return len(names) == len(set(names)) and not any(name in attributes for name in _RESERVED)


def _found(text: str, kind: str, at: int) -> list[Entry]:
    """All entries behind the root's beginning; none where anything else stands there, or there are too many."""
    entry, end = _FORMS[kind]
    found: list[Entry] = []
    while len(found) < MOST and (hit := entry.match(text, at)) is not None:
        found.append(Entry(hit[1], updated_at=iso_date((hit[2] or "")[:40])))
        at = hit.end()
    return found if end.fullmatch(text, at) else []


def listed(kind: str, found: Iterable[Entry], url: str) -> Listing:
    """The listing of a sitemap's entries in its order, their addresses as they were written; one of an index names
    them as its children. Whatever the iterable raises is raised."""
    entries, complete = _unique(found, url)
    if not entries:
        return Listing(url, Form.SITEMAP, broken="the sitemap holds no addresses", empty=True)
    if kind == "sitemapindex":
        return Listing(
            url, Form.SITEMAP, children=tuple(entry.url for entry in entries), complete=complete
        )
    # Google News' extension is for the articles of the last two days: a window.
    complete = complete and not all(entry.published_at for entry in entries)
    return Listing(url, Form.SITEMAP, entries, complete=complete)


def _unique(found: Iterable[Entry], url: str) -> tuple[tuple[Entry, ...], bool]:
    """The entries that name an address of the web, one for each, and whether these are all."""
    entries: dict[str, Entry] = {}
    for entry in found:
        if address := clean(entry.url, url):
            entries.setdefault(canonical_key(address), replace(entry, url=address))
        if len(entries) >= MAX_ENTRIES:
            return tuple(entries.values()), False
    return tuple(entries.values()), True
