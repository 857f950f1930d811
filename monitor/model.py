"""The words of the contract as frozen values: what was asked and answered, states, events, alerts.

Imports nothing of ours. Every time is an aware UTC datetime. What bytes *mean* (Verdict, Article,
Listing, Diff) lives in `read`; what happened (Look, Decision) in `decide`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from .units import rfc3339, rfc3339_or_none

Headers = tuple[tuple[str, str], ...]


class Kind(StrEnum):
    """Kinds of event; the order is that of the contract."""

    PUBLISHED = "published"
    EDITED = "edited"
    REMOVED = "removed"
    REINSTATED = "reinstated"
    MOVED = "moved"
    DELISTED = "delisted"
    RELISTED = "relisted"
    SITE_UNREACHABLE = "site_unreachable"
    SITE_RECOVERED = "site_recovered"
    SOURCE_BROKEN = "source_broken"
    SOURCE_RECOVERED = "source_recovered"
    WATCH_STOPPED = "watch_stopped"
    WATCH_RESUMED = "watch_resumed"
    RETRACTED = "retracted"


class Reason(StrEnum):
    """Why: of a removal, of an unreachable site, of our own blindness."""

    NOT_FOUND = "not_found"
    GONE = "gone"
    LEGAL = "legal"
    RESTRICTED = "restricted"
    SOFT_404 = "soft_404"
    REDIRECTED = "redirected"
    TOMBSTONE = "tombstone"
    REPLACED = "replaced"
    DOWN = "down"
    BLOCKED = "blocked"
    DISALLOWED = "disallowed"
    NETWORK = "network"
    OVERDUE = "overdue"
    DISK = "disk"
    STOPPED = "stopped"
    RESTORED = "restored"


REMOVAL_REASONS = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.GONE,
        Reason.LEGAL,
        Reason.RESTRICTED,
        Reason.SOFT_404,
        Reason.REDIRECTED,
        Reason.TOMBSTONE,
        Reason.REPLACED,
    }
)


class Status(StrEnum):
    """A post's state. `live` also before the first article was read (then `snapshot` is None)."""

    LIVE = "live"
    SUSPECTED = "suspected"
    REMOVED = "removed"


class Seen(StrEnum):
    """What one look says of a post."""

    PRESENT = "present"  #: the article is there (its words may differ)
    SAME = "same"  #: 304, or the very bytes of the last look
    MISSING = "missing"  #: it answers something that is not the article
    ELSEWHERE = "elsewhere"  #: the same article, at `moved_to`
    UNCLEAR = "unclear"  #: nothing can be concluded: failure, wall, 5xx, half a page


class Role(StrEnum):
    """Why a URL was looked at."""

    POST = "post"
    HOME = "home"
    SIBLING = "sibling"
    MADE_UP = "made_up"
    SOURCE = "source"
    ROBOTS = "robots"


class Form(StrEnum):
    """What a source is."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


class Failure(StrEnum):
    """Why there is no answer at all; told apart by exception type, never by its text."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"  #: closed, reset or broken off half way
    PROTOCOL = "protocol"  #: not HTTP, a coding that does not decode, headers too large
    TOO_BIG = "too_big"
    TOO_MANY_HOPS = "too_many_hops"
    REFUSED = "refused"  #: by us: private address, scheme, robots


class Hop(Struct, frozen=True):
    """One redirect that was followed."""

    url: str
    status: int
    location: str  #: absolute


class Answer(Struct, frozen=True):
    """What one URL answered, or why it did not. Header names are lower case, in the order sent."""

    url: str  #: as asked
    at: datetime  #: when the request was sent
    took: timedelta = timedelta(0)
    final_url: str = ""  #: the URL that gave this answer, after `hops`
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""  #: decoded
    packed: bytes = b""  #: in its place, where it waits to be written (run/packing.py)
    coding: str = ""  #: Content-Encoding as sent
    hops: tuple[Hop, ...] = ()
    request_headers: Headers = ()
    peer: str = ""  #: "address:port" of the last hop
    certificate: bytes = b""  #: DER of the last hop, empty for http
    failure: Failure | None = None
    detail: str = ""  #: one line on the failure, for people

    def header(self, name: str) -> str:
        """The first value of a header (name in lower case), or ""."""
        for header, value in self.headers:
            if header == name:
                return value
        return ""


class LookRecord(Struct, frozen=True):
    """One look as it stands in an event's `looks`."""

    at: datetime
    url: str
    role: Role
    status: int | None
    rule: str
    server_date: str = ""

    def as_record(self) -> dict[str, Any]:
        """The contract's object."""
        return {
            "at": rfc3339(self.at),
            "url": self.url,
            "role": self.role.value,
            "status": self.status,
            "rule": self.rule,
            "server_date": self.server_date or None,
        }


class PostState(Struct, frozen=True):
    """All that is remembered of a post's life; what `decide.lifecycle.step` takes and returns."""

    post_id: int
    site: str
    url: str  #: where it lives now
    title: str = ""
    aliases: tuple[str, ...] = ()
    status: Status = Status.LIVE
    listed: bool = True
    published_at: str = ""  #: bare date or RFC 3339, as the page or feed says; "" unknown
    first_seen_at: datetime | None = None  #: first look that read the article
    last_seen_at: datetime | None = None  #: last look that truly saw it
    snapshot: int | None = None  #: the last good version
    misses: int = 0
    first_missing_at: datetime | None = None
    last_missing_at: datetime | None = None
    reason: Reason | None = None  #: of the latest miss
    moved_to: str = ""  #: where ELSEWHERE looks found it while suspected
    looks: tuple[LookRecord, ...] = ()  #: of the present suspicion, oldest first
    removed_event: int | None = None
    snapshot_at_removal: int | None = None
    published_told: bool = False  #: `published` was told, or never will be (baseline)
    switches: tuple[tuple[datetime, str], ...] = ()  #: (when, article digest) of late versions
    muted_answer: str = ""  #: withdrawn by a person, not told again (decide/retraction.py)
    muted_listing: bool = False  #: likewise, that it was delisted or relisted
    absences: int = 0  #: good looks in a row at its sources that should list it and did not
    batch: str = ""  #: of the suspicion: posts that went missing together
    alone: bool = False  #: of the suspicion: found after we were blind, it shares no batch


class SiteView(Struct, frozen=True):
    """Can the site be seen? Judged before any of its posts."""

    up: bool = True
    reason: Reason | None = None  #: down, blocked or disallowed
    since: datetime | None = None  #: when this state began
    why: str = ""  #: one sentence
    told: bool = False  #: site_unreachable was told, so recovery will be
    last_up_at: datetime | None = None
    control: tuple[LookRecord, ...] = ()  #: what the control pages answered in this pass
    failing: int = 0  #: passes in a row that could not see it
    last_down_at: datetime | None = None  #: the last of them
    robots: str = ""  #: SHA-256 of the robots.txt in force when it was last up; "" for none


class ErrorSample(Struct, frozen=True):
    """How a site answers a made-up URL beside a post."""

    folder: str  #: path prefix it was asked in, such as "/blog/"
    at: datetime
    status: int | None
    final_url: str
    title: str
    blocks: tuple[str, ...]  #: comparison keys of the visible text blocks of its page


class SiteFacts(Struct, frozen=True):
    """What has been learned of a site, kept from pass to pass."""

    errors: tuple[ErrorSample, ...] = ()
    furniture: frozenset[str] = frozenset()  #: block keys that stand on many posts alike
    volatile: frozenset[str] = frozenset()  #: block places that changed between looks moments apart
    sinks: tuple[str, ...] = ()  #: URLs that many different posts were redirected to
    home_url: str = ""  #: where the home page usually answers, after its redirects
    doubted: frozenset[str] = (
        frozenset()
    )  #: texts that differed between two looks of one pass, once


class Event(Struct, frozen=True):
    """The contract's event record, field for field. `decide` leaves id, uid and the chain empty."""

    kind: Kind
    detected_at: datetime
    reason: Reason | None = None
    site: str | None = None
    post: int | None = None
    url: str | None = None
    title: str = ""
    published_at: str | None = None
    last_seen_at: datetime | None = None
    first_missing_at: datetime | None = None
    last_missing_at: datetime | None = None
    removed_event: int | None = None
    absent_for: tuple[int, int] | None = None  #: seconds, least and most
    moved_to: str | None = None
    retracts: int | None = None
    why: str | None = None
    by: str | None = None
    snapshot_before: int | None = None
    snapshot_after: int | None = None
    fields: tuple[str, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    similarity: float | None = None
    silent: bool | None = None
    phrases_lost: tuple[str, ...] = ()
    phrases_gained: tuple[str, ...] = ()
    batch: str | None = None
    origin: str = "observed"
    vantage: str = ""
    evidence: tuple[str, ...] = ()
    looks: tuple[LookRecord, ...] = ()
    id: int = 0
    uid: str = ""
    salt: str = ""
    body: str = ""
    prev: str = ""
    hash: str = ""

    def as_record(self) -> dict[str, Any]:
        """The contract's object, every key present, in the contract's order: the only JSON of an event."""
        return {
            "schema": 1,
            "id": self.id,
            "uid": self.uid,
            "kind": self.kind.value,
            "reason": None if self.reason is None else self.reason.value,
            "site": self.site,
            "post": self.post,
            "url": self.url,
            "title": self.title,
            "published_at": self.published_at or None,
            "detected_at": rfc3339(self.detected_at),
            "last_seen_at": rfc3339_or_none(self.last_seen_at),
            "first_missing_at": rfc3339_or_none(self.first_missing_at),
            "last_missing_at": rfc3339_or_none(self.last_missing_at),
            "removed_event": self.removed_event,
            "absent_for": None if self.absent_for is None else list(self.absent_for),
            "moved_to": self.moved_to,
            "retracts": self.retracts,
            "why": self.why,
            "by": self.by,
            "snapshot_before": self.snapshot_before,
            "snapshot_after": self.snapshot_after,
            "fields": list(self.fields),
            "words_added": self.words_added,
            "words_removed": self.words_removed,
            "similarity": _plain_number(self.similarity),
            "silent": self.silent,
            "phrases_lost": list(self.phrases_lost),
            "phrases_gained": list(self.phrases_gained),
            "batch": self.batch,
            "origin": self.origin,
            "vantage": self.vantage,
            "evidence": list(self.evidence),
            "looks": [look.as_record() for look in self.looks],
            "salt": self.salt,
            "body": self.body,
            "prev": self.prev,
            "hash": self.hash,
        }


def _plain_number(x: float | None) -> int | float | None:
    # RFC 8785 writes 1.0 as 1. Four decimals and no ".0" make any JSON writer's form the same.
    if x is None:
        return None
    rounded = round(x, 4)
    return int(rounded) if rounded == int(rounded) else rounded


class AlertState(StrEnum):
    """Where an alert row stands."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"  #: permanently refused; kept and shown
    WITHDRAWN = "withdrawn"  #: the event was taken back, or its reader left, before this was sent


class Alert(Struct, frozen=True):
    """One event to be told to one recipient through one channel; with `notice`, these are its key."""

    id: int
    event_id: int | None  #: None: it tells of no event (still_watching)
    channel: str
    recipient: str
    state: AlertState
    attempts: int
    due_at: datetime
    error: str = ""
    message_id: str = ""  #: of the message it left in, or was to leave in; "" not yet
    notice: str = ""  #: what is told in place of the event: a reminder of it, a sign of life
    tried_since: datetime | None = None  #: when a try first failed
    unsure: int = 0  #: tries that may have arrived though no answer came


class Message(Struct, frozen=True):
    """An event (or several) said for one channel; text and html hold the same facts."""

    subject: str
    preheader: str
    text: str
    html: str
    message_id: str  #: without angle brackets; fixed by event and channel
    thread_id: str = ""  #: one per post; "" for none
    reply_to: str = ""  #: the message this one answers; "" for none
    headers: Headers = ()
    attachments: tuple[tuple[str, str, bytes], ...] = ()  #: (file name, MIME type, bytes)
    record: dict[str, Any] = field(default_factory=dict)
