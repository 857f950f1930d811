"""`forget`: lawful erasure of one post."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import StoreBusy, UsageError
from ..units import shown_number, shown_time
from . import common

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..store import Store
    from ..store.left_copies import LeftCopy
    from ..store.rows import PostRow


@click.command(epilog="Example: postwatch forget https://example.com/blog/a --yes")
@common.config_option
@click.argument("url")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(config: str | None, url: str, yes: bool) -> int:
    """Erase a post for good: every version, look, text and word of it.

    A stub of each of its events stays in the chain, without content, and the chain still verifies. Its
    addresses are never looked at again, whatever names them. What left the database (backups, exports,
    mails) is beyond us: those that may hold it are named.
    """
    from ..store.forget import forget_post, forgotten
    from ..store.scrub import scrub
    from .history import find_posts

    settings = common.load_config(config)
    store = common.open_store(settings, write=True)
    try:
        with store.read() as conn:
            found = find_posts(conn, settings, url)
            gone = forgotten(conn)
            fresh = [p for p in found if p.state.post_id not in gone]
            said = [_what(conn, p) for p in fresh]
            since = min((t for p in found if (t := _since(conn, p))), default=None)
        for line in said:
            common.progress(line)
        if fresh and not yes:
            _ask()
        try:
            with store.lock("forget"):
                for post in fresh:
                    number = post.state.post_id
                    store.write(lambda conn, n=number: forget_post(conn, n, common.now()))  # type: ignore[misc]
                common.progress("writing the database anew, without it …")
                scrub(store)
        except StoreBusy as e:
            raise StoreBusy(f"{e}: stop it first") from e
        with store.read() as conn:
            copies = _copies(conn, store, since if fresh else None)
    finally:
        store.close()
    many = len(found)
    common.out(
        f"Forgotten{'' if fresh else ' before'}: {url}"
        + (f", in {many} sites" if many > 1 else "")
        + ". No word of it is in the database's files, but where another post's page shows its headline;"
        " it is never looked at again."
    )
    _say_copies(copies)
    return 0


def _what(conn: Connection, post: PostRow) -> str:
    from ..show.plain import one_line
    from ..store import events, observations, snapshots

    number = post.state.post_id
    versions = len(snapshots.snapshots(conn, number))
    told = len(events.events(conn, post_id=number))
    looks = sum(r.looks for r in observations.observations(conn, post_id=number, limit=1_000_000))
    title = one_line(post.state.title, 200) or "no headline"
    counts = (versions, "version"), (told, "event"), (looks, "look")
    held = ", ".join(f"{shown_number(n)} {what}{'' if n == 1 else 's'}" for n, what in counts)
    return f"{post.state.site}: “{title}” at {one_line(post.state.url, 400)}: {held}"


def _since(conn: Connection, post: PostRow) -> datetime | None:
    from ..store import snapshots

    first = snapshots.snapshots(conn, post.state.post_id)[:1]
    times = [post.state.first_seen_at, *(v.first_read_at for v in first)]
    return min((t for t in times if t is not None), default=None)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise UsageError("nothing was erased: it can't be undone, so say --yes")
    if not click.confirm("Erase it for good? This can't be undone.", default=False, err=True):
        raise click.Abort


def _copies(conn: Connection, store: Store, since: datetime | None) -> list[tuple[str, str]]:
    """(where, what) of all that may still hold it: what was written since it was first read."""
    from ..store.left_copies import CopyKind, left_copies

    words = {
        CopyKind.BACKUP: "a backup",
        CopyKind.EXPORT: "an export: make it anew",
        CopyKind.ASIDE: "what a restore moved aside",
    }

    def said(copy: LeftCopy) -> str:
        there = (
            "" if not copy.path.startswith("/") or Path(copy.path).exists() else ", not there now"
        )
        return f"{words[copy.kind]}, of {shown_time(copy.at)}{there}"

    found = {c.path: said(c) for c in left_copies(conn) if since is None or c.at >= since}
    if store.path is not None:
        for file in sorted(store.path.parent.glob(f"{store.path.name}.*")):
            name = file.name.removeprefix(f"{store.path.name}.")
            if name.startswith("before-") and file.suffix == ".bak":
                found.setdefault(str(file.absolute()), "the copy that an upgrade made")
            elif name.startswith("aside-"):
                found.setdefault(str(file.absolute()), words[CopyKind.ASIDE])
    return sorted(found.items())


def _say_copies(copies: list[tuple[str, str]]) -> None:
    if copies:
        common.out("These may still hold it; delete them, or make them anew:")
        for where, what in copies:
            common.out(f"  {where}  ({what})")
    common.out("Mails and messages that were sent, and copies made by others, are beyond us.")
