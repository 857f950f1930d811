"""What a quiet look needs: where in its page an article stands, a source's further parts, pages read before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns that are empty for what was kept before: the next look in full fills them."""
    op.add_column("posts", sa.Column("stretch_from", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("stretch_to", sa.Integer(), nullable=True))
    op.add_column("sources", sa.Column("parts", sa.Text(), nullable=True))
    op.create_table(
        "read_pages",
        sa.Column("place", sa.Text(), primary_key=True),
        sa.Column("stands", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """As it was."""
    op.drop_table("read_pages")
    op.drop_column("sources", "parts")
    op.drop_column("posts", "stretch_to")
    op.drop_column("posts", "stretch_from")
