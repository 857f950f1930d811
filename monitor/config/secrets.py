"""Which secrets does a config hold, and which ${NAMES} does it want? For `doctor`, which must show none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from .decode import VARIABLE
from .tables import Config
from .values import Secret

#: Of these keys only what stands between ":" and "@" is secret.
_ADDRESSES = ("smtp", "proxy")
#: A secret shorter than this is a part of ordinary words: to mask it would only show it.
_SHORTEST = 4


def variables(path: Path) -> tuple[str, ...]:
    """The ${NAMES} of a config file, each once, in their order; none where it cannot be read."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # TOMLDecodeError and UnicodeDecodeError among them
        return ()
    return tuple(dict.fromkeys(n for text in _texts(raw) for n in VARIABLE.findall(text)))


def secrets(config: Config) -> tuple[str, ...]:
    """What must be shown nowhere: passwords, tokens, the values of a site's own headers."""
    found = [_password(config.database_url), config.web.password.reveal() if config.web else ""]
    found.append(_password(config.fetch.proxy.reveal()))
    found += [v.reveal() for site in config.sites for v in site.headers.values()]
    for options in config.channels.values():
        for field in msgspec.structs.fields(type(options)):
            value = getattr(options, field.name)
            if isinstance(value, Secret):
                text = value.reveal()
                found.append(_password(text) if field.name in _ADDRESSES else text)
    return tuple(dict.fromkeys(filter(None, found)))


def maskable(config: Config | None, path: Path, env: Mapping[str, str]) -> set[str]:
    """Every text to be masked in what is said of a config: its secrets as written and decoded, and the
    value of each variable it names."""
    found = {env.get(name, "") for name in variables(path)}
    for text in secrets(config) if config is not None else ():
        found |= {text, unquote(text)}
    return {text for text in found if len(text) >= _SHORTEST}


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
