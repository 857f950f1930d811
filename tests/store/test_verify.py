"""`verify` names every fault and finds none where there is none; `sweep` drops what nothing names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from monitor.errors import StoreError
from monitor.model import AlertState, Role
from monitor.store import (
    Store,
    bodies,
    dialect,
    events,
    forget,
    observations,
    outlines,
    posts,
    queue,
    scrub,
    sites,
    snapshots,
    sweep,
    tables,
    verify,
)
from monitor.values import replace
from tests.store.build import (
    NOW,
    a_look,
    a_post,
    an_answer,
    an_article,
    an_event,
    appended,
    later,
    page,
    read,
    write,
)

_B = tables.bodies


def filled(store: Store) -> None:
    """A post with two versions, looks that missed it, a robots.txt, two events."""
    post = a_post(store)
    for n, words in enumerate(("one", "two")):
        body = page(1, words=300, noise=words)
        write(
            store, snapshots.keep_version, 1, an_article(words), an_answer(body, at=later(hours=n))
        )
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


def without_version(conn: Any, number: int, latest: int = 2) -> None:
    """Takes a version away with all that is its, as a clumsy hand would."""
    conn.execute(update(tables.posts).values(snapshot=latest))
    conn.execute(delete(tables.articles).where(tables.articles.c.snapshot_id == number))
    conn.execute(delete(tables.snapshots).where(tables.snapshots.c.id == number))


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
        (lambda c: without_version(c, 1), "post 1: a version is missing: its newest is number 2"),
        (lambda c: without_version(c, 2), "post 1: its version with the id 2 is missing"),
        (
            lambda c: without_version(c, 2, latest=1),
            "event 3: the version with the id 2 that it names is missing",
        ),
    ],
)
def test_damage_is_named(store: Store, damage: Callable[[Any], Any], said: str) -> None:
    filled(store)
    store.write(lambda c: c.execute(update(tables.posts).values(snapshot=2)) and None)
    appended(store, replace(an_event(), post=1, snapshot_before=1, snapshot_after=2))
    assert read(store, verify.verify) == []
    store.write(lambda c: damage(c) and None)
    assert any(said in line for line in read(store, verify.verify)), read(store, verify.verify)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET record = replace(record, '{', '[')",
        "UPDATE events SET record = replace(record, 'removed', 'remowed')",
        "UPDATE events SET detected_at = 9000000000000000000",
        "UPDATE posts SET state = '{}'",
        "UPDATE posts SET state = 'x'",
        "UPDATE sites SET view = '[]'",
        "UPDATE observations SET hops = '{'",
        "UPDATE observations SET role = 'nobody'",
    ],
)
def test_what_is_damaged_is_said_by_who_reads_it(store: Store, damage: str) -> None:
    filled(store)
    store.write(lambda c: c.exec_driver_sql(damage) and None)
    readers: tuple[Callable[[Any], object], ...] = (
        lambda c: events.events(c),
        lambda c: outlines.outlines(c, since=NOW - timedelta(days=1), limit=9),
        lambda c: posts.posts(c, 1),
        lambda c: sites.sites(c),
        lambda c: observations.observations(c),
    )
    said = []
    for reader in readers:
        try:
            read(store, reader)
        except StoreError as e:
            said.append(str(e))
    assert len(said) == 1 and "`postwatch verify` says where" in said[0]
    assert ("events" in damage) == any("event 1: " in line for line in read(store, verify.verify))


def test_a_text_that_is_none_any_more_hides_nothing(sqlite_url: str) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: NOW) as store:
        filled(store)
        bits = "CAST(replace(CAST({0} AS BLOB), 'acme', x'E1636D65') AS TEXT)"
        for column, table in (("record", "events"), ("url", "snapshots"), ("hash", "header_sets")):
            if column == "hash":
                change = "CAST(x'E1' || CAST(substr(hash, 2) AS BLOB) AS TEXT)"
            else:
                change = bits.format(column)
            store.write(
                lambda c, t=table, n=column, to=change: (  # type: ignore[misc]
                    c.exec_driver_sql(f"UPDATE {t} SET {n} = {to}") and None
                )
            )
        faults = read(store, verify.verify)
        assert any(f.startswith("event 1: its record was altered") for f in faults)
        assert any("missing from header_sets" in f for f in faults)
        with pytest.raises(StoreError, match="UTF-8"):
            read(store, events.events)


def test_a_sweep_keeps_the_keyframes_of_what_is_named(store: Store) -> None:
    filled(store)
    one, two, three = (page(2, words=300, noise=n) for n in "123")
    key = write(store, bodies.keep_body, one)
    delta = write(store, bodies.keep_body, two, near=key)
    post = a_post(store)
    write(store, observations.observe, a_look(post, an_answer(two, 410)))
    loose = write(store, bodies.keep_body, three, near=key)
    assert write(store, sweep.sweep) == 1
    with store.read() as conn:
        kept = set(conn.execute(select(_B.c.hash)).scalars())
    assert {key, delta} <= kept and loose not in kept
    assert read(store, verify.verify) == []


def test_a_forgotten_post_leaves_its_url_and_its_place_in_the_chain(store: Store) -> None:
    filled(store)
    other = a_post(store, path="other")
    kept = write(
        store,
        snapshots.keep_version,
        other.state.post_id,
        an_article("kept"),
        an_answer(b"kept"),
    )
    assert read(store, forget.forgotten) == frozenset()
    assert write(store, forget.forget_post, 1, NOW) > 0
    assert read(store, verify.verify) == []
    assert read(store, forget.forgotten) == {1}
    row = read(store, posts.post, 1)
    assert row.state.url == "https://acme.example/a/" and row.state.title == "" and not row.watched
    assert read(store, posts.find_post, row.key) == [row]
    assert read(store, snapshots.snapshots, 1) == []
    assert read(store, observations.observations, post_id=1) == []
    assert all(events.is_stub(e) for e in read(store, events.events))
    assert read(store, bodies.body, kept.body_hash) == b"kept"
    assert read(store, snapshots.snapshots, other.state.post_id) == [kept]
    with store.read() as conn:
        assert len(conn.execute(select(_B)).all()) == 3  # the other's, a control look's, robots.txt
    # Numbers of what is gone are not given out again.
    fresh = write(store, snapshots.keep_version, 1, an_article("new"), an_answer(b"new"))
    assert fresh.id > kept.id
    with pytest.raises(StoreError, match="no post 99"):
        write(store, forget.forget_post, 99, NOW)


def test_what_is_a_delta_of_forgotten_bytes_is_kept_whole(store: Store) -> None:
    gone, other = a_post(store, path="gone"), a_post(store, path="other")
    one, two = (page(7, words=300, noise=n) for n in ("gone", "kept"))
    version = write(
        store, snapshots.keep_version, gone.state.post_id, an_article("x"), an_answer(one)
    )
    delta = write(store, bodies.keep_body, two, near=version.body_hash)
    write(store, observations.observe, a_look(other, an_answer(two, 410)))
    with store.read() as conn:
        base = conn.execute(select(_B.c.base).where(_B.c.hash == delta)).scalar_one()
    assert base == version.body_hash
    write(store, forget.forget_post, gone.state.post_id, NOW)
    assert read(store, bodies.find_body, version.body_hash) is None
    assert read(store, bodies.body, delta) == two
    assert read(store, verify.verify) == []


def test_alerts_of_a_forgotten_post_are_not_sent(store: Store) -> None:
    filled(store)
    write(store, queue.add_alerts, 1, [("mail", "desk@example.org")], NOW)
    write(store, forget.forget_post, 1, NOW)
    [alert] = read(store, queue.alerts, event_id=1)
    assert alert.state is AlertState.WITHDRAWN


def test_a_scrubbed_file_holds_nothing_that_was_deleted(store: Store) -> None:
    word = "Quillfeather"
    row = a_post(store)
    body = f"<p>{word} {'and more ' * 300}</p>".encode()
    write(store, snapshots.keep_version, 1, an_article(word, title=word), an_answer(body))
    appended(store, an_event(title=word))
    assert read(store, posts.post, 1).state.url == row.state.url
    write(store, forget.forget_post, 1, NOW)
    scrub.scrub(store)
    assert read(store, verify.verify) == []
    if store.path is None:
        return
    for file in store.path.parent.iterdir():
        assert word.lower().encode() not in file.read_bytes().lower(), file


def test_a_scrub_that_readers_hinder_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if store.path is None:
        return
    filled(store)
    monkeypatch.setitem(dialect.PRAGMAS, "busy_timeout", 50)
    with store.read() as conn:
        events.events(conn)
        write(store, forget.forget_post, 1, NOW)
        with pytest.raises(StoreError, match="another program reads the database"):
            scrub.scrub(store)
    scrub.scrub(store)
    assert read(store, verify.verify) == []


def test_numbers_of_deleted_rows_are_not_given_out_again(store: Store) -> None:
    last = a_post(store, path="last")
    store.write(lambda c: c.execute(delete(tables.posts)) and None)
    assert a_post(store, last.site_id, path="next").state.post_id == last.state.post_id + 1
