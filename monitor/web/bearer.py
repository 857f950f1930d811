"""API tokens (RFC 6750): who brings one may read what is made for programs, whatever else the door asks."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ..errors import StoreError
from ..store import Store, tokens

log = logging.getLogger("postwatch")

#: What a token opens: the API and the bytes it links to, feeds and lists, metrics, Memento.
_OPENS = re.compile(
    r"/api(/.*)?|/metrics|.*\.(atom|json|csv)|/snapshots/[^/]+/(raw|text)"
    r"|/(timemap|timegate|memento)/.*",
    re.ASCII | re.DOTALL,
)
#: Longer ones are not looked at.
_LONGEST = 200


def opens(path: str) -> bool:
    """Whether a token opens this address."""
    return _OPENS.fullmatch(path) is not None


def brought(request: Request) -> str | None:
    """The token of an Authorization header; None where it brings none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip()[:_LONGEST] if scheme.lower() == "bearer" else None


class Tokens:
    """Knows the tokens of a database. Asks it each time, so that a revoked one opens nothing more."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._noting = set[asyncio.Task[None]]()

    async def know(self, text: str) -> bool:
        """Whether it is a token of ours. That it was used is noted beside, now and then."""

        def find() -> tokens.Token | None:
            with self._store.read() as conn:
                return tokens.bearer(conn, text)

        found = await run_in_threadpool(find)
        if found is None:
            return False
        if not self._noting and tokens.is_stale(found, self._clock()):
            task = asyncio.create_task(self._note(found.name))
            self._noting.add(task)
            task.add_done_callback(self._noting.discard)
        return True

    async def _note(self, name: str) -> None:
        now = self._clock()
        try:
            await self._store.awrite(lambda conn: tokens.used(conn, name, now))
        except StoreError as e:
            log.warning("that token %s was used is not noted: %s", name, e)
