"""What one recipient's alerts are packed from and into: the shelf they stand on, the parcels they leave in."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from msgspec import Struct, field

from ..config import ChannelOptions, Config
from ..decide.telling import WAKES, quiet_until
from ..model import Alert, Event, Kind
from ..notify import Channel


class Parcel(Struct, frozen=True):
    """What leaves as one message: the alerts, and the events they tell (none: a sign of life)."""

    alerts: tuple[Alert, ...]
    events: tuple[Event, ...] = ()
    apart: bool = False  #: a piece of a message that could not go as one; it has an id of its own

    @property
    def notice(self) -> str:
        """What is told in place of the events; "" is they themselves."""
        return self.alerts[0].notice

    @property
    def ids(self) -> list[int]:
        """Of the alerts."""
        return [a.id for a in self.alerts]

    @property
    def planned(self) -> str:
        """The id under which it may have arrived before; "" where it can't have."""
        first = self.alerts[0]
        return first.message_id if first.unsure and not self.apart else ""

    def pieces(self, size: int) -> list[Parcel]:
        """The same in pieces of so many events."""
        starts = range(0, len(self.alerts), size)
        cut = [(self.alerts[i : i + size], self.events[i : i + size]) for i in starts]
        return [Parcel(alerts, told, apart=True) for alerts, told in cut]


class Packed(Struct):
    """One recipient's alerts: what leaves now, and what becomes of the rest."""

    parcels: list[Parcel] = field(default_factory=list)
    lost: list[Alert] = field(default_factory=list)  #: their event is not in the database
    over: list[Alert] = field(default_factory=list)  #: nothing to remind of any more
    misdirected: list[Alert] = field(default_factory=list)  #: not for this recipient any more
    later: dict[datetime, list[Alert]] = field(default_factory=lambda: defaultdict(list))


class Shelf(Struct, frozen=True):
    """Where one recipient's alerts are packed."""

    config: Config
    channel: Channel
    recipient: str
    now: datetime

    @property
    def options(self) -> ChannelOptions:
        """The channel's keys."""
        return self.config.channels[self.channel.name]

    @property
    def here(self) -> bool:
        """Whether the channel still tells this recipient, in whatever case it is written."""
        return self.recipient.lower() in {r.lower() for r in self.channel.recipients()}

    def tells(self, event: Event) -> bool:
        """Whether the channel still tells this recipient of the event; a withdrawal reaches all who had
        what it withdraws."""
        if event.kind is Kind.RETRACTED or not self.here:
            return event.kind is Kind.RETRACTED
        site = self.config.site(event.site or "")
        if site is None:  # of ourselves, or of a site that was renamed or dropped since
            return True
        if self.options.sites is not None and site.name not in self.options.sites:
            return False
        return site.notify is None or self.channel.name in site.notify

    @property
    def quiet_until(self) -> datetime:
        """Now, or the end of the quiet hours."""
        return quiet_until(self.now, self.options.quiet, self.options.timezone)

    def waits(self, event: Event) -> bool:
        """Whether an event is held for the end of the quiet hours."""
        return event.kind not in WAKES and self.quiet_until > self.now
