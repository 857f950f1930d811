"""The database: is it there, is it ours, can it be used? And is its search complete?"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from ...config import Config
from ...errors import StoreError, StoreForeign, StoreMissing
from ...show.checkup import Finding, Level
from ...store import Store, events, opening, search_fill
from ..room import database_file

_GROUP = "database"


def owned_by_another(config: Config, as_owner: Callable[[str], str]) -> Finding | None:
    """Where the database's file belongs to another user: its files would come to have two owners.
    `as_owner` says how that one would ask."""
    path = database_file(config)
    try:
        if path is not None:
            opening.check_owner(path)
    except StoreForeign as e:
        return Finding(_GROUP, Level.MEND, str(e), as_owner(e.owner))
    return None


def unusable(config: Config, error: StoreError) -> Finding:
    """Why the database cannot be used, and what to do."""
    text = str(error)
    path = database_file(config)
    if isinstance(error, StoreMissing):
        return Finding(_GROUP, Level.MEND, _short(text), "postwatch init")
    if "older schema" in text:
        mend = "postwatch db upgrade   (it makes a backup first)"
    elif "newer" in text:
        mend = "install the postwatch that last used it, or a newer one; the database is untouched"
    elif "damaged" in text or "not a database" in text:
        mend = "keep a copy of it and what lies beside it, then: postwatch db restore BACKUP"
    elif "another program" in text and "locked" not in text:
        mend = f"name another file in [database] url of {config.path}"
    elif "locked" in text:
        mend = "stop what else uses it, or try again in a moment"
    elif "full" in text:
        mend = "make room on its disk"
    elif path is None:
        mend = f"is the server up, and [database] url of {config.path} right?"
    else:
        mend = f"let this user read and write {path} and its folder: ls -la {_folder(path)}"
    return Finding(_GROUP, Level.MEND, text, mend)


def silent() -> Finding:
    """A database that does not answer in time."""
    return Finding(
        _GROUP, Level.MEND, "the database does not answer", "is its server up, or its disk?"
    )


def _short(text: str) -> str:
    return text.partition(". ")[0]


def _folder(path: Path) -> str:
    return shlex.quote(str(path.parent))


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """A database that could be opened."""
    last, _ = events.head(conn)
    told = f"{last} events" if last != 1 else "1 event"
    found = [
        Finding(_GROUP, Level.OK, f"{store.name}: opened, its schema is this version's, {told}")
    ]
    rest = search_fill.left(conn)
    if rest:
        what = "the search does not know all of it yet; each check makes it know a little more"
        found.append(Finding(_GROUP, Level.NOTE, what, "postwatch db reindex"))
    return found
