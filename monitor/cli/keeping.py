"""`db backup` and `db restore`: the database as one file, and back again."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..config import database_url
from ..config.secrets import variables
from ..units import shown_number, shown_size, shown_time
from . import common

_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


@click.command(epilog="Example: postwatch db backup /var/backups/postwatch-monday.db")
@common.config_option
@_file
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
def backup(config: str | None, file: Path, replace: bool) -> int:
    """Write all that is kept into one file: of one moment, checked, without secrets.

    A pass may run meanwhile. Of a PostgreSQL database it is the same file. Only its owner can read it;
    API tokens, and what sessions and links are signed with, are not in it.
    """
    from ..store.backup import back_up

    store = common.open_store(common.load_config(config), write=False)
    bar = common.Steps("copying")
    try:
        size = back_up(store, file, replace=replace, step=bar.at, say=common.progress)
    finally:
        bar.end()
        store.close()
    common.out(f"{file}: {shown_size(size)}, checked.")
    return 0


@click.command(epilog="Example: postwatch db restore /var/backups/postwatch-monday.db")
@common.config_option
@_file
@click.option(
    "--aside", is_flag=True, help="Move what is in the database aside first; nothing is lost."
)
def restore(config: str | None, file: Path, aside: bool) -> int:
    """Put a backup in the place of the config's database.

    It is checked first, whole; one that does not verify is refused, and so is a database that holds
    something unless it is moved aside. No number of an event, post or copy is given out twice, the seam
    stands in the chain, and alerts that waited are held until: postwatch notify --resume
    """
    from ..run.restoring import restore as put_back

    path = common.find_config(config)
    names = variables(path)
    bar = common.Steps("copying")
    try:
        done = put_back(
            database_url(path),
            file,
            aside=aside,
            now=common.now(),
            say=common.progress,
            step=bar.at,
        )
    finally:
        bar.end()
    taken = f" of {shown_time(done.taken_at)}" if done.taken_at else ""
    counts = (done.sites, "site"), (done.posts, "post"), (done.events, "event")
    held = ", ".join(f"{shown_number(n)} {what}{'' if n == 1 else 's'}" for n, what in counts)
    common.out(f"Restored the backup{taken}: {held}. All of it verifies.")
    if done.aside:
        common.out(f"What was there before is now {done.aside}")
    common.out(
        f"Event {done.seam.id} marks the seam in the chain; no number before it is given out again."
    )
    if done.held:
        many = "1 alert that waited is" if done.held == 1 else f"{done.held} alerts that waited are"
        common.out(f"{many} held back. To send what is still due: postwatch notify --resume")
    if names:
        said = ", ".join(f"{n}{'' if n in os.environ else ' (not set here)'}" for n in names)
        common.out(f"The config wants these in the environment: {said}")
    common.out(
        "No backup holds API tokens; make them anew: postwatch token add NAME. Pages that are served now"
        " show what was there before: restart them."
    )
    return 0
