"""A database moved to another place is the same one: rows, numbers, secrets, chain; or nothing was moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from monitor.errors import StoreBusy, StoreError, UsageError
from monitor.store import (
    Store,
    copying,
    left_copies,
    meta,
    move,
    queue,
    search_fill,
    tables,
    tokens,
    verify,
)
from monitor.store.copying import NUMBERED, last_number
from tests.store.build import NOW, a_post, appended, clock, read, write
from tests.store.conftest import schema_url
from tests.store.test_backup import filled


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of another database that is empty."""
    if request.param == "to sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
    else:
        yield from schema_url()


def moved(store: Store, url: str, **kw: Any) -> move.Moved:
    return move.move(store, url, now=NOW, say=lambda _: None, **kw)


def all_rows(store: Store) -> dict[str, list[str]]:
    """All rows but those of the search's progress, and the copy that is remembered."""
    with store.read() as conn:
        found = {
            t.name: sorted(map(str, conn.execute(select(t)).all()))
            for t in tables.metadata.sorted_tables
        }
    found["meta"] = [m for m in found["meta"] if "search_" not in m and "copy:" not in m]
    return found


def test_all_of_it_arrives_and_numbers_go_on(store: Store, target: str) -> None:
    filled(store)
    gone = a_post(store, path="gone")
    write(
        store,
        lambda c: c.execute(delete(tables.posts).where(tables.posts.c.id == gone.state.post_id)),
    )
    before = all_rows(store)
    steps: list[tuple[int, int]] = []
    counts = moved(store, target, step=lambda *s: steps.append(s))
    assert (counts["posts"], counts["snapshots"], counts["events"]) == (1, 3, 2)
    assert steps[-1] == (1, 1)
    assert all_rows(store) == before  # the source is as it was
    with Store.open(target, clock=clock) as there:
        assert all_rows(there) == before
        assert read(there, verify.verify) == []
        assert read(there, meta.value, meta.UNSUBSCRIBE_SECRET)  # links in mails live on
        assert read(there, tokens.tokens) == read(store, tokens.tokens) != []
        for table in NUMBERED:
            assert read(there, last_number, table) == read(store, last_number, table)
        assert a_post(there, path="new").state.post_id == gone.state.post_id + 1
        assert appended(there).prev == read(
            store,
            lambda c: (
                c.execute(select(tables.events.c.hash).order_by(tables.events.c.id.desc()))
                .scalars()
                .first()
            ),
        )
        assert len(write(there, queue.claim, NOW, lease=timedelta(minutes=1), owner="me")) == 2
        (copy,) = read(there, left_copies.left_copies)
        assert store.name in copy.path  # forget names it
        while write(there, search_fill.catch_up):
            pass


def test_a_target_that_holds_something_is_left_alone(store: Store, target: str) -> None:
    filled(store)
    with Store.open(target, create=True, clock=clock) as there:
        a_post(there, site="other")
        before = all_rows(there)
        with pytest.raises(UsageError, match=r"holds 1 site, 1 post: .* into an empty one"):
            moved(store, target)
        assert all_rows(there) == before
    with pytest.raises(UsageError, match="is the database itself"):
        moved(store, store.url)


def test_nobody_writes_meanwhile(
    store: Store, target: str, open_store: Callable[..., Store]
) -> None:
    filled(store)
    other = open_store()
    with other.lock("run"), pytest.raises(StoreBusy):
        moved(store, target)
    with Store.open(target, create=True, clock=clock) as there, there.lock("run"):
        with pytest.raises(StoreBusy):
            moved(store, target)
    late: list[Future[None]] = []

    def step(done: int, total: int) -> None:
        if not late:  # a writer that comes while rows are copied
            late.append(other._writer.submit(lambda c: meta.put(c, "late", "1")))
        assert not late[0].done()

    moved(store, target, step=step)
    late[0].result()
    with Store.open(target, clock=clock) as there:
        assert read(there, meta.value, "late") == ""
    assert read(store, meta.value, "late") == "1"


def test_half_a_move_leaves_nothing_and_can_be_tried_again(store: Store, target: str) -> None:
    filled(store)

    def breaks(done: int, total: int) -> None:
        raise StoreError("the server went away")

    with pytest.raises(StoreError, match="went away"):
        moved(store, target, step=breaks)
    with Store.open(target, clock=clock) as there:
        assert not any(rows for name, rows in all_rows(there).items() if name != "meta")
    assert moved(store, target)["posts"] == 1


def test_what_is_damaged_is_not_moved(store: Store, target: str) -> None:
    filled(store)
    write(store, lambda c: c.execute(update(tables.bodies).values(data=b"no")))
    with pytest.raises(StoreError, match=r"does not verify: .* cannot be decoded"):
        moved(store, target)
    with Store.open(target, clock=clock) as there:
        assert not all_rows(there)["posts"]


def test_what_arrives_altered_is_found(
    store: Store, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    copy = copying.copy_rows

    def altered(there: Any, here: Any, step: Any, *, secrets: bool) -> None:
        copy(there, here, step, secrets=secrets)
        here.execute(update(tables.posts).values(title="Another"))

    monkeypatch.setattr(move, "copy_rows", altered)
    with pytest.raises(StoreError, match="posts did not arrive as it was"):
        moved(store, target)
