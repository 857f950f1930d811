"""`db backup` and `db restore`: the database as one file, and back again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..config import database_url
from ..config.secrets import maskable, variables
from ..units import shown_number, shown_size, shown_time
from . import common, log_lines

if TYPE_CHECKING:
    from ..run.restoring import Restored

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
@click.option("--yes", is_flag=True, help="Do not ask whether to move aside what is there.")
def restore(config: str | None, file: Path, yes: bool) -> int:
    """Put a backup in the place of the config's database.

    It is checked first, whole; one that does not verify is refused. What the database holds is moved
    aside, whole, and said where; on a terminal you are asked first. No number of an event, post or copy is
    given out twice, the seam stands in the chain, and alerts that waited are held until:
    postwatch notify --resume
    """
    from ..store.present import Occupied

    path = common.find_config(config)
    names = variables(path)
    # The rest of the config may be wrong, or its variables not set: only the database is asked for.
    log_lines.hide(maskable(None, path, os.environ))
    try:
        done = _put_back(path, file, aside=yes or not sys.stdin.isatty())
    except Occupied as e:
        common.progress(f"{e}.")
        if not click.confirm("Move it there, and restore the backup?", default=False, err=True):
            raise click.Abort from None
        done = _put_back(path, file, aside=True)
    taken = f" of {shown_time(done.taken_at)}" if done.taken_at else ""
    counts = (done.sites, "site"), (done.posts, "post"), (done.events, "event")
    held = ", ".join(f"{shown_number(n)} {what}{'' if n == 1 else 's'}" for n, what in counts)
    common.out(f"Restored the backup{taken}: {held}. All of it verifies.")
    if done.aside:
        common.out(f"What was there before is now {done.aside}")
    common.out(
        f"Event {done.seam.id} marks the seam in the chain; no number before it is given out again."
    )
    if done.erased:
        many = "1 post" if done.erased == 1 else f"{done.erased} posts"
        common.out(f"{many} that had been forgotten since the backup was erased from it again.")
    if done.held:
        many = "1 alert that waited is" if done.held == 1 else f"{done.held} alerts that waited are"
        common.out(f"{many} held back. To send what is still due: postwatch notify --resume")
    if names:
        said = ", ".join(f"{n}{'' if n in os.environ else ' (not set here)'}" for n in names)
        common.out(f"The config wants these in the environment: {said}")
    common.out(
        "No backup holds API tokens; make them anew: postwatch token add NAME. Pages that are served now"
        " must be started again."
    )
    return 0


def _put_back(config: Path, file: Path, *, aside: bool) -> Restored:
    from ..run.restoring import restore as put_back

    bar = common.Steps("copying")
    try:
        return put_back(
            database_url(config),
            file,
            aside=aside,
            now=common.now(),
            say=common.progress,
            step=bar.at,
        )
    finally:
        bar.end()
