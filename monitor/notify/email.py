"""Alerts by e-mail: `type = "email"`, one SMTP conversation per recipient.

relay.py: where it goes. conversation.py: how it is handed over. refusals.py: what is tried again.
mime.py: the bytes of the mail; address.py: whose they are. What speaks SMTP is imported when it does.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

import msgspec

from ..config import ChannelOptions, Config, Secret
from ..model import Message
from . import Channel
from .address import split_address
from .relay import parse_relay

if TYPE_CHECKING:
    import ssl

    from .conversation import Patience, Rehearsal


class EmailOptions(ChannelOptions, frozen=True, kw_only=True):
    """`[channels.NAME]` of type email."""

    smtp: Secret
    from_: str = msgspec.field(name="from")
    to: tuple[str, ...]

    def __post_init__(self) -> None:
        parse_relay(self.smtp.reveal())
        for key, address in (("from", self.from_), *(("to", a) for a in self.to)):
            try:
                split_address(address)
            except ValueError as e:
                raise ValueError(f"{key}: {e}") from None
        if not self.to:
            raise ValueError("to: expected at least one address")


OPTIONS = EmailOptions


class EmailChannel:
    """Hands mails to one relay. `tls` and `date` stand in for this machine's trust and clock, `patience`
    for what is patient enough."""

    for_programs = False
    reminds = True

    def __init__(
        self,
        name: str,
        options: EmailOptions,
        *,
        tls: ssl.SSLContext | None = None,
        date: Callable[[], str] = formatdate,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        self.sender = split_address(options.from_)[1]
        self._options = options
        self._relay = parse_relay(options.smtp.reveal())
        self._tls = tls
        self._date = date
        self._patience = patience

    def recipients(self) -> tuple[str, ...]:
        """The bare addresses of `to`."""
        return _addresses(self._options)

    async def send(self, message: Message, recipient: str) -> None:
        """Hand the mail over; returns once the relay has answered 2xx for it."""
        import asyncio

        from .conversation import PATIENCE, Conversation
        from .mime import mail_bytes

        wire = await asyncio.to_thread(  # an attached file of megabytes takes its time
            mail_bytes,
            message,
            sender=self._options.from_,
            recipient=recipient,
            date=self._date(),
        )
        talk = Conversation(self._relay, self._patience or PATIENCE, self._tls)
        await talk.hand_over(wire, self.sender, recipient)

    async def rehearse(self, *, answer: float, opening: float) -> Rehearsal:
        """Whether the relay would take mail to the recipients, without sending any; seconds for one answer
        and for all. DeliveryError where it does not even listen to whom."""
        from .conversation import Conversation, Patience

        patience = Patience(answer=answer, opening=opening)
        talk = Conversation(self._relay, patience, self._tls)
        return await talk.rehearse(self.sender, self.recipients())

    async def aclose(self) -> None:
        """Nothing is held: each mail is a conversation of its own."""


def open_channel(name: str, options: ChannelOptions, *, json_output: bool) -> Channel:
    """The channel of `[channels.NAME]`."""
    assert isinstance(options, EmailOptions)
    return EmailChannel(name, options)


def mail_recipients(config: Config) -> list[tuple[str, str]]:
    """(channel, bare address) of all whom the config has told by mail."""
    return [
        (name, address)
        for name, options in config.channels.items()
        if isinstance(options, EmailOptions)
        for address in _addresses(options)
    ]


def _addresses(options: EmailOptions) -> tuple[str, ...]:
    return tuple(dict.fromkeys(split_address(a)[1] for a in options.to))
