"""Articles as what differs from that of another version of the same post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A column, empty for what was kept before."""
    op.add_column("articles", sa.Column("base", _ID, nullable=True))


def downgrade() -> None:
    """As it was; what was kept as a difference meanwhile cannot be read then."""
    op.drop_column("articles", "base")
