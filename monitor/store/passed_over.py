"""URLs that sources named at their baseline and that did not count as posts then.

Should one count later, since the site's posts taught us another shape or the config lets it in, it is
no news: it was there before. Kept as short digests, a text per site.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection

from . import meta

#: A sitemap's own ceiling (sitemaps.org): no more are remembered of a site.
MOST = 50_000


def passed_over(conn: Connection, site_id: int) -> frozenset[str]:
    """The marks of a site's URLs that were passed over; see `mark`."""
    return frozenset(meta.value(conn, _key(site_id)).split())


def pass_over(conn: Connection, site_id: int, keys: Iterable[str]) -> None:
    """Adds URLs, by their canonical keys, to those passed over."""
    before = passed_over(conn, site_id)
    after = before | {mark(key) for key in keys}
    if after != before:
        meta.put(conn, _key(site_id), " ".join(sorted(after)[:MOST]))


def mark(key: str) -> str:
    """What stands for a canonical key: 12 hexadecimal digits."""
    return hashlib.blake2b(key.encode(), digest_size=6).hexdigest()


def _key(site_id: int) -> str:
    return f"passed_over:{site_id}"
