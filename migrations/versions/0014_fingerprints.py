"""No search by fingerprint: a site's posts are read as a whole, and theirs compared there."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Takes away an index that each edit wrote to and nothing read."""
    op.drop_index("ix_posts_fingerprint", "posts")


def downgrade() -> None:
    """As it was; a fingerprint that was not worked out (store/posts.py) is like none."""
    op.execute("UPDATE posts SET fingerprint = 0 WHERE fingerprint = -1")
    op.create_index("ix_posts_fingerprint", "posts", ["fingerprint"])
