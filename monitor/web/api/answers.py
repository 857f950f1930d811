"""What the API answers with, as types: the OpenAPI document is made from them, and so is each answer.

An event stands in its page exactly as it is sealed, so that anybody can recompute the chain from what
they were given; what became of it since stands beside it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from ...model import Kind, Reason, Role
from ...read.article import BlockKind, NoteKind
from ...run.records import (
    Count,
    Number,
    ObservationRecord,
    PostRecord,
    Record,
    Sha256,
    SiteRecord,
    Time,
    VersionRecord,
)
from ...store.marks import MarkKind

Next = Annotated[
    str | None, Meta(description="Address of the next page, also in Link; null on the last.")
]
Address = Annotated[str, Meta(description="An address below ours.")]


class LookEntry(Record, frozen=True):
    """One look among an event's evidence."""

    at: Time
    url: str
    role: Role
    status: int | None
    rule: str
    server_date: str | None


class EventRecord(Record, frozen=True):
    """An event, key for key as it is sealed: docs/contract.md says how its hashes are made."""

    schema: Literal[1]
    id: Number
    uid: str
    kind: Kind
    reason: Reason | None
    site: str | None
    post: int | None
    url: str | None
    title: str
    published_at: str | None
    detected_at: Time
    last_seen_at: Time | None
    first_missing_at: Time | None
    last_missing_at: Time | None
    removed_event: int | None
    absent_for: Annotated[
        list[int] | None, Meta(description="Seconds, the least and the most it can have been.")
    ]
    moved_to: str | None
    retracts: int | None
    why: str | None
    by: str | None
    snapshot_before: int | None
    snapshot_after: int | None
    fields: list[str]
    words_added: Count
    words_removed: Count
    similarity: int | float | None
    silent: bool | None
    phrases_lost: list[str]
    phrases_gained: list[str]
    batch: str | None
    origin: Literal["observed", "imported"]
    vantage: str
    evidence: list[str]
    looks: list[LookEntry]
    salt: str
    body: Sha256
    prev: Sha256
    hash: Sha256


class MarkEntry(Record, frozen=True):
    """What one of us said of an event."""

    kind: MarkKind
    text: str
    by: str
    at: Time


class Beside(Record, frozen=True):
    """What became of an event since it was sealed."""

    retracted_by: Annotated[int | None, Meta(description="The event that took it back.")]
    imported: Annotated[bool, Meta(description="From an archive: history, not news.")]
    forgotten: Annotated[bool, Meta(description="Its content was erased; its seal stays.")]
    dismissed: Annotated[bool, Meta(description="Noise, as one of us said last. See marks.")]
    marks: Annotated[
        list[MarkEntry],
        Meta(description="Oldest first. Empty for who has neither password nor token."),
    ]


class Sites(Record, frozen=True):
    """Sites by name."""

    sites: list[SiteRecord]
    next: Next


class Posts(Record, frozen=True):
    """Posts by id."""

    posts: list[PostRecord]
    next: Next


class Versions(Record, frozen=True):
    """The versions of a post, oldest first."""

    post: Number
    versions: list[VersionRecord]
    next: Next


class BlindStretch(Record, frozen=True):
    """A stretch in which the post's site, or anything, could not be seen."""

    since: Time = field(name="from")
    until: Time | None = field(name="to")
    whose: Literal["site", "us"]
    reason: Reason | None
    event: Annotated[int, Meta(description="The event that told of it.")]


class Coverage(Record, frozen=True):
    """From when to when a post was looked at, what was seen, and when nothing could be.

    Between the last_at of one observation and the first_at of the next nothing was seen.
    """

    post: Number
    first_seen_at: Time | None
    last_seen_at: Time | None
    blind: list[BlindStretch]
    observations: list[ObservationRecord]
    next: Next


class LinkEntry(Record, frozen=True):
    """A link of a block."""

    text: str
    target: str


class BlockEntry(Record, frozen=True):
    """One block of an article, in reading order."""

    kind: BlockKind
    text: str
    links: list[LinkEntry]


class NoteEntry(Record, frozen=True):
    """An update, correction or editor's note."""

    kind: NoteKind
    text: str


class ArticleEntry(Record, frozen=True):
    """The article as it was extracted; a date is as the page says it."""

    title: str
    byline: str
    published_at: str | None
    modified_at: str | None
    language: str | None
    canonical: str | None
    words: Count
    extractor: Annotated[int, Meta(description="Which of our extractors read it.")]
    blocks: list[BlockEntry]
    notes: list[NoteEntry]


class Version(Record, frozen=True):
    """A version with its text, and where its bytes are."""

    version: VersionRecord
    article: ArticleEntry | None
    page: Address
    raw: Annotated[str, Meta(description="The bytes of the first full look, as fetched.")]
    latest_raw: Annotated[str, Meta(description="The bytes of the latest full look.")]
    text: Annotated[str, Meta(description="The article as plain text.")]


class Events(Record, frozen=True):
    """Events by id."""

    events: list[EventRecord]
    beside: Annotated[
        dict[str, Beside], Meta(description="By an event's id: what became of it since.")
    ]
    next: Next


class OneEvent(Record, frozen=True):
    """An event."""

    event: EventRecord
    beside: Beside
