"""A token opens until it is revoked, is kept as a hash alone, and its use is written down now and then."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from monitor.store import Store, tokens
from monitor.store.tokens import USED_WITHIN, Token, token
from tests.store.build import NOW, read, write

ONE, TWO = token(bytes(32)), token(bytes(range(32)))


def test_a_token_is_known_by_its_hash_until_it_is_revoked(store: Store) -> None:
    assert write(store, tokens.add, "newsroom", ONE, NOW)
    assert not write(store, tokens.add, "newsroom", TWO, NOW)
    assert write(store, tokens.add, "archive", TWO, NOW)
    assert read(store, tokens.tokens) == [Token("archive", NOW, None), Token("newsroom", NOW, None)]
    assert read(store, tokens.bearer, ONE) == Token("newsroom", NOW, None)
    for wrong in ("", ONE[:-1], ONE.upper(), f" {ONE}", "\udc80", "x" * 10_000):
        assert read(store, tokens.bearer, wrong) is None
    with store.read() as conn:
        kept = str(conn.execute(text("SELECT * FROM tokens")).all())
    assert ONE not in kept and TWO.removeprefix("postwatch_") not in kept
    assert write(store, tokens.revoke, "newsroom")
    assert not write(store, tokens.revoke, "newsroom")
    assert read(store, tokens.bearer, ONE) is None
    assert read(store, tokens.bearer, TWO) is not None


def test_its_last_use_is_kept_to_the_hour(store: Store) -> None:
    write(store, tokens.add, "newsroom", ONE, NOW)
    never = read(store, tokens.bearer, ONE)
    assert never is not None and tokens.is_stale(never, NOW)
    write(store, tokens.used, "newsroom", NOW)
    once = read(store, tokens.bearer, ONE)
    assert once is not None and once.last_used_at == NOW
    assert not tokens.is_stale(once, NOW + USED_WITHIN - timedelta(seconds=1))
    assert tokens.is_stale(once, NOW + USED_WITHIN)
