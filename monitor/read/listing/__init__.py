"""What a source lists: feeds, sitemaps and listing pages read into one value."""

from __future__ import annotations

from msgspec import Struct

from ...model import Form


class Entry(Struct, frozen=True):
    """One post as a source names it."""

    url: str  #: absolute, as written but for tracking parameters and fragment
    title: str = ""
    published_at: str = ""  #: bare date or RFC 3339, "" unknown
    updated_at: str = ""  #: of its last change, as the source says; the same way
    author: str = ""
    summary: str = ""
    beside: bool = False  #: it stands in a box beside the list, which has an order of its own


class Listing(Struct, frozen=True):
    """What one fetch of a source gave. `broken` says in words why nothing may be concluded from it."""

    source: str  #: the URL it was read from
    form: Form
    entries: tuple[Entry, ...] = ()  #: unique by canonical key, in the source's order
    children: tuple[str, ...] = ()  #: sitemaps that an index names
    next_page: str = ""  #: absolute; "" none
    complete: bool = (
        False  #: it lists all it holds (a sitemap); False for a window (feed, listing page)
    )
    broken: str = ""
    empty: bool = False  #: broken only in that it lists nothing: well-formed otherwise
    partial: bool = False  #: a later page of it could not be read
    passed: tuple[str, ...] = ()  #: canonical keys of a listing page's other links on its host
