"""What a source says of a post's last change: another date is a reason to look at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column that is empty for what was listed before: the next look fills it."""
    op.add_column("entries", sa.Column("updated", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """As it was."""
    op.drop_column("entries", "updated")
