"""What says nothing new is left out: of articles what they share with others, of events what is a column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Columns that are empty for what was kept before."""
    op.add_column("articles", sa.Column("base", _ID, nullable=True))
    op.add_column("events", sa.Column("packed", sa.LargeBinary(), nullable=True))
    _without_beginnings()


def _without_beginnings() -> None:
    """The search's tables without beginnings kept ready, where nothing stands in them yet. A full index
    serves as it is: to make it anew takes minutes, and `postwatch db reindex` does it."""
    conn = op.get_bind()
    if conn.dialect.name != "sqlite":
        return
    for table, columns in (("event_words", "words, around"), ("post_words", "words")):
        if conn.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first() is None:
            op.execute(f"DROP TABLE {table}")
            op.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5({columns}, tokenize='ascii', columnsize=0)"
            )


def downgrade() -> None:
    """As it was; what was kept so meanwhile cannot be read then."""
    op.drop_column("events", "packed")
    op.drop_column("articles", "base")
