"""`doctor`: what is wrong and how to mend it; and all that a successor needs."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..config import Config, masked
from ..errors import PostwatchError, StoreError, StoreForeign
from . import common

if TYPE_CHECKING:
    from ..show.checkup import Finding
    from ..store import Store


#: Seconds that a database is waited for after all else has answered.
LONGEST = 7.0


@click.command(epilog="Examples: postwatch doctor · postwatch doctor --handover")
@common.config_option
@common.json_option
@click.option("--handover", is_flag=True, help="Print all that a successor needs to know instead.")
def doctor(config: str | None, as_json: bool, handover: bool) -> int:
    """What is wrong with config, database, mail and network, and how to mend it.

    Nothing is changed and nothing is sent: mail is rehearsed up to the recipients. Exits 1 only for what
    you can mend.
    """
    # The system's resolver waits 5 s a try and name server: too long to be waited for here.
    os.environ.setdefault("RES_OPTIONS", "timeout:2 attempts:2")
    path = common.find_config(config)
    try:
        settings = common.load_config(str(path))
    except PostwatchError as e:
        _show(_bad_config(path, e), path, None, as_json)
        raise
    if handover:
        return _hand_over(settings)
    findings, error = _examined(settings)
    mend = _show(findings, path, settings, as_json)
    if error is not None:
        return error.exit_code
    return 1 if mend else 0


def _bad_config(path: Path, error: PostwatchError) -> list[Finding]:
    from ..run.doctor import machine
    from ..show.checkup import Finding, Level

    mend = f"correct it in {path}" if path.exists() else "postwatch init"
    return [Finding("config", Level.MEND, str(error), mend), *machine.program_findings()]


def _examined(settings: Config) -> tuple[list[Finding], StoreError | None]:
    """All that was found, and why the database could not be opened, where it could not."""
    from ..run import doctor as looks
    from ..run.doctor import channels, database, machine

    findings = [*machine.config_findings(settings), *channels.standing(settings)]
    findings += machine.program_findings()
    foreign = database.owned_by_another(
        settings, lambda owner: common.as_owner(owner, ["doctor"], settings.path)
    )
    asked: list[Finding] = []
    error: list[StoreError] = []

    def ask() -> None:
        try:
            with common.open_store(settings, write=False) as store:
                asked.extend(looks.of_database(settings, store, common.now(), time.monotonic))
        except StoreError as e:
            asked.append(database.unusable(settings, e))
            error.append(e)

    # In a thread that nobody has to wait for: a server's database may answer never.
    thread = threading.Thread(target=ask, daemon=True)
    if foreign is None:
        thread.start()
    else:
        findings.append(foreign)  # opening it would leave files of ours beside it
    found = asyncio.run(
        looks.of_network(settings, lambda text: common.progress(f"postwatch: {text}"))
    )
    if foreign is None:
        thread.join(looks.SILENT)
        if thread.is_alive():
            common.progress("postwatch: waiting for the database …")
            thread.join(LONGEST)
        if thread.is_alive():
            findings.append(database.silent())
    return [*findings, *asked, *found], next(iter(error), None)


def _show(findings: list[Finding], path: Path, settings: Config | None, as_json: bool) -> bool:
    """Prints what was found; whether there is anything to mend."""
    from ..config.secrets import maskable
    from ..show import checkup
    from ..show.checkup import Level, drawn, in_order, verdict

    clean = in_order(checkup.masked(findings, maskable(settings, path, os.environ)))
    if as_json:
        for finding in clean:
            common.out_json(finding.as_dict())
    else:
        look = common.terminal()
        width = min(look.width, 100) if sys.stdout.isatty() else 0
        common.out(drawn(clean, colour=look.colour, unicode=look.unicode, width=width))
        common.progress(verdict(clean))
    return any(f.level is Level.MEND for f in clean)


def _hand_over(settings: Config) -> int:
    from ..config.secrets import secrets
    from ..run.doctor.handover import handover

    store: Store | None = None
    try:
        store = common.open_store(settings, write=False)
    except StoreError as e:
        common.progress(f"postwatch: {e}")
        if isinstance(e, StoreForeign):
            common.progress(common.as_owner(e.owner, ["doctor", "--handover"], settings.path))
    try:
        hidden = secrets(settings)
        for line in handover(settings, store, os.environ, common.now()):
            common.out(masked(line, hidden))
    finally:
        if store is not None:
            store.close()
    return 0 if store is not None else 1
