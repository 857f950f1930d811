"""How columns are typed: times, texts that any database can hold, 64-bit marks, and short hands for them.

Times are whole microseconds since 1970 UTC: they order, index and round-trip alike on both databases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Dialect, ForeignKey, Integer, Text
from sqlalchemy.types import TypeDecorator

from .codec import clean, said_if_damaged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: Of a stretch of looks, in `final_url`: where it was asked; in `last_headers`: what `first_headers` says.
SAME = "="


def micros(value: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    return (value - _EPOCH) // _MICROSECOND


class Time(TypeDecorator[datetime]):
    """An aware UTC datetime as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    # The processors themselves: a pass reads and writes some ten thousand times, and `process_bind_param` and its
    # like are called through two more functions.

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """To whole microseconds; a naive time is an error of ours."""
        return _to_micros

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[int | None], datetime | None]:
        """To the same instant, in UTC."""
        return _from_micros


def _to_micros(value: datetime | None) -> int | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone: {value}")
    return micros(value)


def _from_micros(value: int | None) -> datetime | None:
    if value is None:
        return None
    try:
        return _known_instant(value)
    except (TypeError, OverflowError):
        return instant(value)  # which says what is wrong


@lru_cache(2048)  # all that one look at a source found, or a pass wrote, bears the same few times
def _known_instant(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


@said_if_damaged
def instant(value: int) -> datetime:
    """The time that is so many microseconds after 1970 UTC."""
    return _EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text without NULs and lone surrogates."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """To the text as it can be stored."""
        return _cleaned


def _cleaned(value: str | None) -> str | None:
    return None if value is None else clean(value)


class Bits64(TypeDecorator[int]):
    """An unsigned 64-bit number in a signed column."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """The number below 2^63 with the same bits."""
        if value is None or value < 1 << 63:
            return value
        return value - (1 << 64)

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:
        """The unsigned number again."""
        return value if value is None or value >= 0 else value + (1 << 64)


def short(*parts: object) -> str:
    """32 hex digits that stand for the parts in an index."""
    text = "\0".join(["" if p is None else str(p) for p in parts])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


#: SQLite numbers rows by itself only where the type is literally INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def number() -> Column[Any]:
    """The number of a row, given by the database."""
    return Column("id", Id, primary_key=True)


def to(name: str, target: str, *, null: bool = False) -> Column[Any]:
    """The number of a row of another table."""
    return Column(name, Id, ForeignKey(target), nullable=null)


def words(name: str, default: str = "") -> Column[Any]:
    """Text that is never null."""
    return Column(name, Words, nullable=False, server_default=default)


def flag(name: str) -> Column[Any]:
    """A statement that holds or not."""
    return Column(name, Boolean, nullable=False)


def count(name: str) -> Column[Any]:
    """A number of things."""
    return Column(name, Integer, nullable=False, server_default="0")


def time(name: str) -> Column[Any]:
    """A time that is always known."""
    return Column(name, Time, nullable=False)


def maybe_time(name: str) -> Column[Any]:
    """A time, or null."""
    return Column(name, Time)
