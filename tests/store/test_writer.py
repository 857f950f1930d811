"""One writer: grouped commits, a failing function alone undone, callers told after COMMIT."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from monitor.errors import StoreBusy, StoreError
from monitor.store import Store, locks, meta, writer
from monitor.store.dialect import PRAGMAS
from tests.store.build import a_site, appended, read


def test_write_returns_what_is_committed(store: Store) -> None:
    assert store.write(lambda c: meta.put(c, "k", "v") or "said") == "said"  # type: ignore[func-returns-value]
    assert read(store, meta.value, "k") == "v"


def held(store: Store) -> tuple[threading.Event, threading.Thread]:
    """The writer kept busy until the event is set, so that what follows is queued as one group."""
    go, busy = threading.Event(), threading.Event()

    def wait(conn: Connection) -> None:
        busy.set()
        assert go.wait(10)

    thread = threading.Thread(target=store.write, args=(wait,))
    thread.start()
    assert busy.wait(10)
    return go, thread


def queued(store: Store, *fns: Callable[[Connection], object]) -> list[object]:
    """What each function of one group came to: its result, or the exception."""
    go, thread = held(store)
    futures = [store._writer.submit(fn) for fn in fns]
    go.set()
    thread.join()
    return [f.exception(10) or f.result() for f in futures]


def test_a_failing_function_fails_alone(store: Store) -> None:
    def breaks(conn: Connection) -> None:
        meta.put(conn, "b", "half done")
        raise KeyError("ours")

    first, second, third, fourth = queued(
        store,
        lambda c: meta.put(c, "a", "1"),
        breaks,
        lambda c: c.execute(text("SELECT * FROM nowhere")),
        lambda c: meta.put(c, "c", "3"),
    )
    assert first is None and fourth is None
    assert isinstance(second, KeyError)
    assert isinstance(third, StoreError) and "nowhere" in str(third)
    assert read(store, meta.values, "") == {"a": "1", "c": "3"}


@pytest.mark.parametrize("swallows", [False, True])
def test_a_lone_function_that_fails_leaves_nothing(store: Store, swallows: bool) -> None:
    def fn(conn: Connection) -> None:
        meta.put(conn, "k", "v")
        try:
            conn.execute(text("SELECT * FROM no_such_table"))
        except DBAPIError:
            if not swallows:
                raise

    if swallows and store.url.startswith("sqlite"):
        store.write(fn)  # a statement that fails harms nothing else there
        assert read(store, meta.value, "k") == "v"
        return
    with pytest.raises(StoreError):
        store.write(fn)
    assert read(store, meta.value, "k") == ""
    store.write(lambda c: meta.put(c, "k", "w"))
    assert read(store, meta.value, "k") == "w"


def test_what_is_queued_is_committed_once(store: Store) -> None:
    commits: list[str] = []
    event.listen(store._writing, "commit", lambda conn: commits.append("commit"))
    queued(store, *(lambda c, n=n: meta.put(c, f"k{n}", "v") for n in range(50)))
    assert len(commits) == 2  # the one that held the writer, and all fifty
    assert len(read(store, meta.values, "k")) == 50


def test_nobody_sees_a_group_before_its_commit(store: Store) -> None:
    seen: list[str] = []

    def look(conn: Connection) -> None:
        meta.put(conn, "k", "v")
        seen.append(read(store, meta.value, "k"))

    store.write(look)
    assert seen == [""]
    assert read(store, meta.value, "k") == "v"


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as conn:
        assert meta.value(conn, "k") == ""
        store.write(lambda c: meta.put(c, "k", "v"))
        assert meta.value(conn, "k") == ""
    assert read(store, meta.value, "k") == "v"


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="read-only"), store.read() as conn:
        meta.put(conn, "k", "v")
    store.write(lambda c: meta.put(c, "k", "w"))


def test_many_threads_write(store: Store) -> None:
    a_site(store)
    with ThreadPoolExecutor(8) as pool:
        ids = [e.id for e in pool.map(lambda _: appended(store), range(60))]
    assert sorted(ids) == list(range(1, 61))


def test_the_event_loop_waits_without_blocking(store: Store) -> None:
    async def main() -> list[object]:
        found: list[object] = []

        async def one(n: int) -> None:
            found.append(await store.awrite(lambda c: meta.put(c, f"k{n}", "v") or n))  # type: ignore[func-returns-value]

        async with anyio.create_task_group() as tasks:
            for n in range(20):
                tasks.start_soon(one, n)
        return found

    assert sorted(anyio.run(main)) == list(range(20))  # type: ignore[type-var]


def test_a_function_of_the_writer_cannot_wait_for_another(store: Store) -> None:
    with pytest.raises(RuntimeError, match="call it instead"):
        store.write(lambda c: store.write(lambda d: None))


def test_close_writes_what_is_queued_and_refuses_more(
    store: Store, open_store: Callable[..., Store]
) -> None:
    go, thread = held(store)
    future = store._writer.submit(lambda c: meta.put(c, "k", "v"))
    closing = threading.Thread(target=store.close)
    closing.start()
    go.set()
    closing.join()
    thread.join()
    assert future.done() and future.exception() is None
    with pytest.raises(StoreError, match="closed"):
        store.write(lambda c: None)
    assert read(open_store(), meta.value, "k") == "v"


def test_a_full_disk_fails_the_group_in_one_line(sqlite_url: str) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: datetime.now(UTC)) as store:
        pages = store.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
        store.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}").all())
        small, big = queued(
            store,
            lambda c: meta.put(c, "small", "x"),
            lambda c: meta.put(c, "big", "x" * 200_000),
        )
        assert isinstance(big, StoreError) and "disk is full" in str(big)
        assert len(str(big).splitlines()) == 1
        # Whether SQLite undid the statement or all of it: what was said is what is there.
        there = read(store, meta.value, "small") == "x"
        assert there == (small is None)
        store.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").all())
        store.write(lambda c: meta.put(c, "big", "x" * 200_000))
        assert read(store, meta.value, "big")


def test_a_locked_file_is_said_in_one_line(sqlite_url: str) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: datetime.now(UTC)) as store:
        other = sqlite3.connect(str(store.path), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        # Not five seconds in a test.
        with store._writing.connect() as conn:
            assert conn.connection.dbapi_connection is not None
            conn.connection.dbapi_connection.cursor().execute("PRAGMA busy_timeout=20")
        with pytest.raises(StoreError, match="is locked by another program"):
            store.write(lambda c: meta.put(c, "k", "v"))
        other.execute("ROLLBACK")
        other.close()
        store.write(lambda c: meta.put(c, "k", "v"))


def test_pragmas_hold_on_every_connection(sqlite_url: str) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: datetime.now(UTC)) as store:

        def found(conn: Connection) -> dict[str, object]:
            return {n: conn.exec_driver_sql(f"PRAGMA {n}").scalar_one() for n in PRAGMAS}

        assert store.write(found) == PRAGMAS
        assert PRAGMAS == {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "busy_timeout": 30000,
            "foreign_keys": 1,
        }
        with store.read() as one, store.read() as two:
            assert found(one) == found(two) == PRAGMAS


def test_a_writer_has_the_lock_before_it_reads(sqlite_url: str) -> None:
    # Else two that read first and write then would fail, however patient (SQLITE_BUSY_SNAPSHOT).
    with Store.open(sqlite_url, create=True, clock=lambda: datetime.now(UTC)) as store:
        other = sqlite3.connect(
            str(store.path), isolation_level=None, timeout=0, check_same_thread=False
        )

        def read_first(conn: Connection) -> None:
            assert meta.value(conn, "k") == ""
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            meta.put(conn, "k", "v")

        store.write(read_first)
        other.close()


def test_processes_write_one_after_another(store: Store, open_store: Callable[..., Store]) -> None:
    """What one reads in its transaction no other can have changed before it writes."""
    other = open_store()

    def one_more(conn: Connection) -> None:
        n = int(meta.value(conn, "n") or 0)
        meta.put(conn, "n", str(n + 1))

    made = [s._writer.submit(one_more) for _ in range(40) for s in (store, other)]
    for future in made:
        future.result()
    assert read(store, meta.value, "n") == "80"


def test_one_process_checks_at_a_time(store: Store, open_store: Callable[..., Store]) -> None:
    other = open_store()
    with store.lock():
        with pytest.raises(StoreBusy, match="another process is checking with"), other.lock():
            pytest.fail("two at once")
        other.write(lambda c: meta.put(c, "k", "v"))  # others may write meanwhile
    with other.lock():
        pass


def test_who_checks_is_named(sqlite_url: str) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    with (
        Store.open(sqlite_url, create=True, clock=now) as one,
        Store.open(sqlite_url, clock=now) as two,
    ):
        with one.lock("run"):
            with pytest.raises(StoreBusy) as busy, two.lock("check"):
                pytest.fail("two at once")
            assert str(busy.value).endswith(f": postwatch run (process {os.getpid()})")
        with two.lock("check"), pytest.raises(StoreBusy, match="postwatch check"), one.lock():
            pytest.fail("two at once")
        # An older release's lock says nothing, nor does what is no name of ours.
        for said in ("", "4711 \x1b[31m", "hello"):
            Path(f"{one.path}.lock").write_text(said)
            assert locks.checker(one.path or Path()) == ""


def test_a_file_that_is_deleted_or_replaced_is_not_written_to(sqlite_url: str) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: datetime.now(UTC)) as store:
        assert store.path is not None
        away = store.path.with_name("away.db")
        store.write(lambda c: meta.put(c, "k", "v"))

        def refused(why: str) -> None:
            with pytest.raises(StoreError, match=why):
                store.write(lambda c: meta.put(c, "k", "lost"))
            with pytest.raises(StoreError, match=why):
                read(store, meta.value, "k")

        store.path.rename(away)
        refused("is gone: it was deleted or moved")
        assert not store.path.exists()
        shutil.copy(away, store.path)
        refused("is another file now: it was replaced")
        store.path.unlink()
        away.rename(store.path)
        store.write(lambda c: meta.put(c, "k", "again"))
        assert read(store, meta.value, "k") == "again"
        wal, aside = Path(f"{store.path}-wal"), Path(f"{store.path}-aside")
        wal.rename(aside)
        refused("-wal was deleted or replaced")
        aside.rename(wal)
        # A connection made only now finds it gone, and makes none.
        store._reading.dispose()
        store.path.rename(away)
        with pytest.raises(OperationalError), store._reading.connect():
            pytest.fail("made anew")
        assert not store.path.exists()


def test_a_waiting_lock_waits(store: Store, open_store: Callable[..., Store]) -> None:
    other, order = open_store(), []
    held_now = threading.Event()

    def second() -> None:
        held_now.wait(10)
        with other.lock(wait=True):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with store.lock():
        held_now.set()
        thread.join(0.2)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_process_that_hangs_in_its_turn_does_not_hang_us(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: datetime.now(UTC)) as store:
        monkeypatch.setattr(locks, "PATIENCE", 0.02)
        with (
            locks.turn(store.path),
            pytest.raises(StoreError, match="is locked by another postwatch"),
        ):
            store.write(lambda c: meta.put(c, "k", "v"))
        store.write(lambda c: meta.put(c, "k", "v"))


def test_a_pass_that_writes_and_writes_lets_others_write_between(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GROUP", 1)
    done: list[str] = []

    def long(conn: Connection) -> None:
        threading.Event().wait(0.02)
        done.append("pass")

    def now() -> datetime:
        return datetime.now(UTC)

    with (
        Store.open(sqlite_url, create=True, clock=now) as busy,
        Store.open(sqlite_url, clock=now) as other,
    ):
        backlog = [busy._writer.submit(long) for _ in range(40)]
        for _ in range(3):
            other.write(lambda c: done.append("ack"))
        backlog[-1].result()
    last = max(i for i, what in enumerate(done) if what == "ack")
    assert last < 30, done


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_lost_connection_is_said_and_made_again(store: Store) -> None:
    first, second = queued(
        store,
        lambda c: meta.put(c, "k", "v"),
        lambda c: c.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")),
    )
    assert isinstance(first, StoreError) and isinstance(second, StoreError)
    assert "cannot be reached" in str(second) and len(str(second).splitlines()) == 1
    store.write(lambda c: meta.put(c, "k", "w"))
    assert read(store, meta.values, "") == {"k": "w"}


def test_a_cancelled_write_that_has_not_begun_is_not_done(store: Store) -> None:
    go, thread = held(store)
    future = store._writer.submit(lambda c: meta.put(c, "k", "v"))
    assert future.cancel()
    go.set()
    thread.join()
    store.write(lambda c: None)
    assert read(store, meta.value, "k") == ""


def _slow(seconds: float) -> Callable[[Connection], str]:
    def write(conn: Connection) -> str:
        time.sleep(seconds)
        return "written"

    return write


async def test_short_writes_one_after_the_other_leave_others_their_turn(store: Store) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            for _ in range(5_000):
                await store.awrite(_slow(0.0), short=True)


async def test_short_writes_at_once_are_one_group(store: Store) -> None:
    commits: list[object] = []
    event.listen(store._writing, "commit", commits.append)
    await asyncio.gather(*(store.awrite(_slow(0.005), short=True) for _ in range(20)))
    assert len(commits) <= 4


def test_who_writes_is_held_until_it_is_written_and_then_not_for_as_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = store._writer
    store.write(_slow(0.0))
    assert at_work.may_hold
    monkeypatch.setattr(writer, "REST", 1_000)
    future = at_work.submit(_slow(0.002))
    at_work.hold(future)
    assert future.done() and not at_work.may_hold


def test_who_writes_is_held_no_longer_than_a_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = store._writer
    go, thread = held(store)
    assert not at_work.may_hold  # it is at work
    future = at_work.submit(_slow(0.0))
    monkeypatch.setattr(writer, "LATER", 1_000)
    at_work.hold(future)
    assert not future.done()
    go.set()
    thread.join()
    assert future.result() == "written" and not at_work.may_hold


async def test_what_a_short_write_raises_is_raised_however_long_it_took(store: Store) -> None:
    for seconds in (0.0, 0.05, 0.0):

        def fails(conn: Connection, seconds: float = seconds) -> None:
            time.sleep(seconds)
            raise TimeoutError(f"after {seconds}")

        with pytest.raises(TimeoutError, match=f"after {seconds}"):
            await store.awrite(fails, short=True)
