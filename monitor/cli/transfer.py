"""`export`: out of the database, into files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from ..errors import UsageError
from . import common


@click.group(epilog="Example: postwatch export site -o public")
def export() -> None:
    """Write what is kept into files."""


@export.command(epilog="Example: postwatch export site -o public --site acme")
@common.config_option
@click.option(
    "-o",
    "folder",
    metavar="FOLDER",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to.",
)
@click.option("--site", metavar="NAME", help="This site alone.")
@click.option(
    "--address",
    metavar="URL",
    default="",
    help="Where the folder will be published: its feeds' links lead there.",
)
def site(config: str | None, folder: Path, site: str | None, address: str) -> int:
    """Write the pages as a folder that opens from disk and can be published.

    What it shows is what everybody may see: no controls, no notes, no recipients. Their bytes are in it as
    text or as files to save, never as pages. A second run writes what has changed.
    """
    from ..store import sites
    from ..store.left_copies import CopyKind, remember
    from ..web.publishing.folder import publish

    if address and not address.startswith(("http://", "https://")):
        raise UsageError(
            f'--address "{address}": expected a URL such as https://example.org/watched'
        )
    settings = common.load_config(config)
    store = common.open_store(settings, write=False)
    try:
        if site is not None:
            with store.read() as conn:
                common.site_names(settings, [site], [s.name for s in sites.sites(conn)])
        done = asyncio.run(
            publish(
                store,
                settings,
                folder,
                site=site or "",
                address=address,
                now=common.now(),
                say=common.progress,
            )
        )
        store.write(lambda conn: remember(conn, CopyKind.EXPORT, folder, common.now()))
    finally:
        store.close()
    common.out(
        f"{folder / 'index.html'}: {done.files:,} files, {done.written:,} written,"
        f" {done.removed:,} removed"
    )
    return 0
