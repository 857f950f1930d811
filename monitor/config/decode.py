"""From TOML values to structs: msgspec's complaints said as file, table and key; ${NAME} filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import ConfigError, nearest
from ..model import Kind
from ..units import parse_size
from .values import Duration, Every, Size, duration


class Where:
    """Turns msgspec's `$.site[0].every` into the file, table and key a person wrote."""

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self.path, self.raw = path, raw

    def fail(self, key: str, wanted: str) -> ConfigError:
        return ConfigError(f"{self.path}: {self.name(key)}: {wanted}")

    def name(self, key: str) -> str:
        """`$.site[1].every` -> `[[site]] "acme" every`; `$.fetch.timeout` -> `[fetch] timeout`."""
        m = re.fullmatch(r"\$?\.?site(?:\[(\d+)\])?(?:\.(.*))?", key)
        if m:
            sites = self.raw.get("site")
            label = f"number {int(m.group(1)) + 1}" if m.group(1) else ""
            if m.group(1) and isinstance(sites, list):
                site = sites[int(m.group(1))]
                if isinstance(site, dict) and isinstance(site.get("name"), str):
                    label = f'"{site["name"]}"'
            return " ".join(x for x in ("[[site]]", label, m.group(2) or "") if x)
        parts = key.removeprefix("$").removeprefix(".").split(".")
        if parts == [""]:
            return "top level"
        depth = 2 if parts[0] == "channels" and len(parts) > 1 else 1
        if len(parts) == 1:
            return f"[{parts[0]}]"
        return f"[{'.'.join(parts[:depth])}] {'.'.join(parts[depth:])}".strip()

    def convert(self, value: Any, to: Any, prefix: str) -> Any:
        try:
            return msgspec.convert(value, to, dec_hook=_decode)
        except msgspec.ValidationError as e:
            text, _, at = str(e).partition(" - at `")
            key = prefix + at.rstrip("`").removeprefix("$")
            raise self._said(text, key, to, value) from None

    def _said(self, text: str, key: str, to: Any, value: Any) -> ConfigError:
        unknown = re.search(r"unknown field `(.*)`", text)
        if unknown:
            known = _known_keys(to, key, value)
            near = nearest(unknown.group(1), known, least=60)
            hint = f'; did you mean "{near}"?' if near else f"; known are {', '.join(known)}"
            return self.fail(key, f'unknown key "{unknown.group(1)}"{hint}')
        missing = re.search(r"missing required field `(.*)`", text)
        if missing:
            return self.fail(key, f'the key "{missing.group(1)}" is missing')
        enum = re.search(r"Invalid enum value '(.*)'", text)
        if enum:
            kinds = [k.value for k in Kind]
            near = nearest(enum.group(1), kinds, least=60)
            hint = f'; did you mean "{near}"?' if near else f"; known are {', '.join(kinds)}"
            return self.fail(key, f'"{enum.group(1)}" is no kind of event{hint}')
        text = text.replace(" | null`", "`")
        plain = {"`str`": "a text", "`int`": "a whole number", "`bool`": "true or false"}
        plain |= {"`array`": "a list", "`object`": "a table", "`float`": "a number"}
        for code, word in plain.items():
            text = text.replace(code, word)
        return self.fail(key, text[0].lower() + text[1:])


def _known_keys(to: Any, key: str, value: Any) -> list[str]:
    """The keys of the struct that a path points into."""
    for part in re.sub(r"\[.*?\]", "", key.removeprefix("$")).split("."):
        if not part:
            continue
        for f in msgspec.structs.fields(to) if isinstance(to, type) else ():
            if f.encode_name == part:
                to = next(
                    (
                        t
                        for t in (f.type, *getattr(f.type, "__args__", ()))
                        if isinstance(t, type) and issubclass(t, msgspec.Struct)
                    ),
                    to,
                )
    return [f.encode_name for f in msgspec.structs.fields(to)] if isinstance(to, type) else []


def _decode(kind: type, value: Any) -> Any:
    if not isinstance(value, str):
        name = {bool: "true or false", int: "a number", float: "a number"}.get(
            type(value), "a list"
        )
        wanted = {
            Duration: 'a duration in quotes, such as "15m"',
            Size: 'a size in quotes, such as "10MiB"',
            Every: 'a duration in quotes, such as "15m"',
        }.get(kind, "a text")
        raise ValueError(f"expected {wanted}, got {name}")
    if kind is Duration:
        return duration(value)
    if kind is Size:
        return Size(parse_size(value))
    return kind(value)


VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(value: Any, where: Where, env: Mapping[str, str], key: str) -> Any:
    """The value with each ${NAME} taken from the environment."""
    if isinstance(value, dict):
        return {k: filled(v, where, env, f"{key}.{k}") for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, where, env, f"{key}[{i}]") for i, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def variable(m: re.Match[str]) -> str:
        if m.group(1) not in env:
            raise where.fail(key, f"the environment variable {m.group(1)} is not set")
        return env[m.group(1)]

    text = VARIABLE.sub(variable, value)
    if "${" in VARIABLE.sub("", value):
        raise where.fail(key, "holds a ${ that names no variable; write ${NAME}")
    return text
