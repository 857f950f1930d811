"""The numbers of looks are never given out twice: links name them, and looks are dropped or restored.

PostgreSQL's sequences never did. A release before this one knows no event of a restored database.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXED = (("thread", "id"), ("post_id", "id"), ("site_id", "id"), ("site_id", "role", "id"))


def _table(*, autoincrement: bool) -> sa.Table:
    """The table as 0002 left it: what SQLite reflects writes its defaults another way."""

    def words(name: str, default: str = "") -> sa.Column[str]:
        return sa.Column(name, sa.Text(), nullable=False, server_default=default)

    def number(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.BigInteger(), nullable=False)

    return sa.Table(
        "observations",
        sa.MetaData(),
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("post_id", ID),
        sa.Column("source_id", ID),
        *map(words, ("role", "url")),
        sa.Column("thread", sa.Text(), nullable=False),
        *map(words, ("final_url", "seen", "rule", "why")),
        sa.Column("reason", sa.Text()),
        sa.Column("status", sa.Integer()),
        words("failure"),
        number("first_at"),
        number("last_at"),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        words("peer"),
        words("hops", "[]"),
        sa.Column("first_body", sa.Text()),
        sa.Column("last_body", sa.Text()),
        sa.Column("request_headers", sa.Text()),
        sa.Column("first_headers", sa.Text()),
        sa.Column("last_headers", sa.Text()),
        sa.Column("certificate", sa.Text()),
        words("server_date"),
        number("took"),
        words("uncounted"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_observations_site_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_observations_post_id"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_observations_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_observations"),
        *(sa.Index(f"ix_observations_{'_'.join(cs)}", *cs) for cs in _INDEXED),
        sqlite_autoincrement=autoincrement,
    )


def upgrade() -> None:
    """The table made anew, its numbers kept."""
    _make_anew(autoincrement=True)


def downgrade() -> None:
    """As it was."""
    _make_anew(autoincrement=False)


def _make_anew(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table(
        "observations",
        copy_from=_table(autoincrement=not autoincrement),
        recreate="always",
        table_kwargs={"sqlite_autoincrement": autoincrement},
    ):
        pass
