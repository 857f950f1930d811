"""One suite over a real SQLite file and a real PostgreSQL (POSTWATCH_TEST_POSTGRES names its server)."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.store import Store
from tests.store.build import clock

POSTGRES = os.environ.get("POSTWATCH_TEST_POSTGRES", "")
_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that is empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'w.db'}"
    else:
        yield from schema_url()


def schema_url() -> Iterator[str]:
    """The URL of a schema of its own on the PostgreSQL server, gone at the end."""
    if not POSTGRES:
        pytest.skip("POSTWATCH_TEST_POSTGRES is not set")
    schema = f"test_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{schema}"
    with admin.connect() as conn:
        # With it, what a restore moved aside, and a cluster's queue.
        like = {"like": f"{schema}\\_%"}
        aside = conn.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname LIKE :like"), like
        )
        for name in (schema, *aside.scalars().all()):
            conn.execute(text(f"DROP SCHEMA {name} CASCADE"))
    admin.dispose()


@pytest.fixture
def open_store(url: str) -> Iterator[Callable[..., Store]]:
    """Opens the database, as often as a test likes; all are closed at its end."""
    opened: list[Store] = []

    def opener(*, create: bool = True, upgrade: bool = False) -> Store:
        opened.append(Store.open(url, create=create, upgrade=upgrade, clock=clock))
        return opened[-1]

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    """A new database with all tables."""
    return open_store()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'w.db'}"
