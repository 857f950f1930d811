"""Indexes for the pages of sites with tens of thousands of posts and as many events."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STANDING = ["site_id", "watched", "status", "listed", "snapshot", "last_seen_at"]


def upgrade() -> None:
    """Three indexes."""
    op.create_index("ix_posts_site_id_published_at_id", "posts", ["site_id", "published_at", "id"])
    op.create_index("ix_posts_standing", "posts", _STANDING)
    op.create_index("ix_events_site_kind_id", "events", ["site", "kind", "id"])


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_events_site_kind_id", "events")
    op.drop_index("ix_posts_standing", "posts")
    op.drop_index("ix_posts_site_id_published_at_id", "posts")
