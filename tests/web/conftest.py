"""A filled database and an empty one, with pages over each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from monitor.store import Store

from . import build
from .story import Filled, fill


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Filled]]:
    """Filled once for a module: the pages only read."""
    path = tmp_path_factory.mktemp("filled") / "posts.db"
    with Store.open(f"sqlite:///{path}", create=True, clock=lambda: build.NOW) as store:
        yield store, fill(store)


@pytest.fixture
async def pages(filled: tuple[Store, Filled], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The pages of the filled database."""
    async with build.client(filled[0], build.config(tmp_path)) as client:
        yield client


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """A database with nothing in it."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as store:
        yield store
