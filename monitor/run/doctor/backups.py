"""Is there a backup, and how old is it?"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ...config import Config
from ...show.checkup import Finding, Level
from ...show.plain import one_line
from ...store import Store, sites
from ...store.left_copies import last_backup
from ...units import shown_duration_long, shown_time

_GROUP = "backups"
#: An older backup loses more than a week's history.
OLD = timedelta(days=7)


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """When `db backup` was last run."""
    made = last_backup(conn)
    mend = "postwatch db backup FILE"
    if made is not None:
        at = made.at
        said = f"the last backup was made at {shown_time(at)}: {one_line(made.path, 200)}"
        if now - at <= OLD:
            return [Finding(_GROUP, Level.OK, said)]
        return [Finding(_GROUP, Level.MEND, f"{said}, {shown_duration_long(now - at)} ago", mend)]
    began = min((s.watched_since for s in sites.sites(conn)), default=now)
    if store.path is None or now - began <= OLD:
        return [Finding(_GROUP, Level.NOTE, "no backup is known", mend)]
    what = f"no backup is known, and the first site is watched since {shown_time(began)}"
    return [Finding(_GROUP, Level.MEND, what, mend)]
