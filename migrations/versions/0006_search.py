"""Words can be looked up: two tables of the search, filled in small steps after the upgrade.

What there is already takes minutes in a big database, so the highest numbers are noted, and the next
passes, or `postwatch db reindex`, put it into the index from there downwards (monitor/store/search_fill.py).
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = ("event_words", "post_words")
_ASKED = ("id", "post_id", "kind", "site", "silent", "detected_at", "origin")


def upgrade() -> None:
    """FTS5 or tsvector, and from where on it is to be filled."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _TABLES:
        if sqlite:
            op.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5(words, tokenize='ascii', prefix='2 3', columnsize=0)"
            )
            continue
        op.execute(
            f"CREATE TABLE {table} (rowid BIGINT NOT NULL, words TSVECTOR NOT NULL,"
            f" CONSTRAINT pk_{table} PRIMARY KEY (rowid))"
        )
        op.execute(f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)")
    op.create_index("ix_events_search", "events", list(_ASKED))
    for table in ("events", "posts"):
        op.execute(
            f"INSERT INTO meta (key, value) SELECT 'search_{table}_left', CAST(max(id) AS TEXT)"
            f" FROM {table} HAVING max(id) IS NOT NULL"
        )


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_events_search", "events")
    for table in _TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DELETE FROM meta WHERE key IN ('search_events_left', 'search_posts_left')")
