"""`verify`, `notify`, `db`: looking after the database and the channels."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import click

from ..config import Config
from ..errors import DeliveryError, StoreError, StoreForeign, UsageError, nearest
from ..units import rfc3339
from . import common, keeping, moving

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..notify import Channel


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


@click.command(
    epilog="Examples: postwatch notify --test · postwatch notify --retry · "
    "postwatch notify --rejoin desk@example.org"
)
@common.config_option
@click.option("--test", "test", is_flag=True, help="Send a sample alert through every channel.")
@click.option(
    "--retry",
    "again",
    is_flag=True,
    help="Queue once more what was refused for good; mend it first.",
)
@click.option("--resume", is_flag=True, help="Send what a restore of the database held back.")
@click.option(
    "--rejoin", metavar="ADDRESS", help="Send mail again to an address that has unsubscribed."
)
def notify(config: str | None, test: bool, again: bool, resume: bool, rejoin: str | None) -> int:
    """Send a sample alert through every channel, have another try at what was refused, send what a
    restore held back, or send mail again to who had left.

    Exits 1 and names each channel that could not deliver; the others are tried all the same.
    """
    if test + again + resume + (rejoin is not None) != 1:
        raise UsageError(
            "say one of: postwatch notify --test, --retry, --resume or --rejoin ADDRESS"
        )
    settings = common.load_config(config)
    if rejoin is not None:
        return _rejoin(settings, rejoin)
    if again:
        return _retry(settings)
    if resume:
        return _resume(settings)
    _say_held(settings)
    if not settings.channels:
        common.out("Nobody is told: the config has no channel.")
        return 0
    return asyncio.run(_samples(settings))


def _say_held(config: Config) -> None:
    from ..run.restoring import held_said

    try:
        store = common.open_store(config, write=False)
        with store.read() as conn:
            said = held_said(conn)
        store.close()
    except StoreForeign:
        raise
    except StoreError:  # a test must work without a database too
        return
    if said:
        common.progress(said)


def _resume(config: Config) -> int:
    from ..store import held
    from .triage import deliver_due

    store = common.open_store(config, write=True)
    try:
        many = store.write(held.resume)
        if not many:
            common.out("Nothing is held back.")
            return 0
        common.out(f"{_alerts(many)} held no longer")
        if not config.channels:
            common.out("Nobody is told: the config has no channel.")
            return 0
        done = asyncio.run(deliver_due(config, store))
    finally:
        store.close()
    for name, sent in done.sent.items():
        common.out(f"{name}: {sent} message{'' if sent == 1 else 's'} sent")
    for name, why in done.failed.items():
        common.progress(
            f"postwatch: channel {name} could not deliver: {why}. It is kept and tried again."
        )
    return 1 if done.failed else 0


def _retry(config: Config) -> int:
    from ..notify import open_channels
    from ..store import queue
    from ..store.given_up import retry_failed
    from ..store.withdrawn import withdrawals

    keys = {(name, r) for name, c in open_channels(config).items() for r in c.recipients()}
    store = common.open_store(config, write=True)
    try:
        with store.read() as conn:
            wrong = withdrawals(conn)
        again = partial(retry_failed, keys=keys, now=common.now(), but=wrong)
        queued = store.write(again)
        with store.read() as conn:
            left = Counter(a.channel for a in queue.failures(conn) if a.event_id not in wrong)
    finally:
        store.close()
    for name, many in queued.items():
        common.out(f"{name}: {_alerts(many)} will be tried again")
    for name, many in left.items():
        common.progress(
            f"{name}: {_alerts(many)} left as they are: no longer in the config, or unsubscribed"
        )
    if queued:
        common.out("The next `postwatch check` sends them, or the daemon within a minute.")
    elif not left:
        common.out("Nothing was given up.")
    return 0


def _rejoin(settings: Config, address: str) -> int:
    from ..store import unsubscribed

    store = common.open_store(settings, write=True)

    def write(conn: Connection) -> list[str]:
        here = [x.channel for x in unsubscribed.left(conn) if x.recipient == address.lower()]
        return [name for name in here if unsubscribed.come_back(conn, name, address)]

    try:
        back = store.write(write)
        with store.read() as conn:
            away = dict.fromkeys(x.recipient for x in unsubscribed.left(conn))
    finally:
        store.close()
    for name in back:
        common.out(f"{name}: {address} is sent mail again, of what happens from now on")
    if not back:
        near = nearest(address.lower(), away)
        hint = f' Did you mean "{near}"?' if near else ""
        raise UsageError(f'"{address}" has left no channel.{hint}')
    return 0


def _alerts(many: int) -> str:
    return f"{many} alert{'' if many == 1 else 's'}"


async def _samples(config: Config) -> int:
    from ..notify import open_channels

    failed, away = 0, _away(config)
    for name, channel in open_channels(config).items():
        for recipient in channel.recipients():
            if (name, recipient.lower()) in away:
                common.out(f"{name}: {recipient} has left; nothing was sent there")
                continue
            failed += not await _sample(config, name, channel, recipient)
        await channel.aclose()
    return 1 if failed else 0


def _away(config: Config) -> set[tuple[str, str]]:
    """Who left, as far as it can be found out: a test must work without a database too."""
    from ..store import unsubscribed

    try:
        store = common.open_store(config, write=False)
        with store.read() as conn:
            found = {(x.channel, x.recipient) for x in unsubscribed.left(conn)}
        store.close()
    except StoreForeign:
        raise
    except StoreError:
        return set()
    return found


async def _sample(config: Config, name: str, channel: Channel, recipient: str) -> bool:
    from ..run.addressed import envelope_to
    from ..show.mail import sample

    message = sample(envelope_to(config, name, recipient), at=rfc3339(common.now()))
    try:
        await channel.send(message, recipient)
    except Exception as e:  # a channel's own fault too: the others are to be tried all the same
        why = e if isinstance(e, DeliveryError) else f"{type(e).__name__}: {e}"
        common.progress(f"postwatch: channel {name} could not deliver to {recipient}: {why}")
        return False
    common.out(f"{name}: sent “{message.subject}” to {recipient}")
    return True


@click.group()
def db() -> None:
    """Back the database up and restore it, move it, migrate it, and make its search anew."""


db.add_command(keeping.backup)
db.add_command(keeping.restore)
db.add_command(moving.move)


@db.command(epilog="Example: postwatch db upgrade")
@common.config_option
def upgrade(config: str | None) -> int:
    """Bring the database's schema up to this version, after a backup beside it."""
    from ..store import search_fill

    store = common.open_store(common.load_config(config), write=True)
    if store.upgraded_from is None and not store.created:
        common.out("The database is up to date.")
    with store.read() as conn:
        unsearched = search_fill.left(conn)
    store.close()
    if unsearched:
        common.out(
            "The next checks make it searchable, a little each; all at once: postwatch db reindex"
        )
    return 0


@db.command(epilog="Example: postwatch db reindex")
@common.config_option
def reindex(config: str | None) -> int:
    """Make the search's index anew from all that is stored: some minutes for 100,000 versions.

    What is left when it is stopped is done by the next checks, or by the daemon.
    """
    from ..store import search_fill

    store = common.open_store(common.load_config(config), write=True)
    try:
        with store.lock("db reindex"):
            store.write(search_fill.again)
            with store.read() as conn:
                all_of = rest = search_fill.left(conn)
            total = all_of.posts + all_of.events
            bar = common.Bar("indexing", total, "posts and events")
            while rest:
                rest = store.write(search_fill.catch_up)
                bar.step(done=total - rest.posts - rest.events)
            bar.end()
    finally:
        store.close()
    common.out(f"The search knows {all_of.posts} posts and {all_of.events} events.")
    return 0
