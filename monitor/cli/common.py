"""What the commands share: finding the config, opening the database, writing results and progress."""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct

from ..config import Config, load
from ..config.secrets import within
from ..errors import ConfigError, UsageError, nearest
from . import log_lines

if TYPE_CHECKING:
    from ..store import Store

#: In the root context's object: the config that is used.
FOUND = "found"

F = TypeVar("F", bound=Callable[..., Any])


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def config_option(command: F) -> F:
    """`--config` after the command as well as before it."""
    return click.option("--config", "config", metavar="PATH", help="The config file.")(command)


def json_option(command: F) -> F:
    """`--json`: JSON Lines and nothing else on stdout."""
    return click.option(
        "--json", "as_json", is_flag=True, help="JSON Lines, and nothing else, on stdout."
    )(command)


def places() -> list[Path]:
    """Where a config is looked for when none is named, in order."""
    import platformdirs

    return [
        Path("postwatch.toml"),
        Path("config.toml"),
        platformdirs.user_config_path("postwatch") / "config.toml",
        Path("/etc/postwatch/config.toml"),
    ]


def named_config(given: str | None) -> Path | None:
    """The config that is named on the command line or in the environment, existing or not."""
    ctx = click.get_current_context()
    top = (ctx.find_root().obj or {}).get("config")
    name = given or top or os.environ.get("POSTWATCH_CONFIG")
    return Path(name) if name else None


def find_config(given: str | None) -> Path:
    """The config file to be used, noted for who says how to run this otherwise; ConfigError where there
    is none."""
    named = named_config(given)
    for path in [named] if named is not None else places():
        if path is named or path.is_file():
            click.get_current_context().find_root().ensure_object(dict)[FOUND] = path
            return path
    raise ConfigError("no config found. Write one with: postwatch init")


def as_owner(owner: str, typed: Sequence[str], config: Path) -> str:
    """The command that does what was `typed` as another user, `owner` as sudo takes it. sudo keeps the
    folder, and neither environment nor home, so the config is named; a path typed stays as it is."""
    words = list(typed)
    while "--config" in words[:-1]:
        at = words.index("--config")
        del words[at : at + 2]
    words = [w for w in words if not w.startswith("--config=")]
    program = sys.argv[0] if Path(sys.argv[0]).name == "postwatch" else "postwatch"
    return shlex.join(["sudo", "-u", owner, program, "--config", str(config.resolve()), *words])


def load_config(given: str | None) -> Config:
    """The checked config, and logging set up as it says."""
    from ..notify import option_types

    path = find_config(given)
    config = load(path, option_types())
    log_lines.hide(within(config, path, os.environ))
    log_lines.begin(config.log.format)
    return config


def warn_of_readers(config: Config) -> None:
    """Says on stderr who can write the config, or read a secret in it, that should not."""
    from ..run.readers import exposed

    if said := exposed(config):
        progress(f"postwatch: {said}")


def open_store(config: Config, *, write: bool) -> Store:
    """The database. A command that writes creates a missing SQLite file and upgrades an old schema,
    saying so; one that reads does neither."""
    from ..store import Store

    store = Store.open(config.database_url, create=write, upgrade=write, clock=now)
    if store.created:
        progress(f"created {store.path or 'the database'}")
    if store.upgraded_from is not None:
        kept = f" (backup: {store.backup})" if store.backup else ""
        progress(f"upgraded the database from {store.upgraded_from}{kept}")
    return store


def site_names(config: Config, names: Iterable[str], known: Iterable[str] = ()) -> tuple[str, ...]:
    """The names, each a site of the config (or one the database knows); UsageError names the nearest."""
    all_names = list(dict.fromkeys([*(s.name for s in config.sites), *known]))
    for name in names:
        if name not in all_names:
            near = nearest(name, all_names)
            hint = f' Did you mean "{near}"?' if near else ""
            raise UsageError(f'no site "{name}" in {config.path}.{hint}')
    return tuple(names)


class Terminal(Struct, frozen=True):
    """How results may be drawn on this stdout."""

    colour: bool
    unicode: bool
    width: int


def terminal() -> Terminal:
    """Colour only on a terminal that wants it (NO_COLOR, TERM=dumb, --no-color); ASCII where the
    encoding is not UTF-8."""
    obj = click.get_current_context().find_root().obj or {}
    tty = sys.stdout.isatty()
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or obj.get("no_color")
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    width = shutil.get_terminal_size().columns if tty else 100
    return Terminal(tty and not plain, encoding == "utf8", width)


def out(text: str) -> None:
    """A result, to stdout; characters the terminal can't show become question marks."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding))


def out_json(value: dict[str, Any]) -> None:
    """One JSON line, to stdout."""
    sys.stdout.buffer.write(
        json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    )
    sys.stdout.buffer.flush()


def progress(text: str) -> None:
    """What is going on, to stderr; a line of the log where that is JSON."""
    if log_lines.are_json():
        logging.getLogger("postwatch").info("%s", text)
    else:
        click.echo(log_lines.hidden(text), err=True)


class Bar:
    """A line on stderr that says how far a long work is, on a terminal alone."""

    def __init__(self, what: str, total: int, things: str) -> None:
        self._what, self._total, self._things = what, total, things
        self._done = 0
        self._tty = sys.stderr.isatty() and total > 1

    def step(self, name: str = "", *, done: int | None = None) -> None:
        """One more is done, this one; or so many by now."""
        self._done = self._done + 1 if done is None else done
        if self._tty:
            named = f" ({name})" if name else ""
            line = f"\r\x1b[K{self._what}: {self._done:,} of {self._total:,} {self._things}{named}"
            click.echo(line, err=True, nl=False)

    def end(self) -> None:
        """Takes the line away."""
        if self._tty and self._done:
            click.echo("\r\x1b[K", err=True, nl=False)


class Steps:
    """A bar that comes up only where work takes longer than two seconds."""

    def __init__(self, what: str) -> None:
        self._bar: Bar | None = None
        self._what = what
        self._began = time.monotonic()

    def at(self, done: int, total: int) -> None:
        """So much is done by now."""
        if self._bar is None and time.monotonic() - self._began > 2:
            self._bar = Bar(self._what, total, "parts")
        if self._bar is not None:
            self._bar.step(done=done)

    def end(self) -> None:
        """Takes the line away."""
        if self._bar is not None:
            self._bar.end()
