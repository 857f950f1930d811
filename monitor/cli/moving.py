"""`db move`: all that is kept into another database."""

from __future__ import annotations

import json

import click

from ..config import database_at
from ..units import shown_number
from . import common, log_lines


@click.command(
    epilog="Example: postwatch db move 'postgresql+psycopg://watch:${DB_PASSWORD}@db.example/watch'"
)
@common.config_option
@click.argument("url", metavar="URL")
def move(config: str | None, url: str) -> int:
    """Copy all that is kept into another, empty database: from SQLite to PostgreSQL, or back.

    URL is written as in the config's [database] url, ${NAMES} too, and goes there afterwards. The database
    of the config is only read, and nothing may work with it meanwhile. Each row is compared, each stored
    byte and the event chain verified; numbers go on, and alerts that wait are sent from there.
    """
    from ..store.dialect import parsed, shown
    from ..store.move import move as move_all
    from ..store.move import said

    settings = common.load_config(config)
    log_lines.hide_password(url)
    wanted = database_at(settings.path, url)
    log_lines.hide_password(wanted)
    store = common.open_store(settings, write=False)
    bar = common.Steps("moving")
    try:
        moved = move_all(store, wanted, now=common.now(), say=common.progress, step=bar.at)
    finally:
        bar.end()
        store.close()
    counts = said(moved, shown_number)
    common.out(f"{shown(parsed(wanted))}: {counts}. All of it is as it was, and verifies.")
    common.out(f"Nothing in {store.name} was changed. Now write in {settings.path}:")
    common.out(f"\n[database]\nurl = {json.dumps(log_lines.hidden(url), ensure_ascii=False)}\n")
    common.out(
        "and start postwatch again, its pages too. Leave the old database alone from then on: whoever"
        " works with it sends its alerts a second time. The next checks make the new one searchable, a"
        " little each; all at once: postwatch db reindex"
    )
    return 0
