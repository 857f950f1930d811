"""Versions: one per distinct article, the first and latest bytes, articles per extractor."""

from __future__ import annotations

import pytest

from monitor.errors import StoreError
from monitor.read.article import Article, Block, BlockKind, Link, Note, NoteKind
from monitor.store import Store, bodies, snapshots, sweep
from monitor.values import replace
from tests.store.build import NOW, a_post, an_answer, an_article, later, read, write


def test_all_of_a_version_comes_back(store: Store) -> None:
    post = a_post(store)
    answer = an_answer(b"<p>some words</p>", final_url="https://acme.example/final")
    row = write(store, snapshots.keep_version, 1, an_article(), answer)
    assert (row.id, row.post_id, row.number, row.digest) == (
        1,
        post.state.post_id,
        1,
        an_article().digest,
    )
    assert (row.url, row.status, row.content_type) == (
        "https://acme.example/final",
        200,
        "text/html",
    )
    assert read(store, snapshots.headers, 1) == answer.headers
    assert read(store, snapshots.headers, 99) == ()
    assert (row.peer, row.words, row.title, row.size) == (
        answer.peer,
        2,
        "A title",
        17,
    )
    assert (row.first_read_at, row.last_read_at, row.looks) == (NOW, NOW, 1)
    assert read(store, snapshots.snapshot, 1) == row
    assert read(store, snapshots.snapshots, 1) == [row]
    assert read(store, snapshots.snapshot, 2) is None
    assert read(store, bodies.body, row.body_hash) == answer.body


def test_the_same_article_is_the_same_version(store: Store) -> None:
    a_post(store)
    for n in range(3):
        write(
            store,
            snapshots.keep_version,
            1,
            an_article(),
            an_answer(b"noise %d" % n, at=later(minutes=n)),
        )
    (row,) = read(store, snapshots.snapshots, 1)
    assert (row.looks, row.first_read_at, row.last_read_at) == (3, NOW, later(minutes=2))
    assert read(store, bodies.body, row.body_hash) == b"noise 0"
    assert read(store, bodies.body, row.latest_body_hash) == b"noise 2"
    # The bytes of the look between are dropped, and nothing else.
    assert write(store, sweep.sweep) == 1
    assert read(store, bodies.body, row.body_hash) == b"noise 0"


def test_versions_are_numbered_within_their_post(store: Store) -> None:
    one, two = a_post(store, path="one"), a_post(store, path="two")
    for words in ("a", "b", "a", "c"):
        write(store, snapshots.keep_version, one.state.post_id, an_article(words), an_answer())
    other = write(store, snapshots.keep_version, two.state.post_id, an_article("a"), an_answer())
    assert other.number == 1
    rows = read(store, snapshots.snapshots, one.state.post_id)
    assert [(r.number, r.digest, r.looks) for r in rows] == [
        (1, an_article("a").digest, 2),
        (2, an_article("b").digest, 1),
        (3, an_article("c").digest, 1),
    ]


def test_a_304_moves_the_time_on_and_no_bytes(store: Store) -> None:
    a_post(store)
    before = write(store, snapshots.keep_version, 1, an_article(), an_answer())
    write(store, snapshots.touch_version, before.id, later(minutes=15))
    write(store, snapshots.touch_version, before.id, later(minutes=30), answer=an_answer(b"", 304))
    after = read(store, snapshots.snapshot, before.id)
    assert after == replace(before, last_read_at=later(minutes=30), looks=3)
    write(store, snapshots.touch_version, before.id, later(minutes=45), answer=an_answer(b"noise"))
    latest = read(store, snapshots.snapshot, before.id).latest_body_hash
    assert read(store, bodies.body, latest) == b"noise"
    with pytest.raises(StoreError, match="no version 99"):
        write(store, snapshots.touch_version, 99, NOW)


def full_article(extractor: int = 1) -> Article:
    return Article(
        title="T \ud800",
        byline="B",
        published_at="2018-01-24",
        modified_at="2018-01-25T00:00:00Z",
        blocks=(
            Block(BlockKind.HEADING, "H", "h"),
            Block(BlockKind.ITEM, "I", "i", (Link("l", "https://x/"),), "ul.li"),
        ),
        notes=(Note(NoteKind.CORRECTION, "C", "c"),),
        language="en",
        canonical="https://x/",
        extractor=extractor,
        declared=frozenset({"title", "author"}),
        digest="d",
        words=2,
    )


def test_an_article_comes_back_by_extractor(store: Store) -> None:
    a_post(store)
    row = write(store, snapshots.keep_version, 1, full_article(), an_answer())
    stored = replace(full_article(), title="T \ufffd")
    assert read(store, snapshots.article, row.id) == stored
    newer = replace(stored, extractor=2, title="Better")
    write(store, snapshots.save_article, row.id, newer)
    assert read(store, snapshots.article, row.id) == newer
    assert read(store, snapshots.article, row.id, 1) == stored
    assert read(store, snapshots.article, row.id, 3) is None
    again = replace(newer, title="Better still")
    write(store, snapshots.save_article, row.id, again)
    assert read(store, snapshots.article, row.id, 2) == again
    assert read(store, snapshots.article, 99) is None


def test_a_version_keeps_when_it_last_said_that_it_was_changed(store: Store) -> None:
    a_post(store)
    row = write(store, snapshots.keep_version, 1, full_article(), an_answer())
    stored = read(store, snapshots.article, row.id)
    later_on = replace(full_article(), modified_at="2018-02-02", shown_at="2018-02-02", words=3)
    assert (
        write(store, snapshots.keep_version, 1, later_on, an_answer(at=later(days=9))).id == row.id
    )
    now = replace(stored, modified_at="2018-02-02", shown_at="2018-02-02")
    assert read(store, snapshots.article, row.id) == now
    write(store, snapshots.redate, 99, later_on)  # no such version: nothing to keep


def test_a_version_read_otherwise_is_a_version_of_its_latest_bytes(store: Store) -> None:
    a_post(store)
    for n in range(2):
        write(
            store,
            snapshots.keep_version,
            1,
            an_article(),
            an_answer(b"x" * (5 + n), at=later(minutes=n)),
        )
    (row,) = read(store, snapshots.snapshots, 1)
    write(store, snapshots.touch_version, row.id, later(minutes=9))  # unchanged: no bytes are kept
    (row,) = read(store, snapshots.snapshots, 1)
    other = replace(an_article(), digest="f" * 64, words=1, selectors="0123456789abcdef")
    made = write(store, snapshots.keep_reading, row.id, other)
    assert write(store, snapshots.keep_reading, row.id, other) == made
    assert write(store, snapshots.keep_reading, made, an_article()) == row.id
    before, after = read(store, snapshots.snapshots, 1)
    assert before == row
    assert (after.id, after.number, after.digest, after.words) == (made, 2, "f" * 64, 1)
    assert (after.body_hash, after.latest_body_hash) == (row.latest_body_hash,) * 2
    assert (after.first_read_at, after.last_read_at) == (later(minutes=1), later(minutes=9))
    assert (after.size, after.looks, after.url) == (6, 1, row.url)
    assert read(store, snapshots.article, made) == other
    assert read(store, snapshots.article, row.id) == an_article()
