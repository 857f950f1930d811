"""`verify`, `notify --test`, `db upgrade`: looking after the database and the channels."""

from __future__ import annotations

import asyncio

import click

from ..config import Config
from ..errors import DeliveryError, UsageError
from ..units import rfc3339
from . import common


@click.command(epilog="Example: postwatch verify")
@common.config_option
def verify(config: str | None) -> int:
    """Check every stored snapshot and the event chain against their hashes."""
    from ..store.verify import verify as find_faults

    store = common.open_store(common.load_config(config), write=False)
    with store.read() as conn:
        faults = find_faults(conn)
    store.close()
    for fault in faults:
        common.out(fault)
    many = len(faults)
    common.out(
        "All is as it was written." if not faults else f"{many} fault{'' if many == 1 else 's'}."
    )
    return 1 if faults else 0


@click.command(epilog="Example: postwatch notify --test")
@common.config_option
@click.option("--test", "test", is_flag=True, help="Send a sample alert through every channel.")
def notify(config: str | None, test: bool) -> int:
    """Send a sample alert through every channel, and say what was sent where."""
    if not test:
        raise UsageError("say what to send: postwatch notify --test")
    settings = common.load_config(config)
    if not settings.channels:
        common.out("Nobody is told: the config has no channel.")
        return 0
    return asyncio.run(_samples(settings))


async def _samples(config: Config) -> int:
    from ..notify import CHANNELS
    from ..show.mail import sample

    failed = 0
    for name, options in config.channels.items():
        channel = CHANNELS[options.type].open(name, options, json_output=False)
        sender = getattr(options, "from_", "") or "postwatch@localhost"
        for recipient in channel.recipients():
            message = sample(
                channel=name,
                sender=sender,
                recipient=recipient,
                base_url=config.web.base_url if config.web else "",
                install=sender.rpartition("@")[2] or "localhost",
                at=rfc3339(common.now()),
            )
            try:
                await channel.send(message, recipient)
            except DeliveryError as e:
                failed += 1
                common.progress(f"postwatch: channel {name} could not deliver to {recipient}: {e}")
            else:
                common.out(f"{name}: sent “{message.subject}” to {recipient}")
        await channel.aclose()
    return 1 if failed else 0


@click.group()
def db() -> None:
    """Migrate the database."""


@db.command(epilog="Example: postwatch db upgrade")
@common.config_option
def upgrade(config: str | None) -> int:
    """Bring the database's schema up to this version, after a backup beside it."""
    store = common.open_store(common.load_config(config), write=True)
    if store.upgraded_from is None and not store.created:
        common.out("The database is up to date.")
    store.close()
    return 0
