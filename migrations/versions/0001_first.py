"""The first schema: all tables of 1.0.

Frozen: a later change is a migration of its own. `monitor/store/tables.py` says what the columns mean.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [_text(name) for name in names]


def _times(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger()) for name in names]


def _flags(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def upgrade() -> None:
    """All tables and indexes."""
    op.create_table(
        "bodies",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _text("encoding"),
        sa.Column("base", sa.Text()),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["base"], ["bodies.hash"], name="fk_bodies_base"),
        sa.PrimaryKeyConstraint("hash", name="pk_bodies"),
    )
    op.create_index("ix_bodies_base", "bodies", ["base"])
    op.create_table(
        "certificates",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_certificates"),
    )
    op.create_table(
        "events",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        _text("kind"),
        sa.Column("reason", sa.Text()),
        sa.Column("site", sa.Text()),
        sa.Column("post_id", ID),
        sa.Column("url", sa.Text()),
        _text("title"),
        sa.Column("detected_at", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.Text()),
        _text("origin"),
        sa.Column("silent", sa.Boolean()),
        _text("record"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("uid", name="uq_events_uid"),
    )
    op.create_index("ix_events_batch", "events", ["batch"])
    op.create_index("ix_events_detected_at", "events", ["detected_at"])
    op.create_index("ix_events_kind_id", "events", ["kind", "id"])
    op.create_index("ix_events_post_id_id", "events", ["post_id", "id"])
    op.create_index("ix_events_site_detected_at", "events", ["site", "detected_at"])
    op.create_index("ix_events_site_id", "events", ["site", "id"])
    op.create_table(
        "header_sets",
        sa.Column("hash", sa.Text(), nullable=False),
        _text("json"),
        sa.PrimaryKeyConstraint("hash", name="pk_header_sets"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        _text("value"),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "sites",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _text("url"),
        *_flags("watched"),
        sa.Column("watched_since", sa.BigInteger(), nullable=False),
        _text("view", "{}"),
        _text("facts", "{}"),
        *_times("baseline_at", "last_check_at", "next_check_at"),
        _text("robots_body"),
        *_times("robots_at", "discovered_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.UniqueConstraint("name", name="uq_sites_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        *_texts("channel", "recipient", "state"),
        _count("attempts"),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        *_texts("lease_owner", "error", "message_id"),
        sa.Column("sent_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_alerts_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint(
            "event_id", "channel", "recipient", name="uq_alerts_event_id_channel_recipient"
        ),
    )
    op.create_index("ix_alerts_state_due_at", "alerts", ["state", "due_at"])
    op.create_table(
        "event_marks",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        *_texts("kind", "text", "by"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_event_marks_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event_marks"),
    )
    op.create_index("ix_event_marks_event_id", "event_marks", ["event_id"])
    op.create_table(
        "posts",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        *_texts("site", "url", "key"),
        sa.Column("key_short", sa.Text(), nullable=False),
        *_texts("title", "status"),
        *_flags("listed"),
        _text("published_at"),
        *_times("first_seen_at", "last_seen_at"),
        sa.Column("snapshot", ID),
        _text("state"),
        sa.Column("next_at", sa.BigInteger()),
        *_texts("etag", "last_modified", "body_hash", "article_digest"),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        *_flags("hand_picked", "watched"),
        _count("failures"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_posts_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_posts_fingerprint", "posts", ["fingerprint"])
    op.create_index("ix_posts_key_short", "posts", ["key_short"])
    op.create_index("ix_posts_next_at", "posts", ["next_at"])
    op.create_index("ix_posts_site_id_status", "posts", ["site_id", "status"])
    op.create_table(
        "sources",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        _text("url"),
        sa.Column("url_short", sa.Text(), nullable=False),
        _text("form"),
        *_flags("found", "active"),
        sa.Column("baseline_at", sa.BigInteger()),
        *_texts("etag", "last_modified", "body_hash"),
        _count("entries"),
        _text("oldest"),
        sa.Column("broken_since", sa.BigInteger()),
        _text("broken_why"),
        *_flags("broken_told"),
        *_times("last_ok_at", "deep_at", "next_at"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_sources_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("site_id", "url_short", name="uq_sources_site_id_url_short"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "aliases",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        _text("key"),
        sa.Column("key_short", sa.Text(), nullable=False),
        _text("url"),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_aliases_post_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_aliases_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_aliases"),
        sa.UniqueConstraint("site_id", "key_short", name="uq_aliases_site_id_key_short"),
    )
    op.create_index("ix_aliases_key_short", "aliases", ["key_short"])
    op.create_index("ix_aliases_post_id", "aliases", ["post_id"])
    op.create_table(
        "entries",
        sa.Column("source_id", ID, autoincrement=False, nullable=False),
        sa.Column("post_id", ID, autoincrement=False, nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        *_flags("present"),
        _count("position"),
        _text("dated"),
        *_flags("dropped"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_entries_post_id"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_entries_source_id"),
        sa.PrimaryKeyConstraint("source_id", "post_id", name="pk_entries"),
    )
    op.create_index("ix_entries_post_id", "entries", ["post_id"])
    op.create_table(
        "observations",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("post_id", ID),
        sa.Column("source_id", ID),
        *_texts("role", "url"),
        sa.Column("thread", sa.Text(), nullable=False),
        *_texts("final_url", "seen", "rule", "why"),
        sa.Column("reason", sa.Text()),
        sa.Column("status", sa.Integer()),
        _text("failure"),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        _count("looks"),
        _text("peer"),
        _text("hops", "[]"),
        sa.Column("first_body", sa.Text()),
        sa.Column("last_body", sa.Text()),
        sa.Column("request_headers", sa.Text()),
        sa.Column("first_headers", sa.Text()),
        sa.Column("last_headers", sa.Text()),
        sa.Column("certificate", sa.Text()),
        _text("server_date"),
        sa.Column("took", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_observations_post_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_observations_site_id"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_observations_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_observations"),
    )
    op.create_index("ix_observations_post_id_id", "observations", ["post_id", "id"])
    op.create_index("ix_observations_site_id_id", "observations", ["site_id", "id"])
    op.create_index("ix_observations_site_id_role_id", "observations", ["site_id", "role", "id"])
    op.create_index("ix_observations_thread_id", "observations", ["thread", "id"])
    op.create_table(
        "snapshots",
        sa.Column("id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("latest_body_hash", sa.Text(), nullable=False),
        sa.Column("first_read_at", sa.BigInteger(), nullable=False),
        sa.Column("last_read_at", sa.BigInteger(), nullable=False),
        _count("looks"),
        _text("url"),
        sa.Column("status", sa.Integer()),
        _text("content_type"),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("latest_headers", sa.Text(), nullable=False),
        sa.Column("request_headers", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text()),
        _text("peer"),
        _count("words"),
        _text("title"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_snapshots_post_id"),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
        sa.UniqueConstraint("post_id", "digest", name="uq_snapshots_post_id_digest"),
        sa.UniqueConstraint("post_id", "number", name="uq_snapshots_post_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "articles",
        sa.Column("snapshot_id", ID, autoincrement=False, nullable=False),
        sa.Column("extractor", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_articles_snapshot_id"),
        sa.PrimaryKeyConstraint("snapshot_id", "extractor", name="pk_articles"),
    )
