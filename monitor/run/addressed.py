"""From where and to whom a channel's messages go; and the message of an event for a program, which has no words.

Apart from messages.py, which loads the templates of mails.
"""

from __future__ import annotations

from ..config import Config
from ..model import Message
from ..show.envelope import Envelope, for_program
from .shelf import Parcel


def record_of(config: Config, channel: str, recipient: str, parcel: Parcel) -> Message | None:
    """The message of one event, told as such, for a program; None where there is more to say."""
    if len(parcel.events) != 1 or parcel.notice:
        return None
    return for_program(parcel.events[0], envelope_to(config, channel, recipient))


def envelope_to(config: Config, channel: str, recipient: str) -> Envelope:
    """From where and to whom a channel's messages go."""
    sender = getattr(config.channels[channel], "from_", "") or "postwatch@localhost"
    return Envelope(
        channel=channel,
        sender=sender,
        recipient=recipient,
        base_url=config.web.base_url if config.web else "",
        install=sender.rpartition("@")[2] or "localhost",
    )
