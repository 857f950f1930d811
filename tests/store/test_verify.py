"""`verify` names every fault and finds none where there is none; `sweep` drops what nothing names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from monitor.model import Role
from monitor.store import Store, bodies, observations, sites, snapshots, sweep, tables, verify
from tests.store.build import (
    NOW,
    a_look,
    a_post,
    an_answer,
    an_article,
    appended,
    later,
    read,
    write,
)

_B = tables.bodies


def filled(store: Store) -> None:
    """A post with two versions, looks that missed it, a robots.txt, two events."""
    post = a_post(store)
    for n, words in enumerate(("one", "two")):
        body = b"<p>long enough to be worth a keyframe</p>" * 50 + words.encode()
        write(store, snapshots.keep_version, 1, an_article(words), an_answer(body), later(hours=n))
    write(store, observations.observe, a_look(post))
    write(store, observations.observe, a_look(post, role=Role.MADE_UP, post_id=None))
    site = read(store, sites.site, post.site_id)
    robots = write(store, bodies.keep_body, b"User-agent: *")
    write(store, sites.save_site, replace(site, robots_body=robots, robots_at=NOW))
    appended(store)
    appended(store)


def test_nothing_is_wrong_with_what_we_write(store: Store) -> None:
    assert read(store, verify.verify) == []
    filled(store)
    assert read(store, verify.verify) == []
    assert write(store, sweep.sweep) == 0
    assert read(store, verify.verify) == []


def first(conn: Any) -> str:
    found: str = conn.execute(select(tables.snapshots.c.body_hash).limit(1)).scalar_one()
    return found


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda c: c.execute(
                update(_B).where(_B.c.hash == first(c)).values(data=b"x", encoding="raw")
            ),
            "are not those it names",
        ),
        (lambda c: c.execute(delete(_B).where(_B.c.base.is_not(None))), "is missing from bodies"),
        (lambda c: c.execute(delete(tables.header_sets)), "is missing from header_sets"),
        (lambda c: c.execute(delete(tables.certificates)), "is missing from certificates"),
        (
            lambda c: c.execute(delete(tables.articles)),
            "version 1 of post 1: its article is missing",
        ),
        (
            lambda c: c.execute(update(tables.articles).values(data=b"x")),
            "version 1 of post 1: the article of version 1 cannot be read",
        ),
        (
            lambda c: c.execute(delete(tables.events).where(tables.events.c.id == 2)),
            "event 2 is missing",
        ),
    ],
)
def test_damage_is_named(store: Store, damage: Callable[[Any], Any], said: str) -> None:
    filled(store)
    store.write(lambda c: damage(c) and None)
    assert any(said in line for line in read(store, verify.verify)), read(store, verify.verify)


def test_a_sweep_keeps_the_keyframes_of_what_is_named(store: Store) -> None:
    filled(store)
    page = b"<p>a page of its own, told over and over</p>" * 60
    key = write(store, bodies.keep_body, page)
    delta = write(store, bodies.keep_body, page + b"2", near=key)
    post = a_post(store)
    write(store, observations.observe, a_look(post, an_answer(page + b"2", 410)))
    loose = write(store, bodies.keep_body, page + b"3", near=key)
    assert write(store, sweep.sweep) == 1
    with store.read() as conn:
        kept = set(conn.execute(select(_B.c.hash)).scalars())
    assert {key, delta} <= kept and loose not in kept
    assert read(store, verify.verify) == []
