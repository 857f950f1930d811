"""Sites, posts, versions and looks as JSON objects: one form for the commands' `--json` and the API.

Every key is always there, null where there is nothing; times are RFC 3339 in UTC. The types are the
contract: the API's OpenAPI document is made from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from ..config import Config
from ..model import Reason, Role, Seen, Status
from ..store import posts, sites, snapshots
from ..store.rows import ObservationRow, PostRow, SiteRow, SnapshotRow
from ..units import rfc3339, rfc3339_or_none

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Count = Annotated[int, Meta(ge=0)]
Number = Annotated[int, Meta(ge=1)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One JSON object."""

    def as_dict(self) -> dict[str, Any]:
        """The object with its keys in their order."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class SiteRecord(Record, frozen=True):
    """A watched site, as `sites --json` gives it."""

    name: str
    url: str
    status: Literal["up", "unreachable", "paused", "unwatched"]
    reason: Reason | None
    since: Time | None
    watched_since: Time
    baseline_complete: bool
    posts: Count
    removed: Count
    suspected: Count
    seen_within_day: Count
    last_check_at: Time | None
    next_check_at: Time | None


class PostRecord(Record, frozen=True):
    """A post and its state, as `posts --json` gives it."""

    id: Number
    site: str
    url: str
    aliases: Annotated[list[str], Meta(description="URLs it had before.")]
    title: str
    state: Status
    listed: bool
    published_at: Annotated[str | None, Meta(description="As the page says it: a date or a time.")]
    first_seen_at: Time | None
    last_seen_at: Time | None
    versions: Count


class VersionRecord(Record, frozen=True):
    """One distinct article of a post, as `history --json` gives it."""

    type: Literal["snapshot"]
    id: Number
    post: Number
    number: Annotated[int, Meta(ge=1, description="1, 2, 3 … within the post.")]
    title: str
    words: Count
    first_read_at: Time
    last_read_at: Time
    looks: Annotated[int, Meta(ge=0, description="Looks that read this article.")]
    url: str
    status: int | None
    sha256: Annotated[Sha256, Meta(description="Of the bytes of the first full look.")]
    latest_sha256: Annotated[Sha256, Meta(description="Of the bytes of the latest full look.")]
    size: Annotated[int, Meta(ge=0, description="Bytes of the first full look.")]
    article: Annotated[str, Meta(description="A digest of what was extracted.")]


class HopRecord(Record, frozen=True):
    """One redirect that was followed."""

    url: str
    status: int
    location: str


class ObservationRecord(Record, frozen=True):
    """Looks in a row that read alike, as `history --json` gives them."""

    type: Literal["observation"]
    id: Number
    post: Number | None
    role: Role
    url: str
    final_url: str | None
    seen: Seen
    rule: str
    why: str
    reason: Reason | None
    status: int | None
    failure: str | None
    first_at: Time
    last_at: Time
    looks: Count
    peer: str | None
    hops: list[HopRecord]
    sha256: Sha256 | None
    server_date: str | None
    uncounted: Annotated[str | None, Meta(description="Why a miss does not count to a removal.")]


def site_records(conn: Connection, config: Config, now: datetime) -> list[SiteRecord]:
    """Each site of the database, by name."""
    paused = {s.name for s in config.sites if s.paused}
    return [
        site_record(row, posts.counts(conn, row.id, now), paused=row.name in paused)
        for row in sites.sites(conn)
    ]


def site_record(row: SiteRow, counts: dict[str, int], *, paused: bool) -> SiteRecord:
    """One site; `counts` are its posts', as `store.posts.counts` says them."""
    up: Literal["up", "unreachable"] = "up" if row.view.up else "unreachable"
    return SiteRecord(
        name=row.name,
        url=row.url,
        status="paused" if paused else up if row.watched else "unwatched",
        reason=row.view.reason,
        since=rfc3339_or_none(row.view.since),
        watched_since=rfc3339(row.watched_since),
        baseline_complete=row.baseline_at is not None,
        posts=counts["posts"],
        removed=counts["removed"],
        suspected=counts["suspected"],
        seen_within_day=counts["seen_within_day"],
        last_check_at=rfc3339_or_none(row.last_check_at),
        next_check_at=rfc3339_or_none(row.next_check_at),
    )


def post_records(conn: Connection, rows: Sequence[PostRow]) -> list[PostRecord]:
    """The posts, in the order given."""
    versions = snapshots.counts(conn, [row.state.post_id for row in rows])
    return [_post_record(row, versions.get(row.state.post_id, 0)) for row in rows]


def _post_record(row: PostRow, versions: int) -> PostRecord:
    s = row.state
    return PostRecord(
        id=s.post_id,
        site=s.site,
        url=s.url,
        aliases=list(s.aliases),
        title=s.title,
        state=s.status,
        listed=s.listed,
        published_at=s.published_at or None,
        first_seen_at=rfc3339_or_none(s.first_seen_at),
        last_seen_at=rfc3339_or_none(s.last_seen_at),
        versions=versions,
    )


def version_record(v: SnapshotRow) -> VersionRecord:
    """One version."""
    return VersionRecord(
        type="snapshot",
        id=v.id,
        post=v.post_id,
        number=v.number,
        title=v.title,
        words=v.words,
        first_read_at=rfc3339(v.first_read_at),
        last_read_at=rfc3339(v.last_read_at),
        looks=v.looks,
        url=v.url,
        status=v.status,
        sha256=v.body_hash,
        latest_sha256=v.latest_body_hash,
        size=v.size,
        article=v.digest,
    )


def observation_record(row: ObservationRow) -> ObservationRecord:
    """One stretch of like looks."""
    return ObservationRecord(
        type="observation",
        id=row.id,
        post=row.post_id,
        role=row.role,
        url=row.url,
        final_url=row.final_url or None,
        seen=row.seen,
        rule=row.rule,
        why=row.why,
        reason=row.reason,
        status=row.status,
        failure=row.failure or None,
        first_at=rfc3339(row.first_at),
        last_at=rfc3339(row.last_at),
        looks=row.looks,
        peer=row.peer or None,
        hops=[HopRecord(h.url, h.status, h.location) for h in row.hops],
        sha256=row.body_hash or None,
        server_date=row.server_date or None,
        uncounted=row.uncounted or None,
    )
