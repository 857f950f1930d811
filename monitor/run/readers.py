"""Who on this machine may read the config, or write it? Said by `doctor`, and at each start."""

from __future__ import annotations

import shlex
import stat

from msgspec import Struct

from ..config import Config
from ..config.secrets import secrets


class Reader(Struct, frozen=True):
    """Somebody who may read or write the config's file, and how to end that."""

    what: str
    mend: str
    grave: bool  #: they should not; else it is worth knowing


def readers(config: Config) -> list[Reader]:
    """What there is to say of who may read or write the config's file; nothing where all is well."""
    path = config.path
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        around = stat.S_IMODE(path.resolve().parent.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except OSError:
        return []
    mend = f"chmod 600 {shlex.quote(str(path))}"
    if mode & stat.S_IWOTH:
        return [Reader(f"everybody on this machine can write {path} (mode {mode:o})", mend, True)]
    if around & stat.S_IWOTH and not around & stat.S_ISVTX:
        folder = path.resolve().parent
        what = f"everybody on this machine can put another file in the place of {path}"
        return [Reader(what, f"chmod o-w {shlex.quote(str(folder))}", True)]
    found = []
    if mode & stat.S_IROTH:
        what = f"everybody on this machine can read {path} (mode {mode:o})"
        if any(secret in text for secret in secrets(config)):
            what += ", and a password or token stands in it"
            mend += "; or name it there as ${NAME} and set that in the service's environment"
            found.append(Reader(what, mend, True))
        else:
            found.append(Reader(f"{what}; no secret stands in it", mend, False))
    if mode & stat.S_IWGRP:
        what = f"whoever is in the group of {path} can write it (mode {mode:o})"
        found.append(Reader(what, f"chmod g-w {shlex.quote(str(path))}", False))
    return found


def exposed(config: Config) -> str:
    """Who may write a config, or read a password in it, that should not; "" where nobody may."""
    return next((f"{r.what}; mend: {r.mend}" for r in readers(config) if r.grave), "")
