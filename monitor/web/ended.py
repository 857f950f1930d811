"""Which sessions have been ended? A ticket says nothing of that itself: the database does, to every process.

Kept is a ticket's hash and until when the ticket would have been good; after that its age refuses it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from ..errors import StoreError
from ..store import Store, meta
from .keys import LASTS, SKEW

log = logging.getLogger("postwatch")

_PREFIX = "ended_session:"


class Ended:
    """The ended sessions of a database. Asks it each time, so that an ended one opens nothing more."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._here = dict[str, int]()  # what could not be kept is known to this process at least

    async def has(self, ticket: str) -> bool:
        """Whether this session was ended."""
        key = _key(ticket)
        if key in self._here:
            return True

        def find() -> bool:
            with self._store.read() as conn:
                return bool(meta.value(conn, key))

        return await run_in_threadpool(find)

    async def add(self, ticket: str) -> None:
        """Ends a session for good; where that cannot be kept, in this process."""
        now, key = int(self._clock().timestamp()), _key(ticket)
        until = now + int((LASTS + SKEW).total_seconds())
        self._here = {k: t for k, t in self._here.items() if t > now} | {key: until}

        def keep(conn: Connection) -> None:
            for old, good in meta.values(conn, _PREFIX).items():
                if int(good) <= now:
                    meta.put(conn, old, "")
            meta.put(conn, key, str(until))

        try:
            await self._store.awrite(keep)
        except StoreError as e:
            log.warning("that a session was ended is known to this process only: %s", e)


def _key(ticket: str) -> str:
    return _PREFIX + hashlib.sha256(ticket.encode()).hexdigest()
