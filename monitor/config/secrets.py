"""Which secrets does a config hold, and which ${NAMES} does it want? For whoever must show none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from .decode import VARIABLE
from .tables import Config
from .values import Secret

#: Of these keys only what stands between ":" and "@" is secret.
_ADDRESSES = ("smtp", "proxy")
#: A path of the address that is pinged is a token from so many characters on.
_TOKEN = 8


def variables(path: Path) -> tuple[str, ...]:
    """The ${NAMES} of a config file, each once, in their order; none where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text) if "$" in text or "\\" in text else {}  # 10 ms for 2,000 posts
    except (OSError, ValueError):  # TOMLDecodeError and UnicodeDecodeError among them
        return ()
    return named(raw)


def named(raw: Any) -> tuple[str, ...]:
    """The ${NAMES} of what a config file says, each once, in their order."""
    return tuple(dict.fromkeys(n for text in _texts(raw) for n in VARIABLE.findall(text)))


def secrets(config: Config) -> tuple[str, ...]:
    """What must be shown nowhere: passwords, tokens, the values of a site's own headers, the path of the
    address that is pinged."""
    found = [_password(config.database_url), config.web.password.reveal() if config.web else ""]
    found.append(_password(config.fetch.proxy.reveal()))
    path = config.health.ping.partition("://")[2].partition("/")[2]
    found.append(path if len(path) >= _TOKEN else "")
    found += [v.reveal() for site in config.sites for v in site.headers.values()]
    for options in config.channels.values():
        for field in msgspec.structs.fields(type(options)):
            value = getattr(options, field.name)
            if isinstance(value, Secret):
                text = value.reveal()
                found.append(_password(text) if field.name in _ADDRESSES else text)
    return tuple(dict.fromkeys(filter(None, found)))


def maskable(config: Config | None, path: Path, env: Mapping[str, str]) -> set[str]:
    """Every text to be masked in what is said of a config: its secrets, and the value of each variable it
    names."""
    found = {env.get(name, "") for name in variables(path)}
    return found | set(secrets(config) if config is not None else ())


def within(config: Config, path: Path, env: Mapping[str, str]) -> set[str]:
    """What must be masked wherever we speak of anything else: the config's secrets, and the values of those
    variables that are one, or a part of one. A host or a folder may come from the environment as well."""
    hidden = set(secrets(config))
    values = {env.get(name, "") for name in variables(path)}
    return hidden | {v for v in values if v and any(v in text for text in hidden)}


def _password(url: str) -> str:
    """What stands between user and host of an address."""
    login, found, _ = url.partition("://")[2].rpartition("@")
    return login.partition(":")[2] if found else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
