"""Sketches are a memory: had again where all that they depend on stands, else as good as never made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from monitor.read.sketch import Sketch
from monitor.store import Store, read_pages, tables
from monitor.store.sketches import find_sketches, keep_sketches
from tests.store.build import NOW

SKETCH = Sketch(((181, 1), (15_974, 2)), "113", 13, "dc2e" * 16)


def test_a_sketch_is_had_again_while_all_that_it_depends_on_stands(store: Store) -> None:
    store.write(lambda conn: keep_sketches(conn, {1: ("so", SKETCH), 2: ("so", SKETCH)}, NOW))
    store.write(lambda conn: keep_sketches(conn, {2: ("otherwise", SKETCH)}, NOW))
    with store.read() as conn:
        found = find_sketches(conn, [*range(-600, 1), 1, 2, 3])
    assert found.keys() == {1, 2}
    assert found[1].read("so") == found[2].read("otherwise") == SKETCH
    assert found[1].read("otherwise") is None


@pytest.mark.parametrize("damaged", [b"", b"{}", b'{"places": 3}', b"\xff"])
def test_a_damaged_one_is_none(store: Store, damaged: bytes) -> None:
    store.write(lambda conn: keep_sketches(conn, {1: ("so", SKETCH)}, NOW))
    store.write(lambda conn: conn.execute(update(tables.read_pages).values(data=damaged)))
    with store.read() as conn:
        assert find_sketches(conn, [1])[1].read("so") is None


def test_they_go_with_the_pages_that_are_remembered(store: Store) -> None:
    store.write(lambda conn: keep_sketches(conn, {1: ("so", SKETCH)}, NOW))
    store.write(lambda conn: read_pages.let_go(conn, NOW + timedelta(days=1)))
    with store.read() as conn:
        assert not find_sketches(conn, [1])
