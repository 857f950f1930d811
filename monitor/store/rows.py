"""The rows of the database as frozen values: what the store's functions take and return."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct, field

from ..model import (
    Answer,
    Form,
    Hop,
    PostState,
    Reason,
    Role,
    Seen,
    SiteFacts,
    SiteView,
)
from ..read.article import Article


class SiteRow(Struct, frozen=True):
    """A watched site. `watched` is False once it has left the config; its history stays."""

    id: int
    name: str
    url: str
    watched: bool
    watched_since: datetime
    view: SiteView = field(default_factory=SiteView)
    facts: SiteFacts = field(default_factory=SiteFacts)
    baseline_at: datetime | None = None  #: when the first pass was complete
    last_check_at: datetime | None = None
    next_check_at: datetime | None = None
    robots_body: str = ""  #: SHA-256 of the robots.txt in force, in bodies
    robots_at: datetime | None = None
    discovered_at: datetime | None = None


class SourceRow(Struct, frozen=True):
    """A feed, sitemap or listing of a site."""

    id: int
    site_id: int
    url: str
    form: Form
    found: bool  #: discovered, not given in the config
    active: bool = True  #: False once it has left the config and is not found any more
    baseline_at: datetime | None = None  #: first good look; entries of that look are no news
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    entries: int = 0  #: of the last good look
    oldest: str = ""  #: oldest date among them
    broken_since: datetime | None = None
    broken_why: str = ""
    broken_told: bool = False
    last_ok_at: datetime | None = None
    deep_at: datetime | None = None  #: last look that followed a listing to its last page
    #: (URL, how it stood) of each further part, in the order asked; None where not all are known
    parts: tuple[tuple[str, str], ...] | None = None
    next_at: datetime | None = None


class EntryRow(Struct, frozen=True):
    """That a source listed a post, and whether it did at its last good look."""

    source_id: int
    post_id: int
    first_at: datetime
    last_at: datetime
    present: bool
    position: int  #: in the source's order at the last look that listed it
    dated: str = ""  #: the date the source gave it
    updated: str = ""  #: and that of its last change, where it gives one
    dropped: bool = False  #: it left while the source should still hold it (decide/listed.py)
    since: datetime | None = None  #: the first look that found it as it is, listed or not
    otherwise_at: datetime | None = None  #: the last look before, that found it the other way


class PostRow(Struct, frozen=True):
    """A post: its state, and what its next look needs."""

    state: PostState
    site_id: int
    key: str  #: canonical key of state.url (read/urls.py)
    next_at: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""  #: of the last good look
    stretch: tuple[int, int] | None = (
        None  #: where in those bytes the article stands (read/stretch.py)
    )
    article_digest: str = ""
    #: of the last good article, for the search of moved ones; None: to be worked out of its version's
    fingerprint: int | None = 0
    hand_picked: bool = False
    watched: bool = True  #: False where the config no longer includes it
    failures: int = 0  #: looks in a row that were unclear


class Observation(Struct, frozen=True):
    """What one look saw; the store joins it to the one before where nothing differs (run-length)."""

    site_id: int
    role: Role
    answer: Answer
    seen: Seen
    rule: str
    why: str
    post_id: int | None = None
    source_id: int | None = None
    reason: Reason | None = None
    keep_body: bool = True  #: False where a snapshot of the same look keeps it
    due: datetime | None = None  #: when the look was to be made; None: whenever
    uncounted: str = ""  #: why a miss did not count: down, blocked, disallowed, withdrawn


class ObservationRow(Struct, frozen=True):
    """A stretch of like looks, as read back."""

    id: int
    site_id: int
    post_id: int | None
    source_id: int | None
    role: Role
    url: str
    final_url: str
    seen: Seen
    rule: str
    why: str
    reason: Reason | None
    status: int | None
    failure: str
    first_at: datetime
    last_at: datetime
    looks: int
    peer: str
    hops: tuple[Hop, ...]
    body_hash: str
    server_date: str
    took: timedelta
    uncounted: str = ""


class SnapshotRow(Struct, frozen=True):
    """A version: one distinct article of a post, with the bytes of its first and its latest full look."""

    id: int
    post_id: int
    number: int  #: 1, 2, 3 … within the post
    digest: str  #: of the article
    body_hash: str  #: bytes of the first look
    latest_body_hash: str
    first_read_at: datetime
    last_read_at: datetime  #: last look (304 and same bytes included) that read this article
    looks: int
    url: str
    status: int | None
    content_type: str
    peer: str
    words: int
    title: str
    size: int  #: decoded bytes of the first look


class StoredArticle(Struct, frozen=True):
    """An article as extracted by one extractor version."""

    snapshot_id: int
    extractor: int
    article: Article
