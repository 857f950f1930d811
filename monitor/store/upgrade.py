"""Which schema a database has and how it gets the newest one: the seam to alembic.

alembic costs over a second to import, so it is imported only when there is something to migrate; the
newest revision is read from the file names in `migrations/versions` (`0001_first.py` is "0001").
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ..errors import StoreError
from . import search_index  # noqa: F401  # its tables are made with the others
from .tables import metadata

#: A migration gives up rather than block a running service (PostgreSQL; SQLite has its busy_timeout).
LOCK_TIMEOUT = "4s"

#: Held while the schema is made or changed, so that two starting processes do it once.
SCHEMA_LOCK = 0x706F7374_7363686D

_FILE = re.compile(r"(\d{4})_\w+\.py")


@cache
def folder() -> Path:
    """Where the migrations are: in the installed package, or beside it in the repository."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_data" / "migrations", package.parent / "migrations"):
        if (place / "env.py").is_file():
            return place
    raise StoreError("this installation of postwatch is incomplete: its migrations are missing")


@cache
def revisions() -> tuple[str, ...]:
    """All revisions this program knows, oldest first."""
    names = (p.name for p in (folder() / "versions").iterdir())
    return tuple(sorted(m[1] for n in names if (m := _FILE.fullmatch(n))))


def head() -> str:
    """The newest revision this program knows."""
    return revisions()[-1]


def current(conn: Connection) -> str | None:
    """The revision the database says it has; None where it has no tables of ours."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found = conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return str(found[0]) if found else None


def create(conn: Connection) -> None:
    """Makes all tables of the newest schema and stamps it; a test proves it equal to the migrations."""
    metadata.create_all(conn)
    conn.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
            " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    conn.execute(text("INSERT INTO alembic_version VALUES (:rev)"), {"rev": head()})


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrates the database to `revision` in one transaction: all of it or nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    with engine.connect() as conn:
        sqlite = conn.dialect.name == "sqlite"
        driver = conn.connection.dbapi_connection
        if sqlite and driver is not None:
            # A table made anew (batch mode) would take the rows that refer to it along. The pragma does
            # nothing within a transaction, so it comes before.
            driver.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with conn.begin():
                if not sqlite:
                    conn.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                    conn.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": SCHEMA_LOCK})
                config.attributes["connection"] = conn
                command.upgrade(config, revision)
                if sqlite and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise StoreError("the migration would leave rows that refer to nothing")
        finally:
            if sqlite and driver is not None:
                driver.cursor().execute("PRAGMA foreign_keys=ON")
