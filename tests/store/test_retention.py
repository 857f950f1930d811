"""What [retention] lets go of, and what it never does: nothing that stands beside an event."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.errors import BodyDropped
from monitor.model import Kind, Role
from monitor.store import (
    Store,
    bodies,
    meta,
    observations,
    posts,
    retention,
    snapshots,
    sweep,
    verify,
)
from monitor.store.retention import LetGo, Limits
from monitor.store.rows import PostRow, SnapshotRow
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

YEARS = timedelta(days=3 * 365)


def version(store: Store, row: PostRow, n: int, at: datetime, body: bytes = b"") -> SnapshotRow:
    kept: SnapshotRow = write(
        store,
        snapshots.keep_version,
        row.state.post_id,
        an_article(f"text {n}"),
        an_answer(body or page(1, words=300, noise=f"<i>{n}</i>"), at=at),
    )
    current = read(store, posts.post, row.state.post_id)
    state = replace(current.state, snapshot=kept.id)
    write(store, posts.save_post, replace(current, state=state))
    return kept


def gone(store: Store, limits: Limits, size: int = 2000) -> LetGo:
    """All steps of one day."""
    done = LetGo()
    for _ in range(200):
        step: LetGo = write(store, retention.let_go, limits, size)
        done += step
        if not done.more:
            assert read(store, meta.value, "retention_place") == ""
            return done
    raise AssertionError("it never ends")


@pytest.mark.parametrize("size", [20, 2000])
def test_the_bytes_of_old_copies_go_but_not_beside_an_event(store: Store, size: int) -> None:
    row = a_post(store)
    kept = [version(store, row, n, later(days=n)) for n in range(6)]
    told = an_event(Kind.EDITED, snapshot_before=kept[2].id, snapshot_after=kept[3].id)
    appended(store, told)
    before = NOW + YEARS
    assert gone(store, Limits(None, None), size) == LetGo()
    assert gone(store, Limits(NOW - YEARS, None), size) == LetGo()
    # The first one is what the others are deltas of; the newest is what the next is compared with.
    assert gone(store, Limits(before, None), size) == LetGo(copies=2)
    there = [read(store, bodies.is_kept, v.body_hash) for v in kept]
    assert there == [True, False, True, True, False, True]
    assert read(store, snapshots.snapshots, 1)[1] == kept[1]  # its hashes, times and size
    assert read(store, snapshots.article, kept[1].id) == an_article("text 1")
    assert read(store, bodies.find_body, kept[1].body_hash) is None
    with pytest.raises(BodyDropped):
        read(store, bodies.body, kept[1].body_hash)
    assert read(store, verify.verify) == []
    write(store, sweep.sweep)
    assert read(store, verify.verify) == []
    # The same bytes come again: they are kept again.
    version(store, row, 1, later(days=9))
    assert read(store, bodies.is_kept, kept[1].body_hash)
    assert read(store, verify.verify) == []


def test_bytes_that_something_else_names_stay(store: Store) -> None:
    row, other = a_post(store), a_post(store, path="b")
    same = b"the very same bytes at two addresses"
    one = version(store, row, 1, NOW, same)
    version(store, row, 2, NOW, b"and others")
    version(store, other, 1, NOW, same)
    assert gone(store, Limits(NOW + YEARS, None)) == LetGo()
    assert read(store, bodies.is_kept, one.body_hash)


def looked(store: Store, row: PostRow, days: float, status: int, role: Role = Role.POST) -> int:
    answer = an_answer(f"answer {status}".encode(), status, at=later(days=days))
    of = {"post_id": row.state.post_id if role is Role.POST else None, "role": role}
    number: int = write(store, observations.observe, a_look(row, answer, **of))
    return number


def ids(store: Store) -> set[int]:
    return {o.id for o in read(store, observations.observations, site_id=1)}


@pytest.mark.parametrize("size", [20, 2000])
def test_old_looks_go_but_not_about_an_event_nor_the_latest(store: Store, size: int) -> None:
    row = a_post(store)
    first = [looked(store, row, d, 500 + d) for d in range(3)]
    control = [looked(store, row, d, 500 + d, Role.HOME) for d in range(3)]
    # A removal, with the looks that led to it, the home page beside them among these.
    led = [looked(store, row, 40 + d, 404 + d) for d in range(2)]
    beside = [looked(store, row, 40 + d, 600 + d, Role.HOME) for d in range(2)]
    appended(store, an_event(detected_at=later(days=41, hours=1)))
    # Edits rest on no control page.
    appended(store, an_event(Kind.EDITED, detected_at=later(days=1), post=99))
    last = looked(store, row, 80, 200)
    last_home = looked(store, row, 80, 200, Role.HOME)
    assert gone(store, Limits(None, later(days=-1)), size) == LetGo()
    assert gone(store, Limits(None, NOW + YEARS), size) == LetGo(looks=6)
    assert ids(store) == {*led, *beside, last, last_home}
    assert not {*first, *control} & ids(store)
    write(store, sweep.sweep)
    assert read(store, verify.verify) == []


def test_bytes_of_old_looks_go_before_the_looks_do(store: Store) -> None:
    row = a_post(store)
    old = looked(store, row, 0, 500)
    looked(store, row, 300, 200)
    assert gone(store, Limits(later(days=100), later(days=-1))) == LetGo(answers=1)
    assert read(store, observations.observation, old).body_hash == ""
    assert gone(store, Limits(later(days=100), later(days=-1))) == LetGo()
    write(store, sweep.sweep)
    assert read(store, verify.verify) == []
