"""The API tokens: who may read without the password. Of a token only its hash is kept.

A token holds 256 random bits, so one plain SHA-256 keeps it: there is nothing to guess at. No backup or
export takes the hashes along: where a database is brought back, new tokens are made.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, insert, select, update

from . import tables

_T = tables.tokens

#: What every token begins with, so that one that leaked into a file or a log is found.
PREFIX = "postwatch_"
#: The time of a token's last use is kept to so much: a write an hour, not one a request.
USED_WITHIN = timedelta(hours=1)


class Token(Struct, frozen=True):
    """A token as it is kept."""

    name: str
    created_at: datetime
    last_used_at: datetime | None  #: to the hour; None: never


def token(random: bytes) -> str:
    """The token of 32 random bytes: letters, digits and `_`."""
    return PREFIX + random.hex()


def add(conn: Connection, name: str, text: str, now: datetime) -> bool:
    """Keeps a token under a name; False where the name is taken."""
    if conn.execute(select(_T.c.name).where(_T.c.name == name)).first() is not None:
        return False
    conn.execute(insert(_T).values(name=name, hash=_hash(text), created_at=now))
    return True


def revoke(conn: Connection, name: str) -> bool:
    """Drops a token: it opens nothing from now on. False where there is none of that name."""
    return conn.execute(delete(_T).where(_T.c.name == name)).rowcount > 0


def tokens(conn: Connection) -> list[Token]:
    """All tokens by name."""
    return [_token(r) for r in conn.execute(select(_T).order_by(_T.c.name))]


def bearer(conn: Connection, text: str) -> Token | None:
    """The token that somebody brought; None where it is none of ours, or was revoked.

    The database compares hashes: how long that takes says nothing of a token.
    """
    found = conn.execute(select(_T).where(_T.c.hash == _hash(text))).first()
    return None if found is None else _token(found)


def is_stale(found: Token, now: datetime) -> bool:
    """Whether the time of its last use is to be written anew."""
    return found.last_used_at is None or now - found.last_used_at >= USED_WITHIN


def used(conn: Connection, name: str, now: datetime) -> None:
    """Notes that a token was used."""
    conn.execute(update(_T).where(_T.c.name == name).values(last_used_at=now))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _token(r: Row[tuple[object, ...]]) -> Token:
    return Token(r.name, r.created_at, r.last_used_at)
