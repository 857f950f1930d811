"""A post knows its latest event, so that a site's posts stand in the order of their indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ORDER = ["last_event", "published_at", "id"]


def upgrade() -> None:
    """A column, filled from the events, and three indexes in place of three."""
    op.add_column("posts", sa.Column("last_event", _ID, nullable=False, server_default="0"))
    op.execute(
        "UPDATE posts SET last_event ="
        " coalesce((SELECT max(events.id) FROM events WHERE events.post_id = posts.id), 0)"
    )
    op.drop_index("ix_posts_site_id_published_at_id", "posts")
    op.drop_index("ix_posts_site_id_status", "posts")
    op.drop_index("ix_posts_next_at", "posts")
    op.create_index("ix_posts_due", "posts", ["next_at", "watched", "site_id"])
    op.create_index("ix_posts_changed", "posts", ["site_id", *_ORDER])
    op.create_index("ix_posts_status_changed", "posts", ["site_id", "status", *_ORDER])


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_posts_status_changed", "posts")
    op.drop_index("ix_posts_changed", "posts")
    op.drop_index("ix_posts_due", "posts")
    op.create_index("ix_posts_next_at", "posts", ["next_at"])
    op.create_index("ix_posts_site_id_status", "posts", ["site_id", "status"])
    op.create_index("ix_posts_site_id_published_at_id", "posts", ["site_id", "published_at", "id"])
    op.drop_column("posts", "last_event")
