"""The queue of a cluster: a host is one worker's at a time, and who has lost it writes nothing any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.errors import ClockWasSet, HostTaken, StoreBusy, StoreError
from monitor.run.stint import VERSION, make_queue
from monitor.store import Store, jobs, meta
from monitor.store import backup as backups
from monitor.store.member import Member
from monitor.store.verify import verify
from tests.store.build import read, write
from tests.store.conftest import schema_url


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    """A PostgreSQL database with a queue."""
    for url in schema_url():
        with Store.open(url, create=True, clock=now) as made:
            made.write(make_queue)
            yield made


@pytest.fixture
def table(store: Store) -> str:
    found: str = read(store, jobs.table)
    return found


def workers(store: Store, many: int) -> list[int]:
    """Numbers of workers as procrastinate gives them."""
    queue = read(store, jobs.schema)
    insert = text(f"INSERT INTO {queue}.procrastinate_workers DEFAULT VALUES RETURNING id")
    return [write(store, lambda c: c.execute(insert).scalar_one()) for _ in range(many)]


def fetched(store: Store, table: str, worker: int) -> int | None:
    """The job that procrastinate gives a worker."""
    queue = table.rpartition(".")[0]

    def fetch(conn: object) -> int | None:
        from sqlalchemy import Connection

        assert isinstance(conn, Connection)
        conn.execute(text(f"SET LOCAL search_path TO {queue}"))
        query = text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)")
        found: int | None = conn.execute(query, {"worker": worker}).scalar()
        return found

    got: int | None = write(store, fetch)
    return got


def test_the_queue_is_made_once_for_a_version(store: Store, table: str) -> None:
    assert read(store, jobs.made) == VERSION
    write(store, jobs.defer, table, [({"a.example"}, ["a"])])
    store.write(make_queue)
    assert len(read(store, jobs.jobs, table)) == 1  # left as it was
    store.write(
        partial(jobs.make, version="9.9", statements="CREATE TABLE procrastinate_jobs (id int)")
    )
    assert read(store, jobs.made) == "9.9"
    store.write(make_queue)
    assert read(store, jobs.made) == VERSION and read(store, jobs.jobs, table) == []


def test_the_queue_is_no_part_of_what_is_kept(store: Store, table: str, tmp_path: Path) -> None:
    write(store, jobs.defer, table, [({"a.example"}, ["a"])])
    assert read(store, verify) == []
    backups.back_up(store, tmp_path / "b.db", say=lambda _: None)
    assert b"procrastinate" not in (tmp_path / "b.db").read_bytes()


def test_sites_wait_once_and_a_host_is_one_workers(store: Store, table: str) -> None:
    one, two = workers(store, 2)
    for _ in range(2):
        write(store, jobs.defer, table, [({"a.example", "feeds.example"}, ["a", "b"])])
    write(store, jobs.defer, table, [({"c.example"}, ["c"])])
    first, second = read(store, jobs.jobs, table)
    assert (first.doing, first.worker, first.sites) == (False, None, ("a", "b"))
    assert first.hosts == {"a.example", "feeds.example"}
    assert fetched(store, table, one) == first.id
    # What waits behind it is nobody's; another host is.
    write(store, jobs.defer, table, [({"a.example", "feeds.example"}, ["a"])])
    assert fetched(store, table, two) == second.id
    assert fetched(store, table, two) is None
    assert [(j.doing, j.worker) for j in read(store, jobs.jobs, table)].count((True, one)) == 1


def test_a_host_is_occupied_for_a_moment_only_where_nobody_asks_it(
    store: Store, table: str
) -> None:
    one, two = workers(store, 2)
    held = write(store, jobs.occupy, table, one, {"a.example"})
    assert held is not None
    assert write(store, jobs.occupy, table, two, {"a.example"}) is None
    write(store, jobs.defer, table, [({"a.example"}, ["a"])])
    assert fetched(store, table, two) is None
    assert write(store, jobs.drop, table, [held]) == 1
    assert fetched(store, table, two) is not None
    assert write(store, jobs.occupy, table, one, {"a.example"}) is None


def test_who_has_lost_a_host_writes_nothing(store: Store, table: str) -> None:
    (one,) = workers(store, 1)
    write(store, jobs.defer, table, [({"a.example"}, ["a"])])
    job = fetched(store, table, one)
    assert job is not None
    behind = store.behind(jobs.still_ours(table, job, one, now))
    behind.write(partial(meta.put, key="mine", text="1"))
    assert write(store, jobs.drop, table, [job]) == 1
    with pytest.raises(HostTaken, match="taken this host over"):
        behind.write(partial(meta.put, key="mine", text="2"))
    behind.close()
    assert read(store, meta.value, "mine") == "1"
    store.write(partial(meta.put, key="mine", text="3"))  # closing the one closed nothing
    assert write(store, jobs.drop, table, [job]) == 0


def test_a_clock_that_is_not_the_servers_dates_nothing(store: Store, table: str) -> None:
    (one,) = workers(store, 1)
    write(store, jobs.defer, table, [({"a.example"}, ["a"])])
    job = fetched(store, table, one)
    assert job is not None
    wrong = jobs.still_ours(table, job, one, lambda: now() + timedelta(minutes=1))
    with pytest.raises(ClockWasSet):
        store.behind(wrong).write(partial(meta.put, key="mine", text="1"))


def test_members_are_several_and_who_must_be_alone_is_alone(store: Store) -> None:
    one, two = Member(store), Member(store)
    one.join()
    two.join()
    with pytest.raises(StoreBusy, match="2 × postwatch worker"), store.lock("run"):
        pass
    assert one.hold("lead") and not two.hold("lead")
    assert two.is_held("lead") and one.sure() and abs(one.ahead(now().timestamp())) < 5
    one.let_go("lead")
    assert two.hold("lead")
    for member in (one, two):
        member.leave()
    with store.lock("run"):
        with pytest.raises(StoreBusy, match=r"postwatch run. It must end before"):
            one.join()
    one.leave()


def test_a_place_whose_connection_ends_is_lost_with_all_it_held(store: Store) -> None:
    told: list[bool] = []
    one, two = Member(store, lambda: told.append(True)), Member(store)
    one.join()
    two.join()
    assert one.hold("lead")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid"
    pid = one._on_connection(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    write(store, lambda c: c.execute(text(end), {"pid": pid}).all())
    assert two.hold("lead", wait=True)
    with pytest.raises(StoreError):
        one.is_held("lead")
    assert not one.sure() and told == [True]
    with pytest.raises(StoreError, match="is lost"):
        one.hold("lead")
    one.leave()
    two.leave()


def test_a_server_started_anew_gives_the_lock_back_to_who_checks(store: Store) -> None:
    """As it looks from here: the writing connection is gone, and the lock with it."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid"
    pid = text("SELECT pg_backend_pid()")
    there = "SELECT 1 FROM pg_stat_activity WHERE pid = :pid"
    with Store.open(store.url, clock=now) as other:

        def gone() -> None:
            number = write(store, lambda c: c.execute(pid).scalar_one())
            write(other, lambda c: c.execute(text(end), {"pid": number}).all())
            while write(other, lambda c: c.execute(text(there), {"pid": number}).first()):
                pass

        with store.lock("run"):
            gone()
            write(store, meta.put, "on", "1")  # on a new connection
            with pytest.raises(StoreBusy, match="postwatch run"), other.lock("check"):
                pass
            gone()
            with other.lock("check"):
                with pytest.raises(StoreBusy, match="postwatch check"):
                    write(store, meta.put, "on", "2")
            write(store, meta.put, "on", "3")
        with other.lock("check"):
            assert read(other, meta.value, "on") == "3"
