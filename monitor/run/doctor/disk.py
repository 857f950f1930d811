"""Is there room, and for how long?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from ...config import Config
from ...decide.growth import forecast, on_average
from ...show.checkup import Finding, Level
from ...store import Store, health, sites
from ...units import shown_duration_long, shown_size
from ..room import least_free, shortage

_GROUP = "disk"


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """The size of the database, how fast it grows, and when its disk is full."""
    here = health.noted(conn, store.path, now)
    said = f"the database has {shown_size(here.size)}"
    if store.path is None:
        return [Finding(_GROUP, Level.OK, f"{said}; the disk of its server is not seen from here")]
    said += f", {shown_size(here.free)} are free on its disk"
    if why := shortage(config, store.path):
        mend = f"make room, or lower [health] min_free in {config.path}; till then nothing is looked at"
        return [Finding(_GROUP, Level.MEND, why, mend)]
    least = least_free(config, store.path)
    began = min((s.watched_since for s in sites.sites(conn)), default=now)
    coming = forecast(health.notes(conn), here, least) or on_average(began, here, least)
    if coming is None:
        return [
            Finding(_GROUP, Level.OK, f"{said}; how fast it grows is known after a day of watching")
        ]
    over = shown_duration_long(coming.over)
    said += f"; it grew by {shown_size(coming.a_day)} a day over {over}"
    if coming.left is None:
        return [Finding(_GROUP, Level.OK, f"{said}; the disk is not going to be full")]
    said += f"; at this rate there is room for {shown_duration_long(coming.left)}"
    if coming.soon:
        return [
            Finding(_GROUP, Level.MEND, said, "make room, or move the database to a larger disk")
        ]
    return [Finding(_GROUP, Level.OK, said)]
