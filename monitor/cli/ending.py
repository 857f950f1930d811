"""The daemon ends within ten seconds, whatever still runs: what is not done by then is dropped.

That is safe at any time: what belongs together is committed together, and a message that may have left
bears its id at the next try.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

log = logging.getLogger("postwatch.daemon")

#: Seconds from being told to end. Service managers and people allow ten.
WITHIN = 9.0


class Ending:
    """The end of this process, from the moment it is asked for."""

    def __init__(self, within: float = WITHIN) -> None:
        self._within = within
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """The process is to be gone in time from now."""
        if self._timer is None:
            self._timer = threading.Timer(self._within, self._give_up)
            self._timer.daemon = True
            self._timer.start()

    def leave(self) -> None:
        """All is done that had to be. Threads that still wait for others are not waited for."""
        if self._timer is not None and _waits():
            _gone(0)

    def _give_up(self) -> None:
        log.warning("not all ended within %g s; what is left is dropped", self._within)
        _gone(0)


def _waits() -> bool:
    """Whether the interpreter would wait for a thread of its own."""
    main = threading.main_thread()
    return any(t is not main and not t.daemon for t in threading.enumerate())


def _gone(code: int) -> None:
    from multiprocessing import active_children

    for child in active_children():
        child.kill()
    sys.stderr.flush()  # stdout may be a pipe that nobody reads
    os._exit(code)
