"""Which channels do not get their alerts out? For the home page: sentences, worst first."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection

from ..config import Config
from ..store import queue


def undelivered(conn: Connection, config: Config) -> list[str]:
    """`Channel mail: 12 alerts wait. …`, one for each channel that is stuck or was refused."""
    waiting, stuck = queue.waiting(conn), queue.stuck(conn, config.channels)
    refused = Counter(a.channel for a in queue.failures(conn))
    said = []
    for channel in sorted({*stuck, *refused, *(c for c in waiting if c not in config.channels)}):
        parts = []
        if channel in stuck:
            parts.append(f"{_alerts(waiting.get(channel, 0))} not out yet: {stuck[channel]}.")
        elif channel not in config.channels and waiting.get(channel):
            parts.append(f"{_alerts(waiting[channel])} for it, and the config has it no more.")
        if refused[channel]:
            parts.append(
                f"{_alerts(refused[channel])} given up; once mended: postwatch notify --retry"
            )
        said.append(f"Channel {channel}: {' '.join(parts)}")
    return said


def _alerts(many: int) -> str:
    return "1 alert" if many == 1 else f"{many} alerts"
