"""Who left a channel, and the links by which they do. Kept here since recipients live in the config.

Addresses are told apart without their case: who left stays away however the config writes the address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from ..model import AlertState
from . import events, meta, tables
from .dialect import upsert
from .within import within

_T = tables.unsubscribed
_A = tables.alerts
_ALL = select(_T).order_by(_T.c.channel, _T.c.recipient)


class Left(Struct, frozen=True):
    """Somebody who left a channel."""

    channel: str
    recipient: str  #: in lower case
    at: datetime


def key(conn: Connection) -> bytes:
    """What links are signed with; b"" where none was made yet."""
    return bytes.fromhex(meta.value(conn, meta.UNSUBSCRIBE_SECRET))


def made_key(conn: Connection) -> bytes:
    """`key`, made at the first call; of two processes that make one, the first one's stays."""
    meta.secret(conn, meta.UNSUBSCRIBE_SECRET)
    return key(conn)


def token(key: bytes, channel: str, recipient: str) -> str:
    """43 characters (base64url) that stand for one recipient of one channel, and say nothing of them."""
    said = f"{channel}\0{recipient.lower()}".encode("utf-8", "replace")
    digest = hmac.digest(key, said, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def meant(key: bytes, given: str, recipients: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The (channel, recipient) a token stands for; None where it is no token of these.

    Each is compared, in constant time, whichever it is.
    """
    found, theirs = None, given.encode("utf-8", "replace")
    for channel, recipient in recipients if key else ():
        if hmac.compare_digest(token(key, channel, recipient).encode(), theirs):
            found = (channel, recipient)
    return found


def leave(conn: Connection, channel: str, recipient: str, at: datetime) -> bool:
    """Has a recipient told nothing more: what still waits for them is withdrawn. False where they had
    left before."""
    events.lock_head(conn)  # or another process may be queuing an alert for them at this moment
    if gone(conn, channel, recipient) is not None:
        return False
    within(conn).pop(staying, None)
    row = {"channel": channel, "recipient": recipient.lower(), "at": at}
    upsert(conn, _T, row, ("channel", "recipient"), update=False)
    waiting = (
        _A.c.channel == channel,
        func.lower(_A.c.recipient) == recipient.lower(),
        _A.c.state == AlertState.PENDING.value,
    )
    conn.execute(update(_A).where(*waiting).values(state=AlertState.WITHDRAWN.value))
    return True


def come_back(conn: Connection, channel: str, recipient: str) -> bool:
    """Has a recipient told again, of what happens from now on. False where they had not left."""
    within(conn).pop(staying, None)
    here = (_T.c.channel == channel, _T.c.recipient == recipient.lower())
    return conn.execute(delete(_T).where(*here)).rowcount > 0


def gone(conn: Connection, channel: str, recipient: str) -> datetime | None:
    """When a recipient left a channel; None where they are in it."""
    here = (_T.c.channel == channel, _T.c.recipient == recipient.lower())
    return conn.execute(select(_T.c.at).where(*here)).scalar_one_or_none()


def left(conn: Connection) -> list[Left]:
    """All who left, by channel and address."""
    return [Left(r.channel, r.recipient, r.at) for r in conn.execute(_ALL)]


def staying(conn: Connection, keys: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some (channel, recipient) who have not left, each once, in their order."""
    if not keys:
        return []
    kept = within(conn)
    if staying not in kept:
        kept[staying] = {(x.channel, x.recipient) for x in left(conn)}
    away = kept[staying]
    return [k for k in dict.fromkeys(keys) if (k[0], k[1].lower()) not in away]
