"""`events --follow`: stay, and hand on each event as it is written, for as long as somebody listens."""

from __future__ import annotations

import contextlib
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..store.events import head
from ..store.search import Wanted, wanted_events
from ..values import replace

if TYPE_CHECKING:
    from ..model import Event
    from ..store import Store

#: Seconds between two looks into the database.
PAUSE = 1.0


def following(
    store: Store,
    last: int,
    wanted: Wanted,
    *,
    wait: Callable[[], bool],
    say: Callable[[str], None],
) -> Iterator[Event]:
    """The wanted events after the one numbered `last`, oldest first, until `wait` says that nobody listens.

    Numbers are given one after the other, each once the one before is committed (`events.append`): none
    comes late. A database that can't be read for a while is said once, and asked again.
    """
    trouble = ""
    while wait():
        try:
            with store.read() as conn:
                newest = head(conn)[0]
                fresh = wanted_events(conn, replace(wanted, after=last, since=None))
        except StoreError as e:
            if str(e) != trouble:
                trouble = str(e)
                say(f"{trouble}; trying again")
            continue
        trouble = ""
        yield from reversed(fresh)
        last = max(last, newest)


def listener() -> Callable[[], bool]:
    """A function that waits for a moment: whether stdout still has somebody who reads it.

    A pipe whose reader has left (`| head -1`) is seen at once, and not only at the next event.
    """
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)  # errors and hang-ups are told unasked
    except (AttributeError, OSError, ValueError):

        def plain() -> bool:
            time.sleep(PAUSE)
            return True

        return plain
    return lambda: not poll.poll(PAUSE * 1000)


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """Ends its block quietly at Ctrl-C or SIGTERM."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
