"""`demo`: the main job in half a minute, on this machine alone."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from . import common

if TYPE_CHECKING:
    from ..demo.play import Played


@click.command(epilog="Examples: postwatch demo · postwatch demo --once --no-browser")
@click.option("--no-browser", is_flag=True, help="Do not open the pages in a browser.")
@click.option("--once", is_flag=True, help="Play, print what happened, exit.")
def demo(no_browser: bool, once: bool) -> int:
    """See a post's life played against a small blog on this machine: published, edited, an outage,
    removed, put back. Mails are left as files; the pages stay up until Ctrl-C."""
    return asyncio.run(_play(browser=not no_browser and not once, once=once))


async def _play(*, browser: bool, once: bool) -> int:
    from ..demo.play import Player

    look = common.terminal()
    stay = None if once else asyncio.Event()
    if stay is not None:
        for sig in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sig, stay.set)

    def ready(played: Played) -> None:
        page = f"{played.pages}/posts/{played.post}" if played.post else played.pages
        common.out("")
        common.out(
            f"{len(played.kinds)} events, {len(played.mails)} mails. All of it is in {played.folder}"
        )
        common.out(f"  mails:    {played.folder / 'mail'}")
        common.out(f"  history:  postwatch --config {played.folder / 'postwatch.toml'} events")
        if not once:
            common.out(f"  pages:    {page}   (until you press Ctrl-C)")
        if browser:
            import webbrowser

            webbrowser.open(page)

    player = Player(common.out, colour=look.colour, unicode=look.unicode, width=look.width)
    played = await player.play(stay=stay, ready=ready)
    if once and not played.as_told:
        common.progress(
            f"postwatch: the story did not come out as it should: events {played.kinds}, "
            f"mails {played.mail_kinds}"
        )
        return 1
    return 0
