"""What was stored before there was a search, or after it was emptied, put into it a little at a time."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from ..store import Store
from ..store.search_fill import Left, catch_up, left, tidy, untidy

log = logging.getLogger("postwatch.search")

#: How often the daemon works on it, and how long each time; a step holds up other writers for some 0.1 s.
EVERY, A_WHILE = timedelta(seconds=10), timedelta(seconds=5)


async def fill_search(store: Store, within: timedelta = A_WHILE) -> Left:
    """Puts into the search what is not in it yet, for so long. What is left then. Where nothing is, its parts
    are made one after many posts have come.

    For who holds `Store.lock`.
    """
    with store.read() as conn:
        rest, more = left(conn), untidy(conn)
    end = time.monotonic() + within.total_seconds()
    if not rest:
        while more and time.monotonic() < end:
            more = await store.awrite(tidy)
        return rest
    while rest and time.monotonic() < end:
        rest = await store.awrite(catch_up)
    if not rest:
        log.info("all that is stored can be searched")
    return rest
