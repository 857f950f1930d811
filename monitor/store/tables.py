"""The tables, nothing else. Any change here needs a migration in `migrations/versions`.

Texts that may be long are indexed by a digest beside them (`short`), since PostgreSQL refuses index rows
over 2,704 bytes and a feed may name any URL. What observations and snapshots name by hash is no foreign
key: each such column would need an index, or dropping a body would read the whole table; `verify` looks
whether it is there. AUTOINCREMENT stands where numbers of deleted rows live on in old events and links.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from .columns import Bits64, Id, Time, Words, count, flag, maybe_time, number, time, to, words
from .partial import where_on_postgresql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), words("value"))

sites = Table(
    "sites",
    metadata,
    number(),
    Column("name", Text, nullable=False, unique=True),
    words("url"),
    flag("watched"),
    time("watched_since"),
    words("view", "{}"),
    words("facts", "{}"),
    maybe_time("baseline_at"),
    maybe_time("last_check_at"),
    maybe_time("next_check_at"),
    words("robots_body"),
    maybe_time("robots_at"),
    maybe_time("discovered_at"),
    sqlite_autoincrement=True,  # see Id
)

sources = Table(
    "sources",
    metadata,
    number(),
    to("site_id", "sites.id"),
    words("url"),
    Column("url_short", Text, nullable=False),
    words("form"),
    flag("found"),
    flag("active"),
    maybe_time("baseline_at"),
    words("etag"),
    words("last_modified"),
    words("body_hash"),
    count("entries"),
    words("oldest"),
    maybe_time("broken_since"),
    words("broken_why"),
    flag("broken_told"),
    maybe_time("last_ok_at"),
    maybe_time("deep_at"),
    maybe_time("next_at"),
    Column(
        "parts", Words
    ),  # JSON: [URL, how it stood] of each further part; null: not all are known
    UniqueConstraint("site_id", "url_short"),
    sqlite_autoincrement=True,  # see Id
)

posts = Table(
    "posts",
    metadata,
    number(),
    to("site_id", "sites.id"),
    words("site"),
    words("url"),
    words("key"),
    Column("key_short", Text, nullable=False, index=True),
    words("title"),
    words("status"),
    flag("listed"),
    words("published_at"),
    maybe_time("first_seen_at"),
    maybe_time("last_seen_at"),
    Column("snapshot", Id),
    words("state"),  # the whole PostState as JSON; the columns above are for questions
    Column("next_at", Time),
    words("etag"),
    words("last_modified"),
    words("body_hash"),
    words("article_digest"),
    Column("fingerprint", Bits64, nullable=False),
    flag("hand_picked"),
    flag("watched"),
    count("failures"),
    Column("last_event", Id, nullable=False, server_default="0"),  # of the post; 0 for none
    Column("stretch_from", Integer),  # of the bytes of `body_hash`, where the article stands
    Column("stretch_to", Integer),
    Index("ix_posts_due", "next_at", "watched", "site_id"),
    # The order of a site's page, for all its posts and for those of one status.
    Index("ix_posts_changed", "site_id", "last_event", "published_at", "id"),
    Index("ix_posts_status_changed", "site_id", "status", "last_event", "published_at", "id"),
    # All that a site's counts ask, so that they read no row: a row is some 2 kB.
    Index(
        "ix_posts_standing",
        "site_id",
        "watched",
        "status",
        "listed",
        "snapshot",
        "last_seen_at",
    ),
    sqlite_autoincrement=True,  # see Id
)

entries = Table(
    "entries",
    metadata,
    Column("source_id", Id, ForeignKey("sources.id"), primary_key=True, autoincrement=False),
    Column("post_id", Id, ForeignKey("posts.id"), primary_key=True, autoincrement=False),
    time("first_at"),
    time("last_at"),
    flag("present"),
    count("position"),
    words("dated"),
    flag("dropped"),
    maybe_time("since"),  # the first look that found it so; None: an older release's
    maybe_time("otherwise_at"),  # the last look that found it the other way
    words("updated"),
    Index(None, "post_id"),
)

aliases = Table(
    "aliases",
    metadata,
    number(),
    to("site_id", "sites.id"),
    words("key"),
    Column("key_short", Text, nullable=False, index=True),
    words("url"),
    to("post_id", "posts.id"),
    time("since"),
    UniqueConstraint("site_id", "key_short"),
    Index(None, "post_id"),
)

bodies = Table(
    "bodies",
    metadata,
    Column("hash", Text, primary_key=True),  # SHA-256 of the decoded bytes
    Column("size", BigInteger, nullable=False),  # of the decoded bytes
    words("encoding"),
    Column("base", Text, ForeignKey("bodies.hash"), index=True),
    Column("data", LargeBinary, nullable=False),
)

# Control pages as they were read last; a memory of our own work, and no evidence.
read_pages = Table(
    "read_pages",
    metadata,
    Column("place", Text, primary_key=True),  # short(site, URL, what of it is read)
    Column("stands", Text, nullable=False),  # of the bytes and all that the reading depends on
    Column("data", LargeBinary, nullable=False),
    time("read_at"),
)

header_sets = Table("header_sets", metadata, Column("hash", Text, primary_key=True), words("json"))

certificates = Table(
    "certificates",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("der", LargeBinary, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    number(),
    to("site_id", "sites.id"),
    to("post_id", "posts.id", null=True),
    to("source_id", "sources.id", null=True),
    words("role"),
    words("url"),
    # short(role, site, post, source, url): one run-length row after another
    Column("thread", Text, nullable=False),
    words("final_url"),
    words("seen"),
    words("rule"),
    words("why"),
    Column("reason", Words),
    Column("status", Integer),
    words("failure"),
    time("first_at"),
    time("last_at"),
    count("looks"),
    words("peer"),
    words("hops", "[]"),
    Column("first_body", Text),
    Column("last_body", Text),
    Column("request_headers", Text),
    Column("first_headers", Text),
    Column("last_headers", Text),
    Column("certificate", Text),
    words("server_date"),
    Column("took", BigInteger, nullable=False),  # microseconds, of the last look
    words("uncounted"),  # why a look that found the post missing did not count
    Index(None, "thread", "id"),
    Index(None, "post_id", "id"),
    Index(None, "site_id", "id"),
    Index(None, "site_id", "role", "id"),
    sqlite_autoincrement=True,  # see Id
)

snapshots = Table(
    "snapshots",
    metadata,
    number(),
    to("post_id", "posts.id"),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("latest_body_hash", Text, nullable=False),
    time("first_read_at"),
    time("last_read_at"),
    count("looks"),
    words("url"),
    Column("status", Integer),
    words("content_type"),
    Column("headers", Text, nullable=False),
    Column("latest_headers", Text, nullable=False),
    Column("request_headers", Text, nullable=False),
    Column("certificate", Text),
    words("peer"),
    count("words"),
    words("title"),
    Column("size", BigInteger, nullable=False),
    maybe_time("latest_at"),  # when the latest bytes were fetched; None: kept by an older release
    UniqueConstraint("post_id", "number"),
    UniqueConstraint("post_id", "digest"),
    sqlite_autoincrement=True,  # see Id
)

articles = Table(
    "articles",
    metadata,
    Column("snapshot_id", Id, ForeignKey("snapshots.id"), primary_key=True, autoincrement=False),
    Column("extractor", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),  # zstd of the Article's JSON
    Column("base", Id),  # the version whose article it is a delta of
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # head + 1, given by events.append
    Column("uid", Text, nullable=False, unique=True),
    words("kind"),
    Column("reason", Words),
    Column("site", Words),
    Column("post_id", Id),
    Column("url", Words),
    words("title"),
    Column("detected_at", Time, nullable=False, index=True),
    Column("batch", Words, index=True),
    words("origin"),
    Column("silent", Boolean),
    words("record"),
    Column("body", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("packed", LargeBinary),  # in place of the record (record_text.py)
    Index(None, "post_id", "id"),
    Index(None, "site", "id"),
    Index(None, "site", "detected_at"),
    Index(None, "site", "kind", "id"),
    Index(None, "kind", "id"),
    # All that a search asks for beside words: the rows themselves are thick.
    Index("ix_events_search", "id", "post_id", "kind", "site", "silent", "detected_at", "origin"),
)

_NO_EVENT = text("event_id IS NULL")
alerts = Table(
    "alerts",
    metadata,
    number(),
    to("event_id", "events.id", null=True),  # null: it tells of no event (still_watching)
    words("channel"),
    words("recipient"),
    words("state"),
    count("attempts"),
    time("due_at"),
    maybe_time("lease_until"),
    words("lease_owner"),
    words("error"),
    words("message_id"),
    maybe_time("sent_at"),
    words("notice"),  # what it tells instead of the event itself; "" is the event
    maybe_time("tried_since"),
    count("unsure"),  # tries that may have arrived though no answer came
    UniqueConstraint("event_id", "channel", "recipient", "notice"),
    Index(None, "state", "due_at"),
    Index(None, "message_id"),
    Index(None, "channel", "recipient", "state", "sent_at"),
    Index(
        "uq_alerts_without_event",
        "channel",
        "recipient",
        "notice",
        unique=True,
        sqlite_where=_NO_EVENT,
    ),
)
where_on_postgresql(alerts, "uq_alerts_without_event", _NO_EVENT)

unsubscribed = Table(
    "unsubscribed",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    time("at"),
)

asides = Table(  # what was left out of an event's diff as the site's own (decide/aside.py)
    "asides",
    metadata,
    Column("event_id", Id, ForeignKey("events.id"), primary_key=True, autoincrement=False),
    words("before", "[]"),
    words("after", "[]"),
)

event_marks = Table(
    "event_marks",
    metadata,
    number(),
    Column("event_id", Id, ForeignKey("events.id"), nullable=False, index=True),
    words("kind"),  # ack, dismiss or note
    words("text"),
    words("by"),
    time("at"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column(
        "hash", Text, nullable=False, unique=True
    ),  # SHA-256 of the token, which is kept nowhere
    time("created_at"),
    maybe_time("last_used_at"),
)
