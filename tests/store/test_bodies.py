"""Bytes come back as they were, whole or as deltas, and damage is noticed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from monitor.errors import StoreError
from monitor.store import Store, bodies, header_sets, tables
from tests.store.build import clock, page, read, write

_B = tables.bodies


def encoding(store: Store, digest: str) -> tuple[str, str | None]:
    with store.read() as conn:
        row = conn.execute(select(_B.c.encoding, _B.c.base).where(_B.c.hash == digest)).one()
    return row.encoding, row.base


@pytest.mark.parametrize(
    "data", [b"", b"a", b"\0" * 100_000, page(1), random.Random(1).randbytes(5000)]
)
def test_bytes_come_back(store: Store, data: bytes) -> None:
    digest = write(store, bodies.keep_body, data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert read(store, bodies.body, digest) == data
    assert write(store, bodies.keep_body, data) == digest


def test_like_pages_become_small_deltas_of_one_keyframe(store: Store) -> None:
    first = write(store, bodies.keep_body, page(1))
    near = first
    for n in range(5):
        data = page(1, noise=f"<i nonce={n}>")
        near = write(store, bodies.keep_body, data, near=near)
        # Never a chain: the base of each is the first.
        assert encoding(store, near) == ("zstd-prefix", first)
        assert read(store, bodies.body, near) == data
    with store.read() as conn:
        sizes = (
            conn.execute(select(func.length(_B.c.data)).order_by(func.length(_B.c.data)))
            .scalars()
            .all()
        )
    assert sizes[-2] < sizes[-1] / 20


@pytest.mark.parametrize(
    "size", [500, 9_000, 14_000, 16_300, 31_000, 32_700, 60_000, 120_000, 500_000]
)
@pytest.mark.parametrize("words", [40_000, 300])
def test_one_word_changed_takes_next_to_nothing_whatever_the_size(
    store: Store, size: int, words: int
) -> None:
    """Also of a text that is all different words: it must not be forgotten before it is met again."""
    rng = random.Random(size)
    table = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9)))
        for _ in range(words)
    ]
    text = " ".join(rng.choices(table, k=size // 4)).encode()[:size]
    first = write(store, bodies.keep_body, text)
    edited = text[: size // 3] + b"another sentence" + text[size // 3 + 16 :]
    later = write(store, bodies.keep_body, edited, near=first)
    assert encoding(store, later) == ("zstd-prefix", first)
    assert read(store, bodies.body, later) == edited
    with store.read() as conn:
        kept = conn.execute(select(func.length(_B.c.data)).where(_B.c.hash == later)).scalar_one()
    assert kept < 100 + size / 200


def test_a_page_that_changed_too_much_is_a_new_keyframe(store: Store) -> None:
    first = write(store, bodies.keep_body, page(1))
    other = write(store, bodies.keep_body, page(2), near=first)
    assert encoding(store, other) == ("zstd", None)
    later = write(store, bodies.keep_body, page(2, noise="x"), near=other)
    assert encoding(store, later) == ("zstd-prefix", other)


def test_a_keyframe_has_so_many_deltas_and_no_more(store: Store) -> None:
    near = first = write(store, bodies.keep_body, page(1))

    def many(conn: object) -> None:
        nonlocal near
        for n in range(bodies.DELTAS + 1):
            near = bodies.keep_body(conn, page(1, noise=f"<i nonce={n}>"), near=near)  # type: ignore[arg-type]

    store.write(many)
    assert encoding(store, near) == ("zstd", None)
    with store.read() as conn:
        n = conn.execute(select(func.count()).where(_B.c.base == first)).scalar_one()
    assert n == bodies.DELTAS


def test_matches_far_apart_are_found(store: Store) -> None:
    # A change near the front of a page larger than the level's usual window.
    data = page(3, words=500_000)
    first = write(store, bodies.keep_body, data)
    second = write(store, bodies.keep_body, b"<new>" + data, near=first)
    assert encoding(store, second) == ("zstd-prefix", first)
    assert read(store, bodies.body, second) == b"<new>" + data


@pytest.mark.parametrize("near", ["", "0" * 64])
def test_a_near_one_that_is_not_there_does_no_harm(store: Store, near: str) -> None:
    digest = write(store, bodies.keep_body, page(1), near=near)
    assert encoding(store, digest) == ("zstd", None)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=400),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=30)), max_size=6),
)
def test_any_versions_come_back(store: Store, data: bytes, edits: list[tuple[int, bytes]]) -> None:
    near, kept = "", {}
    for at, put in [(0, b""), *edits]:
        data = data[:at] + put + data[at + len(put) // 2 :]
        near = write(store, bodies.keep_body, data * 5, near=near)
        kept[near] = data * 5
    for digest, whole in kept.items():
        assert read(store, bodies.body, digest) == whole


def flipped(data: bytes) -> Iterator[bytes]:
    """The bytes with each of their bits altered, one at a time."""
    for bit in range(len(data) * 8):
        altered = bytearray(data)
        altered[bit // 8] ^= 1 << bit % 8
        yield bytes(altered)


def test_every_flipped_bit_is_noticed(sqlite_url: str) -> None:
    """Some bits of a zstd frame say nothing: the bytes come back as they were, altered all the same."""
    data = page(1, words=30)
    for altered in flipped(bodies.packed(data)):
        with suppress(ValueError):
            assert bodies.unpacked(altered) != data
    with Store.open(sqlite_url, create=True, clock=clock) as store:
        near = write(store, bodies.keep_body, data)
        digest = write(store, bodies.keep_body, data + b"more", near=near)

        def tamper(conn: Connection) -> None:
            row = conn.execute(select(_B).where(_B.c.hash == digest)).one()
            assert row.encoding == "zstd-prefix"
            for altered in flipped(bytes(row.data)):
                conn.execute(update(_B).where(_B.c.hash == digest).values(data=altered))
                with pytest.raises(StoreError, match=digest):
                    bodies.body(conn, digest)
            # What an older release kept has no seal.
            conn.execute(update(_B).where(_B.c.hash == digest).values(data=bytes(row.data)[:-16]))
            assert bodies.body(conn, digest) == data + b"more"

        store.write(tamper)


@pytest.mark.parametrize(
    "damage", ["other bytes", "cut", "another size", "a size too large", "encoding", "garbage"]
)
def test_damage_is_noticed(store: Store, damage: str) -> None:
    near = write(store, bodies.keep_body, page(1))
    digest = write(store, bodies.keep_body, page(1, noise="x"), near=near)
    with store.read() as conn:
        row = conn.execute(select(_B).where(_B.c.hash == digest)).one()
    damaged: dict[str, dict[str, object]] = {
        "other bytes": {"data": b"other", "encoding": "raw"},
        "cut": {"data": bytes(row.data)[:-3]},
        "another size": {"size": row.size - 5},
        "a size too large": {"size": row.size + 5},
        "encoding": {"encoding": "zstd-prefiy"},
        "garbage": {"data": b"\xff" * 40},
    }
    store.write(lambda c: c.execute(update(_B).where(_B.c.hash == digest).values(damaged[damage])))
    with pytest.raises(StoreError, match=digest):
        read(store, bodies.body, digest)
    assert read(store, bodies.body, near) == page(1)


def test_what_is_not_stored_is_said(store: Store) -> None:
    for fn in (bodies.body, header_sets.headers, bodies.certificate):
        with pytest.raises(StoreError, match="stored under abc"):
            read(store, fn, "abc")


def test_certificates_stand_once(store: Store) -> None:
    fingerprint = write(store, bodies.keep_certificate, b"DER")
    assert fingerprint == hashlib.sha256(b"DER").hexdigest()
    assert read(store, bodies.certificate, fingerprint) == b"DER"
