"""How often may somebody guess at the password? So many times at once, then one try now and then.

Counted by place, by the network it lies in, and over all who are strangers: who holds many addresses has no
more guesses than a few. One who brought the right password lately is no stranger, and is counted by place
alone: nobody's guesses shut them out.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple


class Limit(NamedTuple):
    """So many tries at once, then one more after each `every`."""

    most: int
    every: timedelta


MOST, EVERY = 10, timedelta(seconds=30)
PLACE = Limit(MOST, EVERY)
#: Of a /24, or an IPv6 /48, as a provider gives it to one customer.
NETWORK = Limit(30, timedelta(seconds=10))
#: Of all strangers together: 43,200 a day.
STRANGERS = Limit(100, timedelta(seconds=2))
#: Places and networks remembered; beyond it the one that was quiet longest is forgotten. It takes the strangers
#: half an hour to fill, and a place a sixth of that to have all its tries again: none is forgotten too soon.
ROOM = 1024
#: How long one who brought the right password is no stranger, and how many are known.
LATELY, KNOWN = timedelta(days=30), 256


class Throttle:
    """Counts tries, in bounded memory."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._known: OrderedDict[str, datetime] = OrderedDict()

    def wait(self, place: str, now: datetime, *, known: bool = False) -> timedelta | None:
        """How long to wait with the next try; None where it may be made."""
        waits = [
            limit.every * over
            for key, limit in self._counted(place, now, known)
            if (over := self._made(key, limit, now) - (limit.most - 1)) > 0
        ]
        return max(waits, default=None)

    def take(self, place: str, now: datetime, *, known: bool = False) -> timedelta | None:
        """Counts a try, before it is known to be wrong, so that many at once are many; None where it
        may be made, else how long to wait."""
        wait = self.wait(place, now, known=known)
        if wait is None:
            self._add(1, place, now, known)
        return wait

    def give_back(self, place: str, now: datetime, *, known: bool = False) -> None:
        """The try was right: it does not count, and who made it is no stranger."""
        self._add(-1, place, now, known)
        self._known.pop(place, None)
        self._known[place] = now
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def knows(self, place: str, now: datetime) -> bool:
        """Whether the right password came from there lately."""
        return place in self._known and now - self._known[place] < LATELY

    def _counted(self, place: str, now: datetime, known: bool) -> Iterator[tuple[str, Limit]]:
        yield place, PLACE
        if not known and not self.knows(place, now):
            if network := network_of(place):
                yield network, NETWORK
            yield "strangers", STRANGERS

    def _add(self, tries: int, place: str, now: datetime, known: bool) -> None:
        for key, limit in self._counted(place, now, known):
            made = max(0.0, self._made(key, limit, now) + tries)
            self._tries.pop(key, None)
            if made:
                self._tries[key] = (made, now)
        while len(self._tries) > ROOM:
            self._tries.popitem(last=False)

    def _made(self, key: str, limit: Limit, now: datetime) -> float:
        made, at = self._tries.get(key, (0.0, now))
        return max(0.0, made - max(now - at, timedelta(0)) / limit.every)


def place_of(host: str | None) -> str:
    """The place an address stands for: an IPv6 network of 64 bits is one place, as one customer has it.

    The connection's own address: what a header says of another is not believed.
    """
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def network_of(place: str) -> str:
    """The network that a place lies in: a /24, or a /48 of IPv6; "" of none."""
    try:
        network = ipaddress.ip_network(place)
    except ValueError:
        return ""
    return str(network.supernet(new_prefix=24 if network.version == 4 else 48))
