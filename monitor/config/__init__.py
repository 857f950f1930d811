"""The config: TOML decoded into frozen structs; every complaint names file, key and what is expected.

Knows no channel: `load` is given the options type of each (`notify.CHANNELS`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .check import check, is_address, is_loopback, may_listen, split_listen
from .decode import Where, filled
from .mask import masked
from .secrets import named
from .tables import (
    ChannelOptions,
    Config,
    DatabaseConfig,
    EditsConfig,
    FetchConfig,
    HealthConfig,
    LogConfig,
    RemovalConfig,
    RetentionConfig,
    ScheduleConfig,
    SiteConfig,
    Tables,
    WebConfig,
)
from .values import Duration, Every, Secret, Size

__all__ = [
    "ChannelOptions",
    "Config",
    "DatabaseConfig",
    "Duration",
    "EditsConfig",
    "Every",
    "FetchConfig",
    "HealthConfig",
    "LogConfig",
    "RemovalConfig",
    "RetentionConfig",
    "ScheduleConfig",
    "Secret",
    "SiteConfig",
    "Size",
    "WebConfig",
    "database_at",
    "database_url",
    "is_address",
    "is_loopback",
    "load",
    "masked",
    "may_listen",
    "split_listen",
    "stamp_of",
]


def stamp_of(path: Path) -> tuple[int, int]:
    """What differs once a file was written: when it was, and its size; zeros where there is none."""
    try:
        st = path.stat()
    except OSError:
        return (0, 0)
    return (st.st_mtime_ns, st.st_size)


def load(
    path: Path, channels: Mapping[str, type[ChannelOptions]], env: Mapping[str, str] | None = None
) -> Config:
    """The checked config of a TOML file. ConfigError names the file, the key and what is expected."""
    environment = os.environ if env is None else env
    stamp = stamp_of(path)  # first: a change under our eyes is one to come
    raw = _raw(path)
    with _hidden(raw, environment):
        return _read(path, stamp, raw, channels, environment)


def _read(
    path: Path,
    stamp: tuple[int, int],
    raw: dict[str, Any],
    channels: Mapping[str, type[ChannelOptions]],
    environment: Mapping[str, str],
) -> Config:
    where = Where(path, raw)
    tables = where.convert(filled(raw, where, environment, ""), Tables, "$")
    options = {
        name: _channel(where, name, table, channels) for name, table in tables.channels.items()
    }
    config = Config(
        path=path,
        database_url=_database_url(tables.database.url.reveal(), path, where),
        fetch=tables.fetch,
        schedule=tables.schedule,
        removal=tables.removal,
        edits=tables.edits,
        sites=tables.site,
        channels=options,
        health=tables.health,
        web=tables.web,
        retention=tables.retention,
        log=tables.log,
        stamp=stamp,
    )
    check(config, where)
    return config


def database_url(path: Path, env: Mapping[str, str] | None = None) -> str:
    """The database that a config names, whatever else in it is wrong or not set; else as `load`."""
    raw = _raw(path)
    where, table = Where(path, raw), raw.get("database", {})
    environment = os.environ if env is None else env
    with _hidden(raw, environment):
        given = filled(table, where, environment, "$.database")
        database: DatabaseConfig = where.convert(given, DatabaseConfig, "$.database")
        return _database_url(database.url.reveal(), path, where)


def database_at(path: Path, text: str, env: Mapping[str, str] | None = None) -> str:
    """The database that `text` would name as [database] url of a config file; ConfigError as there."""
    where = Where(path, {})
    given: str = filled(text, where, os.environ if env is None else env, "$.database.url")
    return _database_url(given, path, where)


@contextmanager
def _hidden(raw: dict[str, Any], env: Mapping[str, str]) -> Iterator[None]:
    """A complaint quotes what is written: with *** for all that came from the environment."""
    try:
        yield
    except ConfigError as e:
        raise ConfigError(masked(str(e), (env.get(n, "") for n in named(raw)))) from None


def _raw(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file. Write one with: postwatch init") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror})") from None
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{path}: not valid TOML: {e}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from None


def _channel(
    where: Where, name: str, table: Any, channels: Mapping[str, type[ChannelOptions]]
) -> ChannelOptions:
    key = f"$.channels.{name}"
    kind = table.get("type") if isinstance(table, dict) else None
    if isinstance(table, dict) and kind is None:
        raise where.fail(key, 'the key "type" is missing')
    if not isinstance(kind, str) or kind not in channels:
        known = ", ".join(f'"{c}"' for c in channels)
        raise where.fail(f"{key}.type", f"expected one of {known}, not {kind!r}")
    options: ChannelOptions = where.convert(table, channels[kind], key)
    return options


def _database_url(url: str, path: Path, where: Where) -> str:
    if url.startswith("sqlite:///"):
        file = url.removeprefix("sqlite:///")
        if not file:
            raise where.fail("database.url", "names no file")
        return "sqlite:///" + str((path.resolve().parent / file).resolve())
    if url.startswith("postgresql+psycopg://"):
        place = url.partition("://")[2].rpartition("@")[2].partition("/")[0]
        port = place.rpartition("]")[2].partition(":")[2].partition("?")[0]
        if port and not port.isdecimal():
            raise where.fail("database.url", "expected a port from 1 to 65535")
        return url
    scheme = url.partition(":")[0]
    raise where.fail(
        "database.url", f'expected "sqlite:///FILE" or "postgresql+psycopg://…", not "{scheme}:…"'
    )
