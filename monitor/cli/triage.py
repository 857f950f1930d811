"""`retract`: what a person has to say of an event."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import click

from ..config import Config
from ..errors import UsageError
from . import common

if TYPE_CHECKING:
    from ..run.retract import Withdrawn
    from ..store import Store

#: Longer reasons are no reason.
MOST_WORDS, MOST_NAME = 2000, 200


@click.command(
    epilog='Examples: postwatch retract 12 --why "The server was being moved" --by Rosa · '
    'postwatch retract 9f86d081884c7d65 --why "A new CDN answered 404" --json'
)
@common.config_option
@click.argument("what", metavar="EVENT-or-BATCH")
@click.option(
    "--why", required=True, metavar="TEXT", help="What was wrong; everyone told reads it."
)
@click.option("--by", default="", metavar="NAME", help="Who says so.")
@common.json_option
def retract(config: str | None, what: str, why: str, by: str, as_json: bool) -> int:
    """Withdraw an event, or all events of a batch: it was false.

    Everyone who had it is told at once, in the same thread of mails; where it had not been sent yet,
    it is not sent any more. The post returns to its state before, and the same answer is not told
    again until the post has been seen live. The event itself is never rewritten: a "retracted" event
    follows it.
    """
    from ..run.retract import retract as taking_back
    from ..show.plain import one_line

    said, name = one_line(why, MOST_WORDS), one_line(by, MOST_NAME)
    if not said:
        raise UsageError('say why: postwatch retract EVENT --why "what was wrong"')
    settings = common.load_config(config)
    store = common.open_store(settings, write=True)
    try:
        done = store.write(
            taking_back(
                what.strip(), why=said, by=name, now=common.now(), rng=random.SystemRandom()
            )
        )
        failed = asyncio.run(_deliver(settings, store, as_json)) if done.told else {}
    finally:
        store.close()
    _print(settings, done, as_json)
    for channel, reason in failed.items():
        common.progress(
            f"postwatch: channel {channel} could not deliver: {reason}. It is kept and tried again."
        )
    return 1 if failed else 0


async def _deliver(config: Config, store: Store, as_json: bool) -> dict[str, str]:
    """Sends what is due, the corrections among it; why by channel, where one could not."""
    from ..run.deliver import deliver
    from ..run.opening import opened

    async with opened(config, store, json_output=as_json) as ctx:
        return (await deliver(ctx)).failed


def _print(config: Config, done: Withdrawn, as_json: bool) -> None:
    from ..show.terminal import event_lines

    look = common.terminal()
    for event in done.events:
        if as_json:
            common.out_json(event.as_record())
            continue
        common.out(event_lines(event, colour=look.colour, unicode=look.unicode, width=look.width))
        common.out(f"{' ' * 20}{event.evidence[1]}\n")
    if not as_json:
        common.out(_summary(config, done))
    for event in done.resting:
        common.progress(
            f"Event {event.id} says that the post came back, but now it was never gone. If that is "
            f"wrong as well: postwatch retract {event.id} --why TEXT"
        )


def _summary(config: Config, done: Withdrawn) -> str:
    many = len(done.events)
    text = f"{many} event{'' if many == 1 else 's'} withdrawn"
    told = len(done.told)
    if told:
        channels = ", ".join(dict.fromkeys(channel for channel, _ in done.told))
        text += f"; {told} who had {'it' if many == 1 else 'them'} told by {channels}"
    if done.spared:
        alerts = "1 alert" if done.spared == 1 else f"{done.spared} alerts"
        text += f"; {alerts} that waited will not be sent"
    if not told and not done.spared:
        text += "; nobody had been told of " + ("it" if many == 1 else "them")
    return text + "."
