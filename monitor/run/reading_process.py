"""A process that reads hostile bytes, and the pipe to it: bounded in memory, killed past its deadline.

It is started with nothing of ours but what reads. `multiprocessing` would start a second process beside the
first one, to see to locks nobody has, and load the command line's modules into each.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .memory import bound, give_back, held

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

#: For a process to start and import the readers (1 s): no page's fault.
START = 60.0
#: Bytes of memory a worker may come to hold, its 50 MiB of libraries among them: enough for a sitemap of
#: 50,000 addresses and a list of 5,000 posts. 10 MiB of empty tags would take 1.5 GB.
MEMORY = 130 * 2**20
#: What any but one may come to hold; who needs more begins anew when it is its turn. Usual pages take 60.
USUAL = 80 * 2**20
#: Where the watch over it comes too late, the system refuses more than so much above. Far above, since a
#: reader that was refused memory may go on and find half an article: what passed its bound is never believed.
BACKSTOP = 100 * 2**20
#: Seconds of CPU for one page, past which the system ends a worker that nobody is left to end.
LONGEST = 60
#: Seconds between two looks at what a worker holds.
WATCH_EVERY = 0.02
#: A worker that still holds more than this after its answer is let go: its heap is in pieces. So is one
#: that ever held more than USUAL.
WORN = 66 * 2**20
#: Imported before the first page of its kind comes, within START, beside the module of what reads it. A pass that only
#: reads sitemaps need not pay the 0.2 s that it takes to import what reads articles.
_ALSO = {
    "monitor.read.page": ("..read.article.extract", "..read.tree"),
    "monitor.read.listing.feed": ("feedparser",),
}
#: What the process runs first: it finds our modules where we do.
_BEGIN = (
    "import sys; from multiprocessing.connection import Connection; pipe = Connection(int(sys.argv[1]));"
    " sys.path[:] = pipe.recv(); from {module} import serve; serve(pipe)"
)

TOO_MUCH = f"it takes more than {MEMORY // 2**20} MiB of memory to read"


class Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        from multiprocessing.connection import Pipe  # here: a quiet pass starts no process

        self._pipe, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BEGIN.format(module=__name__), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        self._pipe.send(sys.path)
        self.alive = True
        self._ready = False
        self._imported: set[str] = set()
        self.killed = False  #: by what it was given to read
        self._worked, self._since = 0.0, 0.0

    def at_one_page(self) -> float:
        """Seconds that were spent on the page being read now."""
        since = self._since
        return time.monotonic() - since if since else 0.0

    def worked(self) -> float:
        """Seconds that were spent on pages so far, on the one being read now among them."""
        return self._worked + self.at_one_page()

    def run(
        self, fn: Callable[..., Any], args: Any, kwargs: Any, deadline: float, memory: int
    ) -> tuple[bool, Any]:
        """(True, result) or (False, why). Past the deadline or the bytes of memory the process is killed."""
        try:
            return self._run(fn, args, kwargs, deadline, memory)
        finally:
            self._worked, self._since = self.worked(), 0.0

    def _run(
        self, fn: Callable[..., Any], args: Any, kwargs: Any, deadline: float, memory: int
    ) -> tuple[bool, Any]:
        try:
            if not self._ready:
                if not self._pipe.poll(START):
                    self.end()
                    return False, f"no reading process could be started within {START:.0f} s"
                self._ready = bool(self._pipe.recv())
            if why := self._imports(fn.__module__):
                self.end()
                return False, why
            self._since = time.monotonic()
            body = args[0] if args and isinstance(args[0], bytes) else None
            rest = args if body is None else args[1:]
            self._pipe.send((fn, rest, kwargs, memory, body is not None))
            if body is not None:
                self._pipe.send_bytes(body)  # pickled, it would be there three times
            if why := self._watch(deadline, memory):
                self._lost()
                return False, why
            ok, value, worn = self._pipe.recv()
        except (EOFError, OSError):
            self._lost()
            return False, "the reading process died"
        except Exception as e:  # whatever it is that was unpickled
            self._lost()
            return False, f"the reading process answered what cannot be read: {type(e).__name__}"
        if worn:
            self.end()
            self.killed = value == TOO_MUCH
        return ok, value

    def _imports(self, module: str) -> str:
        """Has the process import what a function of that module needs; why it could not, "" where it has."""
        if module in self._imported:
            return ""
        self._pipe.send((module, *_ALSO.get(module, ())))
        if not self._pipe.poll(START):
            return f"what reads it could not be imported within {START:.0f} s"
        self._imported.add(module)
        return str(self._pipe.recv())

    def _watch(self, deadline: float, memory: int) -> str:
        """Waits for the answer; why it is waited for no longer, "" where it is there."""
        until = time.monotonic() + deadline
        while not self._pipe.poll(WATCH_EVERY):
            if time.monotonic() >= until:
                return f"not read within {deadline:.0f} s"
            if held(self._process.pid, "VmRSS") > memory:
                return TOO_MUCH
        return ""

    def _lost(self) -> None:
        self.killed = self.alive and self._ready  # else it was ended by us
        self.end()

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self.alive = False
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._pipe.close()


def serve(pipe: Connection) -> None:
    """A worker's life: take a function, run it, answer; ends when the pipe does."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    give_back()
    _quieted()
    try:
        pipe.send(True)
    except OSError:
        return
    while True:
        try:
            told = pipe.recv()
            if isinstance(told[0], str):
                pipe.send(_imported(told))
                continue
            fn, args, kwargs, memory, with_body = told
            if with_body:
                args = (pipe.recv_bytes(), *args)
        except (EOFError, OSError):
            return
        bound(memory + BACKSTOP, LONGEST)
        try:
            ok, value = True, fn(*args, **kwargs)
        except MemoryError:
            ok, value = False, TOO_MUCH
        except Exception as e:
            ok, value = False, f"{type(e).__name__}: {e}"
        args = ()
        most = held(None, "VmHWM")
        if most > memory:
            ok, value = False, TOO_MUCH
        try:
            pipe.send((ok, value, most > USUAL or held(None, "VmRSS") > WORN))
        except MemoryError:
            return
        except (OSError, ValueError):
            return


def _imported(modules: Sequence[str]) -> str:
    """Why modules could not be imported; "" where they have been."""
    try:
        for module in modules:
            import_module(module, __package__)
    except Exception as e:
        return f"what reads it could not be imported: {type(e).__name__}: {e}"
    return ""


def _quieted() -> None:
    """From now on nothing that readers, or the libraries below them, say of hostile bytes comes between the lines
    of our log."""
    logging.disable(logging.CRITICAL)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
