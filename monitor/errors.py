"""What can go wrong with *our* work; a page that does not answer is a value, never one of these.

PostwatchError            exit 1: part of the work failed
├── UsageError            exit 2: the command or its arguments are wrong
│   └── ConfigError       the config: names file, key and what was expected
├── StoreError            the database is locked, full, damaged or newer than we are
│   ├── StoreMissing      exit 2 for commands that only read
│   ├── StoreBusy         another process is checking
│   ├── StoreFull         there is no room on the disk
│   ├── HostTaken        in a cluster: another worker looks at this host now
│   ├── StoreForeign      another user's: run as its owner
│   └── BodyDropped       bytes that [retention] let go of
├── ClockWasSet           amid a pass over a site: what it saw is dated by two clocks
├── FetchRefused          an address or URL we do not fetch (private network, scheme, robots)
├── NotAnArticle          bytes that hold no article at all
└── DeliveryError         a channel could not deliver; `permanent` says whether to try again
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta


class PostwatchError(Exception):
    """Part of the work failed."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class UsageError(PostwatchError):
    """The command or its arguments are wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """The config cannot be used."""


class StoreError(PostwatchError):
    """The database cannot be used."""


class StoreMissing(StoreError):
    """There is no database yet."""

    exit_code = 2


class StoreBusy(StoreError):
    """Another process is checking with this database."""


class StoreFull(StoreError):
    """There is no room for the database on its disk."""


class HostTaken(StoreError):
    """Another worker has taken this host over."""


class StoreForeign(StoreError):
    """The database belongs to another user."""

    def __init__(self, message: str = "", *, owner: str = "") -> None:
        super().__init__(message)
        self.owner = owner  #: as `sudo -u` takes it: a name, or #NUMBER where there is none


class ClockWasSet(PostwatchError):
    """This machine's clock was set during the pass."""


class BodyDropped(StoreError):
    """These bytes were dropped, as [retention] says; what they were is still known by their SHA-256."""


class FetchRefused(PostwatchError):
    """This address is not fetched."""


class NotAnArticle(PostwatchError):
    """These bytes hold no article."""


class DeliveryError(PostwatchError):
    """The alert could not be delivered."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        answered: bool = False,
        unsure: bool = False,
        too_big: bool = False,
        wait: timedelta = timedelta(0),
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.answered = answered  #: it said no: the next message may fare better
        self.too_big = too_big  #: less of it may go through
        self.unsure = unsure  #: it may have arrived though no answer came
        self.wait = wait  #: how long the other side asks to be left alone; 0: it does not


def nearest(word: str, known: Iterable[str], *, least: int = 50) -> str:
    """Of the known words the one that was probably meant; "" where none is so near (per cent)."""
    from rapidfuzz import process  # here: nobody pays for it who makes no slip

    found = process.extractOne(word, list(known), score_cutoff=least)
    return found[0] if found else ""
