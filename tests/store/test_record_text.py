"""Records come back byte for byte, whatever they say and however they are kept."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from monitor.errors import StoreError
from monitor.model import Event, Kind, LookRecord, Role
from monitor.store import Store, events, tables, verify
from monitor.store.codec import clean_all
from monitor.store.record_text import COLUMNS, kept_as, text_of
from monitor.values import replace
from tests.store.build import NOW, an_event, appended, read, write

_E = tables.events


def told(store: Store) -> Event:
    """An event as the program appends it: with an id and a salt of 32 hex digits."""
    event: Event = write(store, events.append, an_event(), uid="5a" * 16, salt="9c" * 16)
    return event


class Row:
    """What is selected of an event's row."""

    def __init__(self, event: Event, kept: dict[str, object]) -> None:
        for c in COLUMNS:
            setattr(self, c.name, kept[c.name] if c.name in kept else getattr(event, c.name))


_HEX = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(
    st.sampled_from(Kind),
    st.text(),
    _HEX | st.text(max_size=33),
    _HEX | st.text(max_size=5),
    st.lists(st.text()),
    st.booleans(),
)
def test_a_record_comes_back_byte_for_byte(
    kind: Kind, title: str, salt: str, uid: str, said: list[str], looked: bool
) -> None:
    looks = (LookRecord(at=NOW, url=title, role=Role.POST, status=200, rule="x", server_date=""),)
    event = replace(
        an_event(kind, title=title),
        id=7,
        uid=uid,
        salt=salt,
        evidence=tuple(said),
        looks=looks if looked else (),
        body="b" * 64,
        prev="c" * 64,
        hash="d" * 64,
    )
    try:
        text = events.as_text(clean_all(event.as_record()))
    except UnicodeEncodeError:
        return
    kept = kept_as(text, event, salt)
    assert text_of(Row(event, kept)) == text
    assert (kept["packed"] is None) == bool(kept["record"])


def test_an_event_takes_a_fraction_of_its_record(store: Store) -> None:
    event = told(store)
    with store.read() as conn:
        row = conn.execute(select(*COLUMNS)).one()
    assert row.record == "" and len(row.packed) < 300 < 900 < len(text_of(row))
    assert read(store, events.event, 1) == event


def test_what_an_older_release_kept_is_read_and_verified(store: Store) -> None:
    event = appended(store, an_event())
    plain = {"record": events.as_text(event.as_record()), "packed": None}
    store.write(lambda c: c.execute(update(_E).values(plain)) and None)
    appended(store, an_event())
    assert read(store, events.events)[0] == event
    assert read(store, verify.verify) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"packed": b""},
        {"packed": b"\x02" + b"0" * 60},
        {"packed": b"\x01" + b"0" * 60},
        {"packed": b"\x01\xb8\x24\x4d\x02" + b"0" * 3},
        {"record": "{}"},
        {"uid": "0" * 32},
        {"prev": "0" * 63 + "1"},
    ],
)
def test_a_damaged_record_is_noticed(store: Store, damage: dict[str, object]) -> None:
    told(store)
    store.write(lambda c: c.execute(update(_E).values(damage)) and None)
    assert any(line.startswith("event 1: ") for line in read(store, verify.verify))
    if damage.keys() <= {"packed", "record"}:
        with pytest.raises(StoreError, match="`postwatch verify` says"):
            read(store, events.events)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(at=st.integers(0, 2000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed(store: Store, at: int, bit: int) -> None:
    if not read(store, events.events, limit=1):
        told(store)
    with store.read() as conn:
        whole = bytes(conn.execute(select(_E.c.packed)).scalar_one())
    flipped = bytearray(whole)
    flipped[at % len(whole)] ^= 1 << bit
    store.write(lambda c: c.execute(update(_E).values(packed=bytes(flipped))) and None)
    faults = read(store, verify.verify)
    store.write(lambda c: c.execute(update(_E).values(packed=whole)) and None)
    assert faults and read(store, verify.verify) == []
