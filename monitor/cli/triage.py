"""`ack`, `dismiss`, `note` and `retract`: what a person has to say of an event."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..config import Config
from ..errors import UsageError
from ..units import rfc3339
from . import common

if TYPE_CHECKING:
    from ..run.deliver import Delivered
    from ..run.retract import Withdrawn
    from ..run.triage import Marked
    from ..store import Store
    from ..store.marks import MarkKind

_by_option = click.option("--by", default="", metavar="NAME", help="Who says so.")
_note_option = click.option("--note", "text", default="", metavar="TEXT", help="A remark to keep.")


@click.command(epilog='Example: postwatch ack 12 --by Rosa --note "I write about it tomorrow"')
@common.config_option
@click.argument("what", metavar="EVENT-or-BATCH")
@_note_option
@_by_option
@common.json_option
def ack(config: str | None, what: str, text: str, by: str, as_json: bool) -> int:
    """Mark an event, or all events of a batch, as seen: no more reminders of it.

    For us alone: nobody is told, and the event stays as it is.
    """
    from ..store.marks import MarkKind

    _say(_mark(config, what, MarkKind.ACK, text, by), as_json)
    return 0


@click.command(epilog='Example: postwatch dismiss 12 --note "Their reading time again"')
@common.config_option
@click.argument("what", metavar="EVENT-or-BATCH")
@_note_option
@_by_option
@common.json_option
def dismiss(config: str | None, what: str, text: str, by: str, as_json: bool) -> int:
    """Mark an event, or all events of a batch, as noise: no more reminders of it.

    For us alone: nobody is told, and the event stays as it is. What was false and told to others is
    taken back with: postwatch retract. Of an edit the rule is shown that leaves out the part of the
    page that changed, with what it would have muted.
    """
    from ..store.marks import MarkKind
    from .ignoring import offer_rule

    done = _mark(config, what, MarkKind.DISMISS, text, by)
    _say(done, as_json)
    if not as_json:
        common.progress(
            "Whoever was told of it still believes it. If it was false: "
            f"postwatch retract {what.strip()} --why TEXT"
        )
        edited = next((one.event.id for one in done if one.event.fields), None)
        if edited is not None:
            offer_rule(common.load_config(config), edited)
    return 0


@click.command(epilog='Example: postwatch note 12 "Their press office says it was a mistake"')
@common.config_option
@click.argument("what", metavar="EVENT-or-BATCH")
@click.argument("text", metavar="TEXT")
@_by_option
@common.json_option
def note(config: str | None, what: str, text: str, by: str, as_json: bool) -> int:
    """Keep a remark beside an event, or beside all events of a batch. For us alone."""
    from ..store.marks import MarkKind

    _say(_mark(config, what, MarkKind.NOTE, text, by), as_json)
    return 0


def _mark(config: str | None, what: str, kind: MarkKind, text: str, by: str) -> tuple[Marked, ...]:
    from ..run.triage import mark

    store = common.open_store(common.load_config(config), write=True)
    try:
        return store.write(mark(what.strip(), kind, text=text, by=by, now=common.now()))
    finally:
        store.close()


def _say(done: Sequence[Marked], as_json: bool) -> None:
    """What was marked, an event a line; and what comes of it."""
    from ..run.triage import said
    from ..show.terminal import event_row

    unicode = common.terminal().unicode
    for one in done:
        if as_json:
            common.out_json(mark_record(one))
            continue
        common.out(event_row(one.event, unicode=unicode))
        if one.already is not None:
            common.out(f"      already {said(one.already)}")
        if one.mark is not one.already:
            common.out(f"      {said(one.mark)}")
    if not as_json and any(one.reminders for one in done):
        common.out(f"No more reminders of {'it' if len(done) == 1 else 'them'}.")


def mark_record(one: Marked) -> dict[str, Any]:
    """One mark as `ack`, `dismiss` and `note` give it with `--json`."""
    return {
        "event": one.event.id,
        "kind": one.mark.kind.value,
        "text": one.mark.text,
        "by": one.mark.by,
        "at": rfc3339(one.mark.at),
        "already": one.already is not None,
        "reminders_dropped": one.reminders,
    }


@click.command(
    epilog='Examples: postwatch retract 12 --why "The server was being moved" --by Rosa · '
    'postwatch retract 9f86d081884c7d65 --why "A new CDN answered 404" --json'
)
@common.config_option
@click.argument("what", metavar="EVENT-or-BATCH")
@click.option(
    "--why", required=True, metavar="TEXT", help="What was wrong; everyone told reads it."
)
@_by_option
@common.json_option
def retract(config: str | None, what: str, why: str, by: str, as_json: bool) -> int:
    """Withdraw an event, or all events of a batch: it was false.

    Everyone who had it is told at once, in the same thread of mails; where it had not been sent yet,
    it is not sent any more. The post returns to its state before, and the same answer is not told
    again until the post has been seen live. The event itself is never rewritten: a "retracted" event
    follows it.
    """
    from ..run.retract import retract as taking_back
    from ..run.triage import MOST_NAME, MOST_WORDS
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
        failed = asyncio.run(deliver_due(settings, store, as_json)).failed if done.told else {}
    finally:
        store.close()
    _print(settings, done, as_json)
    for channel, reason in failed.items():
        common.progress(
            f"postwatch: channel {channel} could not deliver: {reason}. It is kept and tried again."
        )
    return 1 if failed else 0


async def deliver_due(config: Config, store: Store, as_json: bool = False) -> Delivered:
    """Sends all that is due; what it came to."""
    from ..run.deliver import deliver
    from ..run.opening import opened

    async with opened(config, store, json_output=as_json) as ctx:
        return await deliver(ctx)


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
