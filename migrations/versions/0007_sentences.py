"""Phrases are looked up in the sentences that a version reworded, too: a column beside an event's words.

An FTS5 table cannot be given one, so the table of events is made anew, and filled as after 0006.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table with its second column, and all events to be put into it."""
    _make_anew(("words", "around"))


def downgrade() -> None:
    """The table as 0006 made it, to be filled again."""
    _make_anew(("words",))


def _make_anew(columns: tuple[str, ...]) -> None:
    op.execute("DROP TABLE event_words")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE VIRTUAL TABLE event_words USING fts5({', '.join(columns)}, tokenize='ascii',"
            " prefix='2 3', columnsize=0)"
        )
    else:
        typed = ", ".join(f"{c} TSVECTOR NOT NULL" for c in columns)
        op.execute(
            f"CREATE TABLE event_words (rowid BIGINT NOT NULL, {typed},"
            " CONSTRAINT pk_event_words PRIMARY KEY (rowid))"
        )
        for column in columns:
            op.execute(f"CREATE INDEX ix_event_words_{column} ON event_words USING gin ({column})")
    op.execute("DELETE FROM meta WHERE key = 'search_events_left'")
    op.execute(
        "INSERT INTO meta (key, value) SELECT 'search_events_left', CAST(max(id) AS TEXT)"
        " FROM events HAVING max(id) IS NOT NULL"
    )
