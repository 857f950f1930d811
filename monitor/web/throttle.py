"""How often may somebody guess at the password? So many times at once, then one try now and then."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta

#: Wrong passwords at once from one place; then one more after each `EVERY`.
MOST, EVERY = 10, timedelta(seconds=30)
#: Places remembered; beyond it the one that was quiet longest is forgotten.
ROOM = 1024


class Throttle:
    """Counts tries by place, in bounded memory."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, place: str, now: datetime) -> timedelta | None:
        """Counts a try, before it is known to be wrong, so that many at once are many; None where it
        may be made, else how long to wait."""
        made = self._made(place, now)
        if made > MOST - 1:
            return EVERY * (made - (MOST - 1))
        self._keep(place, made + 1, now)
        return None

    def give_back(self, place: str, now: datetime) -> None:
        """The try was right: it does not count."""
        self._keep(place, max(0.0, self._made(place, now) - 1), now)

    def _made(self, place: str, now: datetime) -> float:
        made, at = self._tries.get(place, (0.0, now))
        return max(0.0, made - max(now - at, timedelta(0)) / EVERY)

    def _keep(self, place: str, made: float, now: datetime) -> None:
        self._tries.pop(place, None)
        if made:
            self._tries[place] = (made, now)
        while len(self._tries) > ROOM:
            self._tries.popitem(last=False)


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
