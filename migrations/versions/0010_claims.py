"""What a claim rests on: when a source listed a post last, when bytes were fetched, what a diff left out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Columns that are empty for what was kept before, and a table."""
    op.add_column("snapshots", sa.Column("latest_at", sa.BigInteger(), nullable=True))
    op.add_column("entries", sa.Column("since", sa.BigInteger(), nullable=True))
    op.add_column("entries", sa.Column("otherwise_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "asides",
        sa.Column(
            "event_id", _ID, sa.ForeignKey("events.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("before", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("after", sa.Text(), nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    """As it was."""
    op.drop_table("asides")
    op.drop_column("entries", "otherwise_at")
    op.drop_column("entries", "since")
    op.drop_column("snapshots", "latest_at")
