"""`sites rename`: a site keeps its life under a new name, in the database and in the config."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from ..errors import StoreBusy, UsageError, nearest
from . import common
from .config_file import rewrite

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..config import Config


@click.command(epilog="Example: postwatch sites rename acme acme-news")
@common.config_option
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def rename(config: str | None, old: str, new: str) -> int:
    """Give a site another name: its history goes on, and the config follows, comments kept.

    Also where the config has the new name already. Events keep the name they were told under.
    """
    from ..store import sites

    settings = common.load_config(config)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", new):
        raise UsageError(f'"{new}": expected letters, digits, - and _')
    names = [s.name for s in settings.sites]
    if old == new:
        raise UsageError(f'it is called "{new}" already')
    if old in names and new in names:
        raise UsageError(f'the config has both "{old}" and "{new}": a name is for one site')
    store = common.open_store(settings, write=True)
    try:
        with store.read() as conn:
            done = old in names and _was_renamed(conn, settings, old, new)
            if not done:
                _must_go(conn, old, new)
        try:
            with store.lock("sites rename"):
                if not done:
                    store.write(lambda conn: sites.rename_site(conn, old, new))
        except StoreBusy as e:
            raise StoreBusy(f"{e}: stop it first, it knows the site by its old name") from e
    finally:
        store.close()
    if old in names:
        rewrite(settings.path, lambda document: _rename_in(document, old, new))
    common.out(f'"{old}" is now called "{new}"; its history goes on.')
    if old not in names and new not in names:
        common.out(f"{settings.path} has neither name: the site is not watched.")
    return 0


def _was_renamed(conn: Connection, config: Config, old: str, new: str) -> bool:
    """Whether the database did this before, and the config did not come to it: what is left of a rename
    that was killed, or that found no room to write the config."""
    from ..store import sites

    site, rows = config.site(old), {r.name: r for r in sites.sites(conn)}
    return old not in rows and new in rows and site is not None and rows[new].url == site.url


def _must_go(conn: Connection, old: str, new: str) -> None:
    """UsageError where there is no such site, or the new name has a life of its own."""
    from ..store import posts, sites
    from ..store.forget import forgotten

    rows = {r.name: r for r in sites.sites(conn)}
    if old not in rows:
        near = nearest(old, rows)
        hint = f' Did you mean "{near}"?' if near else ""
        raise UsageError(f'no site "{old}" in the database.{hint}')
    if new not in rows:
        return
    erased = forgotten(conn) & {p.state.post_id for p in posts.posts(conn, rows[new].id)}
    if erased or not sites.makes_room(conn, rows[old], rows[new]):
        raise UsageError(
            f'"{new}" has a history of its own already: two histories can\'t become one. Choose another name'
        )


def _rename_in(document: Any, old: str, new: str) -> None:
    for site in document.get("site", ()):
        if site.get("name") == old:
            site["name"] = new
    for channel in document.get("channels", {}).values():
        named = channel.get("sites")
        for place, name in enumerate(named or ()):
            if name == old:
                named[place] = new
