"""The migrations lead to the very tables that `tables.py` says, on both databases."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from monitor.store import Store, upgrade
from monitor.store.dialect import parsed, writing_engine
from monitor.store.tables import metadata


def named_by_metadata(name: str | None, kind: str, parents: object) -> bool:
    """Not the search's own tables, which SQLAlchemy has no words for; the next test compares those."""
    return kind != "table" or not (name or "").startswith(("event_words", "post_words"))


def test_migrations_from_empty_lead_to_the_tables(url: str) -> None:
    engine = writing_engine(parsed(url))
    upgrade.upgrade(engine)
    with engine.connect() as conn:
        opts = {"compare_type": True, "include_name": named_by_metadata}
        context = MigrationContext.configure(conn, opts=opts)
        assert compare_metadata(context, metadata) == []
        assert upgrade.current(conn) == upgrade.head()
    engine.dispose()


def as_text(index: dict[str, Any]) -> dict[str, Any]:
    """The index with its condition as words: a clause equals none but itself."""
    options = {k: str(v) for k, v in index.pop("dialect_options", {}).items()}
    return {**index, "options": options}


def shape(url: str) -> dict[str, Any]:
    """All that the database's catalogue says of our tables."""
    engine = create_engine(parsed(url))
    with engine.connect() as conn:
        look = inspect(conn)
        found = {
            name: {
                "columns": [{k: str(v) for k, v in c.items()} for c in look.get_columns(name)],
                "primary": look.get_pk_constraint(name),
                "foreign": sorted(map(str, look.get_foreign_keys(name))),
                "unique": sorted(map(str, look.get_unique_constraints(name))),
                "indexes": sorted(str(as_text(dict(i))) for i in look.get_indexes(name)),
            }
            for name in look.get_table_names()
        }
        conn.execute(text("SELECT 1"))
    engine.dispose()
    return found


def test_tables_made_at_once_equal_those_of_the_migrations(
    url: str, open_store: Callable[..., Store], tmp_path: Path
) -> None:
    open_store()
    made = shape(url)
    assert "events" in made and "alembic_version" in made
    engine = writing_engine(parsed(url))
    with engine.connect() as conn, conn.begin():
        metadata.drop_all(conn)
        conn.execute(text("DROP TABLE alembic_version"))
    upgrade.upgrade(engine)
    engine.dispose()
    assert shape(url) == made


def test_sqlite_statements_are_the_same_both_ways(tmp_path: Path) -> None:
    # AUTOINCREMENT shows in no catalogue.
    def statements(path: Path) -> dict[str, str]:
        conn = sqlite3.connect(path)
        rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        conn.close()
        # Constraints may stand in another order, and white space is no difference.
        return {
            # A table made anew has its name in quotes.
            n: " ".join(
                sorted(re.sub(r'[\s("]+', " ", part).strip(" )") for part in sql.split(","))
            )
            for n, sql in rows
        }

    Store.open(f"sqlite:///{tmp_path / 'a'}", create=True, clock=lambda: None).close()  # type: ignore[arg-type, return-value]
    engine = writing_engine(parsed(f"sqlite:///{tmp_path / 'b'}"))
    upgrade.upgrade(engine)
    engine.dispose()
    at_once, migrated = statements(tmp_path / "a"), statements(tmp_path / "b")
    assert (
        {n for n, s in at_once.items() if "AUTOINCREMENT" in s}
        == {n for n, s in migrated.items() if "AUTOINCREMENT" in s}
        == {"observations", "posts", "sites", "snapshots", "sources"}
    )
    assert at_once == migrated


def test_a_current_database_needs_no_alembic(url: str) -> None:
    code = (
        "import sys; from datetime import datetime, UTC; from monitor.store import Store\n"
        "for _ in range(2): Store.open(sys.argv[1], create=True, clock=lambda: datetime.now(UTC)).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, url], cwd=Path(__file__).parents[2])
    assert done.returncode == 0


def test_revisions_are_numbered_without_gaps() -> None:
    assert upgrade.revisions() == tuple(f"{n:04d}" for n in range(1, len(upgrade.revisions()) + 1))
