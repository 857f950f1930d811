"""Is there a backup, and how old is it?"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ...config import Config
from ...show.checkup import Finding, Level
from ...store import Store, meta, sites
from ...units import parse_rfc3339, shown_duration_long, shown_time

_GROUP = "backups"
#: An older backup loses more than a week's history.
OLD = timedelta(days=7)
#: meta: when the last backup was made, and when one was last restored.
BACKED_UP, RESTORED = "backed_up_at", "restored_at"


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """When `db backup` was last run."""
    at = when(conn, BACKED_UP)
    mend = "postwatch db backup FILE"
    if at is not None:
        said = f"the last backup was made at {shown_time(at)}"
        if now - at <= OLD:
            return [Finding(_GROUP, Level.OK, said)]
        return [Finding(_GROUP, Level.MEND, f"{said}, {shown_duration_long(now - at)} ago", mend)]
    began = min((s.watched_since for s in sites.sites(conn)), default=now)
    if store.path is None or now - began <= OLD:
        return [Finding(_GROUP, Level.NOTE, "no backup is known", mend)]
    what = f"no backup is known, and the first site is watched since {shown_time(began)}"
    return [Finding(_GROUP, Level.MEND, what, mend)]


def when(conn: Connection, key: str) -> datetime | None:
    """The time under a key, or None."""
    try:
        return parse_rfc3339(meta.value(conn, key))
    except ValueError:
        return None
