"""Who stands in the config and has left: they are told nothing, and the config's owner must know."""

from __future__ import annotations

from sqlalchemy import Connection

from ..config import Config
from ..notify.email import mail_recipients
from ..store.unsubscribed import Left, left
from ..units import shown_time


def departed(conn: Connection, config: Config) -> list[Left]:
    """Those of the config's mail recipients who left their channel, as the config writes them."""
    away = {(x.channel, x.recipient): x.at for x in left(conn)}
    return [
        Left(channel, address, away[channel, address.lower()])
        for channel, address in mail_recipients(config)
        if (channel, address.lower()) in away
    ]


def said(who: Left) -> str:
    """`desk@example.org left channel mail at …`, and the way back."""
    return (
        f"{who.recipient} left channel {who.channel} at {shown_time(who.at)} and is told nothing;"
        f" to send mail there again: postwatch notify --rejoin {who.recipient}"
    )
