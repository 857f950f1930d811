"""Is what happened told? Alerts that wait, that were given up, that nobody is to have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from ...config import Config
from ...show.checkup import Finding, Level
from ...store import Store, held, queue
from ..departed import departed, said
from ..undelivered import undelivered

_GROUP = "mail and channels"


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """What the queue tells."""
    found = []
    refused = {a.channel for a in queue.failures(conn)}
    for sentence in undelivered(conn, config):
        name = sentence.removeprefix("Channel ").partition(":")[0]
        mend = "postwatch notify --test"
        if name not in config.channels and name not in refused:
            # Whoever is told in its place has it already: it waits for the channel to come back.
            mend = f"put [channels.{name}] back into {config.path}, or leave it: it is given up after five days"
            found.append(Finding(_GROUP, Level.NOTE, sentence.rstrip("."), mend))
            continue
        if name in refused:
            mend += ", and once it works: postwatch notify --retry"
            sentence = sentence.replace("; once mended: postwatch notify --retry", "")
        found.append(Finding(_GROUP, Level.MEND, sentence.rstrip("."), mend))
    if many := held.held(conn):
        alerts = "1 alert is" if many == 1 else f"{many} alerts are"
        what = f"{alerts} held back since a restore, for they may have been sent before"
        found.append(Finding(_GROUP, Level.MEND, what, "postwatch notify --resume"))
    for who in departed(conn, config):
        what, _, way = said(who).partition("; ")
        found.append(Finding(_GROUP, Level.NOTE, what, way.partition(": ")[2]))
    waiting = sum(queue.waiting(conn).values())
    if not found and config.channels:
        what = (
            "no alert waits"
            if not waiting
            else f"{waiting} alerts wait for their hour, none is stuck"
        )
        found.append(Finding(_GROUP, Level.OK, what))
    return found
