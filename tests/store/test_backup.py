"""A backup is one file of one moment without secrets; restored, it gives no number twice."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.errors import StoreBusy, StoreError, UsageError
from monitor.model import Kind, Reason
from monitor.run.restoring import MARGIN, Restored, restore
from monitor.store import (
    Store,
    bodies,
    events,
    forget,
    held,
    left_copies,
    meta,
    observations,
    posts,
    queue,
    search_fill,
    snapshots,
    tables,
    tokens,
    upgrade,
    verify,
)
from monitor.store.backup import back_up
from monitor.store.dialect import parsed, writing_engine
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


def quiet(_: str) -> None:
    pass


def filled(store: Store) -> None:
    """A database with a bit of everything, an alert that waits, and secrets."""
    row = a_post(store)
    number = row.state.post_id
    for n in range(3):
        body = page(1, noise=f"<i>{n}</i>")
        write(store, snapshots.keep_version, number, an_article(f"text {n}"), an_answer(body))
    write(store, observations.observe, a_look(row))
    told = appended(store)
    appended(store, an_event(Kind.EDITED, title="Zwölf Boxkämpfer"))
    write(store, queue.add_alerts, told.id, [("mail", "a@b.example"), ("mail", "c@b.example")], NOW)
    write(store, tokens.add, "reader", "postwatch_secret", NOW)
    write(store, meta.secret, meta.WEB_SECRET)
    write(store, meta.secret, meta.UNSUBSCRIBE_SECRET)
    write(store, meta.put, "ended_session:abc", "1")


def backed_up(store: Store, folder: Path, name: str = "b.db") -> Path:
    assert back_up(store, folder / name, say=quiet) == (folder / name).stat().st_size
    return folder / name


def again(url: str, file: Path, *, aside: bool = True) -> Restored:
    return restore(url, file, aside=aside, now=later(days=1), say=quiet)


def rows(store: Store) -> dict[str, list[Any]]:
    """All rows but meta's, which say when and where."""
    with store.read() as conn:
        return {
            t.name: sorted(map(str, conn.execute(select(t)).all()))
            for t in tables.metadata.sorted_tables
            if t not in (tables.meta, tables.tokens)
        }


def test_a_backup_is_one_file_without_secrets_and_is_remembered(
    store: Store, tmp_path: Path
) -> None:
    filled(store)
    secret = read(store, meta.value, meta.WEB_SECRET)
    assert read(store, left_copies.last_backup) is None
    steps: list[tuple[int, int]] = []
    file = tmp_path / "out" / "b.db"
    file.parent.mkdir()
    back_up(store, file, say=quiet, step=lambda *s: steps.append(s))
    assert steps and steps[-1][0] == steps[-1][1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == ["b.db"]
    raw = file.read_bytes()
    assert secret.encode() not in raw
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("SELECT count(*) FROM tokens").fetchone() == (0,)
        keys = {k for (k,) in conn.execute("SELECT key FROM meta")}
        assert not {meta.WEB_SECRET, meta.UNSUBSCRIBE_SECRET, "ended_session:abc"} & keys
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    made = read(store, left_copies.last_backup)
    assert (made.path, made.at) == (str(file), NOW.replace(microsecond=0))
    assert read(store, meta.value, meta.WEB_SECRET) == secret  # the database keeps its own


def test_a_place_that_is_taken_is_not_written_over(store: Store, tmp_path: Path) -> None:
    filled(store)
    file = tmp_path / "b.db"
    file.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        back_up(store, file, say=quiet)
    assert file.read_text() == "mine"
    assert back_up(store, file, say=quiet, replace=True) > 10_000
    with pytest.raises(UsageError, match="no folder"):
        back_up(store, tmp_path / "none" / "b.db", say=quiet)
    with pytest.raises(UsageError, match="is a folder"):
        back_up(store, tmp_path, say=quiet)
    if store.path is not None:
        with pytest.raises(UsageError, match="the database itself"):
            back_up(store, store.path, say=quiet, replace=True)


def test_what_does_not_verify_is_not_backed_up(store: Store, tmp_path: Path) -> None:
    filled(store)
    write(store, lambda conn: conn.execute(tables.bodies.update().values(data=b"no")))
    with pytest.raises(StoreError, match=r"does not verify: .* cannot be decoded"):
        back_up(store, tmp_path / "b.db", say=quiet)
    assert not list(tmp_path.glob("*b.db*"))


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    store: Store, tmp_path: Path
) -> None:
    filled(store)
    row = a_post(store, path="busy")
    stop = threading.Event()
    written: list[int] = []

    def busy() -> None:
        while not stop.is_set():
            n = len(written)
            body = page(n, words=200)
            write(
                store,
                snapshots.keep_version,
                row.state.post_id,
                an_article(f"busy {n}"),
                an_answer(body),
            )
            appended(store, an_event(Kind.EDITED, post=row.state.post_id))
            written.append(n)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for n in range(3):
            backed_up(store, tmp_path, f"b{n}.db")  # each is checked
    finally:
        stop.set()
        thread.join()
    assert written


def test_a_restored_database_is_what_it_was_and_numbers_go_on(
    store: Store, url: str, tmp_path: Path
) -> None:
    filled(store)
    before = rows(store)
    file = backed_up(store, tmp_path)
    # What comes after the backup has numbers that are not to be given out again.
    late = a_post(store, path="late")
    version = write(
        store, snapshots.keep_version, late.state.post_id, an_article("late"), an_answer(b"late")
    )
    look = write(store, observations.observe, a_look(late))
    last = appended(store, an_event(post=late.state.post_id))
    store.close()
    with pytest.raises(
        UsageError, match=r"holds 1 site, 2 posts, 3 events, 1 token; it would be moved"
    ):
        again(url, file, aside=False)
    done = again(url, file)
    assert (done.sites, done.posts, done.events, done.held) == (1, 1, 2, 2)
    assert done.taken_at == NOW.replace(microsecond=0)
    assert done.seam.id == last.id + 1 and done.seam.prev != last.hash
    with Store.open(url, clock=lambda: NOW) as back:
        assert read(back, verify.verify) == []
        now = rows(back)
        now["events"] = [e for e in now["events"] if "restored" not in e]
        now["alerts"] = [a.replace(queue.HELD, "") for a in now["alerts"]]
        assert now == before
        seam = read(back, events.events)[-1]
        assert (seam.kind, seam.reason) == (Kind.WATCH_RESUMED, Reason.RESTORED)
        fresh = a_post(back, path="fresh")
        assert fresh.state.post_id > late.state.post_id
        kept = write(
            back, snapshots.keep_version, fresh.state.post_id, an_article("x"), an_answer(b"x")
        )
        assert kept.id > version.id
        assert write(back, observations.observe, a_look(fresh)) > look
        assert appended(back).id == seam.id + 1
        assert read(back, verify.verify) == []
        # The old database is whole, and remembered.
        kinds = {c.kind.value: c.path for c in read(back, left_copies.left_copies)}
        assert set(kinds) == {"backup", "aside"} and kinds["aside"] == done.aside
        while write(back, search_fill.catch_up):
            pass
        assert read(back, meta.value, meta.WEB_SECRET) == ""
    if done.aside.startswith("/"):
        with Store.open(f"sqlite:///{done.aside}", clock=lambda: NOW) as old:
            assert read(old, events.events)[-1] == last
            assert read(old, verify.verify) == []


def test_what_was_forgotten_since_is_not_brought_back(
    store: Store, url: str, tmp_path: Path
) -> None:
    filled(store)
    file = backed_up(store, tmp_path)
    write(store, forget.forget_post, 1, NOW)
    store.close()
    done = again(url, file)
    assert done.erased == 1 and done.held == 0
    with Store.open(url, clock=lambda: NOW) as back:
        assert read(back, forget.forgotten) == {1}
        assert all(events.is_stub(e) for e in read(back, events.events, post_id=1))
        assert read(back, snapshots.snapshots, 1) == []
        assert read(back, verify.verify) == []
        if back.path is not None:
            back.close()
            assert b"Zw\xc3\xb6lf" not in back.path.read_bytes()


def test_where_nothing_tells_what_was_given_out_numbers_jump(
    store: Store, url: str, tmp_path: Path
) -> None:
    filled(store)
    file = backed_up(store, tmp_path)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    done = again(other, file, aside=False)
    assert not done.aside and done.seam.id == 2 + MARGIN + 1
    with Store.open(other, clock=lambda: NOW) as back:
        assert read(back, verify.verify) == []
        assert a_post(back, path="fresh").state.post_id > MARGIN
        assert appended(back).id == done.seam.id + 1


def test_an_event_taken_out_beside_the_seam_shows(store: Store, url: str, tmp_path: Path) -> None:
    filled(store)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    done = again(other, backed_up(store, tmp_path), aside=False)
    with Store.open(other, clock=lambda: NOW) as back:
        back.write(lambda c: c.execute(tables.alerts.delete()))
        back.write(lambda c: c.execute(tables.events.delete().where(tables.events.c.id == 2)))
        assert any(
            f"events 2 to {done.seam.id - 1} are missing" in f for f in read(back, verify.verify)
        )


def test_alerts_are_held_until_they_are_resumed(store: Store, url: str, tmp_path: Path) -> None:
    filled(store)
    file = backed_up(store, tmp_path)
    store.close()
    again(url, file)

    def claimed(back: Store) -> int:
        return len(write(back, queue.claim, later(days=2), lease=timedelta(minutes=5), owner="me"))

    with Store.open(url, clock=lambda: NOW) as back:
        assert read(back, held.held) == 2
        write(back, queue.release_all)
        write(back, queue.hurry, later(days=2))
        assert claimed(back) == 0
        fresh = appended(back)
        write(back, queue.add_alerts, fresh.id, [("mail", "a@b.example")], NOW)
        assert claimed(back) == 1  # what is found from now on is told
        assert read(back, held.held) == 2
        assert write(back, held.resume) == 2
        assert read(back, held.held) == 0 and claimed(back) == 2


def damaged(file: Path) -> str:
    with closing(sqlite3.connect(file)) as conn:
        (data,) = conn.execute("SELECT data FROM bodies ORDER BY length(data) DESC").fetchone()
    raw = bytearray(file.read_bytes())
    at = raw.index(data[:40]) + 20
    raw[at] ^= 1
    file.write_bytes(raw)
    return "does not verify"


def without_an_event(file: Path) -> str:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("DELETE FROM alerts")
        conn.execute("DELETE FROM events WHERE id = 1")
        conn.commit()
    return "event 1 is missing"


def no_database(file: Path) -> str:
    file.write_bytes(b"SQLite, but not really" * 100)
    return "is not a database"


def empty(file: Path) -> str:
    file.write_bytes(b"")
    return "it is empty"


def of_the_future(file: Path) -> str:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.commit()
    return "newer postwatch"


def cut(file: Path) -> str:
    file.write_bytes(file.read_bytes()[:-5000])
    return "damaged"


def a_look_altered(file: Path) -> str:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("UPDATE observations SET status = 410")
        conn.commit()
    return "the rows of observations are not as they were"


def an_alert_taken_out(file: Path) -> str:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("DELETE FROM alerts")
        conn.commit()
    return "the rows of alerts are not as they were"


def an_unreadable_head(file: Path) -> str:
    with closing(sqlite3.connect(file)) as conn:
        head = conn.execute("SELECT key FROM meta WHERE value LIKE '%\"hash\"%'").fetchone()
        conn.execute("UPDATE meta SET value = '999' WHERE key = ?", head)
        conn.commit()
    return "the chain's head was altered"


HARMS: tuple[Callable[[Path], str], ...] = (
    damaged,
    without_an_event,
    a_look_altered,
    an_alert_taken_out,
    an_unreadable_head,
    no_database,
    empty,
    of_the_future,
    cut,
)


def test_what_does_not_verify_is_refused_and_nothing_changes(
    store: Store, url: str, tmp_path: Path
) -> None:
    filled(store)
    good = backed_up(store, tmp_path)
    before = rows(store)
    file = tmp_path / "harmed"
    for harm in HARMS:
        shutil.copy(good, file)
        said = harm(file)
        left = {p.name for p in tmp_path.iterdir() if not p.name.endswith("lock")}
        with pytest.raises(StoreError, match=said):
            again(url, file)
        assert {p.name for p in tmp_path.iterdir() if not p.name.endswith("lock")} == left
    assert rows(store) == before
    with pytest.raises(UsageError, match="no file"):
        again(url, tmp_path / "none.db")


def test_who_checks_keeps_a_restore_away(store: Store, url: str, tmp_path: Path) -> None:
    filled(store)
    file = backed_up(store, tmp_path)
    with store.lock(), pytest.raises(StoreBusy, match="another process is checking"):
        again(url, file)


def test_a_damaged_database_is_moved_aside_as_it_is(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with Store.open(sqlite_url, create=True, clock=lambda: NOW) as store:
        filled(store)
        file = backed_up(store, tmp_path)
    raw = path.read_bytes()[:-9000]
    path.write_bytes(raw)
    with pytest.raises(UsageError, match="holds what cannot be read; it would"):
        again(sqlite_url, file, aside=False)
    done = again(sqlite_url, file)
    assert Path(done.aside).read_bytes() == raw
    with Store.open(sqlite_url, clock=lambda: NOW) as back:
        assert read(back, verify.verify) == []


def test_a_copy_of_an_older_schema_is_upgraded(sqlite_url: str, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    engine = writing_engine(parsed(f"sqlite:///{old}"))
    upgrade.upgrade(engine, "0008")
    engine.dispose()
    said: list[str] = []
    restore(sqlite_url, old, aside=False, now=NOW, say=said.append)
    assert any("upgrading it from 0008" in s for s in said)
    with Store.open(sqlite_url, clock=lambda: NOW) as back:
        assert read(back, verify.verify) == []
        assert read(back, posts.some_posts, after=0, limit=9) == []


def test_a_database_that_is_read_meanwhile_is_moved_aside_whole(
    sqlite_url: str, tmp_path: Path
) -> None:
    with Store.open(sqlite_url, create=True, clock=lambda: NOW) as store:
        filled(store)
        file = backed_up(store, tmp_path)
        with store.read() as conn:  # pages that are served
            events.events(conn)
            digest = write(store, bodies.keep_body, b"written while somebody reads")
            done = again(sqlite_url, file)
            assert len(events.events(conn)) == 2
    copy = shutil.copy(done.aside, tmp_path / "copy.db")
    if Path(f"{done.aside}-wal").exists():
        shutil.copy(f"{done.aside}-wal", f"{copy}-wal")
    with Store.open(f"sqlite:///{copy}", clock=lambda: NOW) as old:
        assert read(old, verify.verify) == []
        assert read(old, bodies.body, digest) == b"written while somebody reads"
