"""Single values of this database: its install id, when it was last checked, and the like."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, bindparam, delete, select

from . import tables
from .dialect import upsert

_T = tables.meta
_VALUES = (
    select(_T.c.key, _T.c.value)
    .where(_T.c.key.like(bindparam("like"), escape="/"))
    .order_by(_T.c.key)
)
_VALUE = select(_T.c.value).where(_T.c.key == bindparam("of"))

#: What the pages sign with. A secret: no backup or export takes it along.
WEB_SECRET = "web_secret"  # noqa: S105  # the key, not what stands there
#: What the links to leave a channel are made with. A secret as well.
UNSUBSCRIBE_SECRET = "unsubscribe_secret"  # noqa: S105


def value(conn: Connection, key: str) -> str:
    """What is kept under a key, or ""."""
    return conn.execute(_VALUE, {"of": key}).scalar_one_or_none() or ""


def put(conn: Connection, key: str, text: str) -> None:
    """Keeps a value; "" drops it."""
    if text:
        upsert(conn, _T, {"key": key, "value": text}, ("key",))
    else:
        conn.execute(delete(_T).where(_T.c.key == key))


def secret(conn: Connection, key: str) -> str:
    """The secret under a key, 64 hex digits, made at the first call; of two processes that make one at
    the same time, the first one's stays."""
    upsert(conn, _T, {"key": key, "value": secrets.token_hex(32)}, ("key",), update=False)
    return value(conn, key)


def values(conn: Connection, prefix: str) -> dict[str, str]:
    """All values whose key begins so, by key."""
    for sign in ("/", "%", "_"):
        prefix = prefix.replace(sign, f"/{sign}")
    return {k: v for k, v in conn.execute(_VALUES, {"like": f"{prefix}%"})}
