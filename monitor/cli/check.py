"""`check`: one pass over what is due, alerts delivered, what was found printed."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import click

from ..config import Config
from ..errors import StoreError, StoreFull
from ..model import Event, Kind
from . import common

if TYPE_CHECKING:
    from ..run.check import PassResult
    from ..run.deliver import Delivered
    from ..store import Store


@click.command(
    epilog="Examples: postwatch check · postwatch check --site acme --wait · postwatch check --all --json"
)
@common.config_option
@click.option(
    "--all", "everything", is_flag=True, help="Every source and post now, removed ones too."
)
@click.option("--wait", is_flag=True, help="Stay until what is suspected is decided.")
@click.option(
    "--site", "names", multiple=True, metavar="NAME", help="This site alone (repeatable)."
)
@common.json_option
def check(
    config: str | None, everything: bool, wait: bool, names: tuple[str, ...], as_json: bool
) -> int:
    """Look once at what is due, send the alerts, and say what was found.

    Exits 0 also when a site cannot be reached (that is a finding), 1 if part of our own work failed.
    """
    from ..net.loop import new_loop
    from ..run.room import Cry, database_file, is_full
    from ..store import queue

    settings = common.load_config(config)
    only = common.site_names(settings, names)
    for site in settings.sites:
        if site.render != "never":
            common.progress(
                f'{site.name}: render = "{site.render}" is not built yet; fetched plainly'
            )
    try:
        store = common.open_store(settings, write=True)
        try:
            with store.lock("check"):
                store.write(queue.release_all)
                with asyncio.Runner(loop_factory=new_loop) as runner:
                    return runner.run(_run(settings, store, only, everything, wait, as_json))
        finally:
            store.close()
    except StoreError as e:
        if is_full(e, database_file(settings)):
            cry, but = Cry(database_file(settings)), _to_spare(settings)
            told = asyncio.run(cry.tell(settings, e, common.now(), but=but, json_output=as_json))
            for name, why in told.items():
                common.progress(f"postwatch: channel {name} could not deliver: {why}")
            full = "" if isinstance(e, StoreFull) else " The disk is full."
            raise StoreFull(f"{e}.{full} Make room, and run this again") from e
        raise


def _to_spare(config: Config) -> set[tuple[str, str]]:
    from ..run.room import to_spare

    try:
        with common.open_store(config, write=False) as store:
            return to_spare(store)
    except StoreError:
        return set()


async def _run(
    config: Config, store: Store, only: tuple[str, ...], everything: bool, wait: bool, as_json: bool
) -> int:
    from ..run.check import check
    from ..run.deliver import deliver
    from ..run.departed import departed, said
    from ..run.opening import opened
    from ..run.ping import ping, was_good
    from ..run.renamed import renamed
    from ..run.restoring import held_said
    from ..run.retaining import retain
    from ..run.searching import fill_search
    from ..store import queue

    failed = False
    common.warn_of_readers(config)
    with store.read() as conn:
        away, held, other = departed(conn, config), held_said(conn), renamed(conn, config)
    for line in (*map(said, away), *filter(None, (held,)), *other):
        common.progress(line)
    async with opened(config, store, json_output=as_json) as ctx:
        gc.freeze()  # cycles are looked for in what the pass makes, not in what was loaded
        while True:
            bar = common.Bar("checking", len(only) or len(config.sites), "sites")
            result: PassResult = await check(
                ctx, only=only, everything=everything, progress=bar.step
            )
            bar.end()
            store.write(partial(queue.hurry, now=ctx.clock()))  # somebody stands here and waits
            done = await deliver(ctx)
            with store.read() as conn:
                done.failed = {**queue.stuck(conn, config.channels), **done.failed}
                refused = Counter(a.channel for a in queue.failures(conn))
            failed = _report(config, result, done, refused, as_json) or failed
            if was_good(ctx, result) and (why := await ping(ctx)):
                common.progress(f"[health] ping could not be fetched: {why}")
            # While a site can't be seen nothing of it is decided, however long one waits.
            suspected = sum(o.suspected for o in result.outcomes if o.view.up)
            if not wait or not suspected:
                break
            pause = config.removal.confirm_every.total_seconds()
            many = f"{suspected} post{'' if suspected == 1 else 's'}"
            common.progress(f"{many} suspected; looking again in {pause:.0f} s (Ctrl-C leaves it)")
            await asyncio.sleep(pause)
            everything = False
        unsearched = await fill_search(ctx.store)
        await retain(ctx)
    if unsearched:
        common.progress(
            "the search does not know yet all that was stored before: the next checks go on with it, or"
            " do it at once: postwatch db reindex"
        )
    return 1 if failed else 0


def _report(
    config: Config, result: PassResult, done: Delivered, refused: Counter[str], as_json: bool
) -> bool:
    """Prints a pass; `refused`: alerts given up by channel. True where our work failed in part."""
    if as_json:
        for event in result.events:
            common.out_json(event.as_record())
    else:
        _print(config, result, done)
    for outcome in result.outcomes:
        for url in outcome.never_seen:
            common.progress(f"{outcome.name}: no article could be read at {url}; is it right?")
    for part in result.failed:
        common.progress(f"postwatch: the check of {part}")
    if result.no_room:
        common.progress(f"postwatch: nothing was looked at: {result.no_room}")
    for channel, why in done.failed.items():
        common.progress(
            f"postwatch: channel {channel} could not deliver: {why}. {_kept(refused[channel])}"
        )
    return bool(result.troubles or done.failed)


def _kept(refused: int) -> str:
    """What becomes of alerts that were not delivered."""
    if not refused:
        return "It is kept and tried again."
    them = "1 alert was" if refused == 1 else f"{refused} alerts were"
    return f"{them} given up, and kept. Once that is mended: postwatch notify --retry"


def _print(config: Config, result: PassResult, done: Delivered) -> None:
    from ..show.terminal import SiteLine, event_lines, site_lines

    look = common.terminal()
    if result.blind and not result.no_room:
        common.out(
            "We could not look: every site failed at DNS or connect. It is our network, not theirs."
        )
    lines = [
        SiteLine(
            name=o.name,
            posts=o.posts,
            view=o.view,
            due=o.due,
            events=o.events,
            note=_note(o.baseline, o.suspected),
        )
        for o in result.outcomes
    ]
    if lines:
        common.out(site_lines(lines, colour=look.colour, unicode=look.unicode, width=look.width))
    for event in result.events:
        common.out("")
        common.out(event_lines(event, colour=look.colour, unicode=look.unicode, width=look.width))
    if result.events:
        common.out("")
    common.out(_summary(config, result.events, done, bool(result.outcomes)))


def _note(baseline: bool, suspected: int) -> str:
    notes = []
    if baseline:
        notes.append("first pass: the baseline, nothing is reported of it")
    if suspected:
        notes.append(f"{suspected} suspected, not confirmed yet")
    return "; ".join(notes)


def _summary(config: Config, events: list[Event], done: Delivered, looked: bool) -> str:
    sent = sum(done.sent.values())
    through = ", ".join(done.sent)
    many = len(events)
    if not config.sites:
        return "No sites are watched yet. Add one: postwatch add https://example.com/blog/"
    text = f"{many} change{'' if many == 1 else 's'}" if many else "no change"
    if not looked and not many:
        text = "nothing was due"
    if sent:
        text += f", {sent} alert{'' if sent == 1 else 's'} sent by {through}"
    if not config.channels:
        text += "; nobody is told: the config has no channel"
    if any(e.kind is Kind.REMOVED for e in events):
        text += ". Open it yourself before you print"
    return text[0].upper() + text[1:] + "."
