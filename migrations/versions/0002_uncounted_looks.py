"""Why a look that found a post missing did not count: so that it can be read, not worked out.

Additive: a release that does not know the column writes its default.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column."""
    op.add_column(
        "observations", sa.Column("uncounted", sa.Text(), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Without it."""
    op.drop_column("observations", "uncounted")
