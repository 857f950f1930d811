"""`token add|revoke|list`: who reads the API, feeds and metrics without the password."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import click

from ..errors import UsageError, nearest
from ..units import rfc3339, rfc3339_or_none, shown_time
from . import common

if TYPE_CHECKING:
    from ..store.tokens import Token

#: As the names of sites are.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@click.group(epilog="Example: postwatch token add newsroom")
def token() -> None:
    """Tokens that read the API, the feeds and /metrics without the password."""


@token.command(epilog="Example: postwatch token add newsroom")
@common.config_option
@click.argument("name", metavar="NAME")
@common.json_option
def add(config: str | None, name: str, as_json: bool) -> int:
    """Make a token and print it, this once: only its hash is kept."""
    from ..store import tokens

    if not _NAME.fullmatch(name):
        raise UsageError(f'token name "{name}": expected letters, digits, - and _, at most 64')
    store = common.open_store(common.load_config(config), write=True)
    made, now = tokens.token(secrets.token_bytes(32)), common.now()
    try:
        fresh = store.write(lambda conn: tokens.add(conn, name, made, now))
    finally:
        store.close()
    if not fresh:
        raise UsageError(
            f'there is a token "{name}" already; its text is not kept, so make another, or first: '
            f"postwatch token revoke {name}"
        )
    if as_json:
        common.out_json({"name": name, "token": made, "created_at": rfc3339(now)})
        return 0
    common.out(made)
    common.progress(
        "It is shown this once. Send it as a header: Authorization: Bearer TOKEN. "
        f"It is good until: postwatch token revoke {name}"
    )
    return 0


@token.command(epilog="Example: postwatch token revoke newsroom")
@common.config_option
@click.argument("name", metavar="NAME")
def revoke(config: str | None, name: str) -> int:
    """Make a token good for nothing, at once."""
    from ..store import tokens

    store = common.open_store(common.load_config(config), write=True)
    try:
        gone = store.write(lambda conn: tokens.revoke(conn, name))
        with store.read() as conn:
            known = [t.name for t in tokens.tokens(conn)]
    finally:
        store.close()
    if not gone:
        near = nearest(name, known)
        hint = f' Did you mean "{near}"?' if near else " See: postwatch token list"
        raise UsageError(f'no token "{name}".{hint}')
    common.out(f"revoked {name}")
    return 0


@token.command("list", epilog="Example: postwatch token list --json")
@common.config_option
@common.json_option
def list_(config: str | None, as_json: bool) -> int:
    """The tokens by name, and when each was last used, to the hour."""
    from ..store import tokens

    store = common.open_store(common.load_config(config), write=False)
    with store.read() as conn:
        found = tokens.tokens(conn)
    store.close()
    for one in found:
        if as_json:
            common.out_json(token_record(one))
        else:
            last = f"last used {shown_time(one.last_used_at)}" if one.last_used_at else "never used"
            common.out(f"{one.name:<24} made {shown_time(one.created_at)}, {last}")
    if not found and not as_json:
        common.out("No tokens. Make one: postwatch token add NAME")
    return 0


def token_record(one: Token) -> dict[str, str | None]:
    """One token as `token list --json` gives it."""
    return {
        "name": one.name,
        "created_at": rfc3339(one.created_at),
        "last_used_at": rfc3339_or_none(one.last_used_at),
    }
