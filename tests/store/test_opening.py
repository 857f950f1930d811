"""What `Store.open` makes of a database that is missing, foreign, damaged, older or newer."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text

from monitor.errors import StoreError, StoreMissing
from monitor.store import Store, events, meta, observations, upgrade, verify
from monitor.store.opening import back_up
from tests.store.build import a_look, a_post, appended, clock, read, write


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def opened(path: Path, **kw: bool) -> Store:
    return Store.open(f"sqlite:///{path}", clock=clock, **kw)


def test_a_missing_database_is_named(open_store: Callable[..., Store], tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="postwatch init") as e:
        open_store(create=False)
    assert e.value.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_create_makes_it_once(open_store: Callable[..., Store]) -> None:
    first = open_store()
    assert first.created and first.backup is None and first.upgraded_from is None
    appended(first)
    for create in (True, False):
        again = open_store(create=create)
        assert not again.created
        assert read(again, events.head)[0] == 1


@pytest.mark.parametrize("gone", [Path.unlink, lambda path: os.truncate(path, 0)])
def test_none_is_made_in_the_place_of_one_in_use(
    tmp_path: Path, gone: Callable[[Path], None]
) -> None:
    path = tmp_path / "w.db"
    with opened(path, create=True) as store:
        appended(store)
        with store.lock("run"):
            gone(path)
            with pytest.raises(StoreError, match=r"is gone, and postwatch run \(process"):
                opened(path, create=True, upgrade=True)
            assert Path(f"{path}-wal").stat().st_size
        with pytest.raises(StoreError, match=r"but there is .*w\.db-wal: it was moved or deleted"):
            opened(path, create=True, upgrade=True)
        assert not path.exists() or not path.stat().st_size
        assert Path(f"{path}-wal").stat().st_size


def test_an_empty_file_is_no_database_yet(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    path.touch()
    with pytest.raises(StoreMissing):
        opened(path)
    with opened(path, create=True) as store:
        assert store.created and store.path == path


@pytest.mark.parametrize(
    "content", [b"hello, this is no database\n" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_another_file_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.db"
    path.write_bytes(content)
    for kw in ({}, {"create": True, "upgrade": True}):
        with pytest.raises(StoreError, match=r"is not a database|is damaged|cannot be") as e:
            opened(path, **kw)
        assert e.value.exit_code == 1 and len(str(e.value).splitlines()) == 1
        assert str(path) in str(e.value)
    assert path.read_bytes() == content and os.listdir(tmp_path) == ["w.db"]


def test_another_programs_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE theirs (x)")
    conn.close()
    before = digest(path)
    with pytest.raises(StoreError, match="belongs to another program"):
        opened(path, create=True, upgrade=True)
    assert digest(path) == before


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A closed database with some pages in it."""
    path = tmp_path / "w.db"
    with opened(path, create=True) as store:

        def fill(conn: Connection) -> None:
            for n in range(300):
                meta.put(conn, f"key {n}", "value " * 30)

        store.write(fill)
        appended(store)
    return path


def test_damaged_pages_are_found_and_nothing_is_touched(filled: Path) -> None:
    data = bytearray(filled.read_bytes())
    data[4096 * 3 : 4096 * 6] = b"\xa5" * (4096 * 3)
    filled.write_bytes(data)
    before = digest(filled)
    with pytest.raises(StoreError, match="damaged") as e:
        opened(filled, create=True, upgrade=True)
    assert len(str(e.value).splitlines()) == 1
    assert digest(filled) == before


def test_a_cut_file_is_found(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = filled.read_bytes()
    filled.write_bytes(data[: len(data) // 8192 * 4096])
    with pytest.raises(StoreError, match="damaged"):
        opened(filled)
    # Of a file too large for a whole check, the length alone says it.
    monkeypatch.setattr("monitor.store.opening.CHECKED_WHOLE", 0)
    with pytest.raises(StoreError, match="damaged"):
        opened(filled)


def test_a_journal_left_by_a_kill_is_played_back(filled: Path, tmp_path: Path) -> None:
    """A restored file is no WAL database yet; a kill while it becomes one leaves a rollback journal."""
    conn = sqlite3.connect(filled, isolation_level=None)
    conn.execute("PRAGMA journal_mode=DELETE")
    conn.execute("PRAGMA cache_size=1")  # pages go to the file before the end
    conn.execute("BEGIN")
    conn.execute("UPDATE meta SET value = 'changed'")
    killed = tmp_path / "killed.db"
    for end in ("", "-journal"):
        shutil.copy(f"{filled}{end}", f"{killed}{end}")
    conn.close()
    assert b"changed" in killed.read_bytes()
    with opened(killed) as store:
        assert read(store, meta.value, "key 7") == "value " * 30
        assert read(store, verify.verify) == []
    assert not Path(f"{killed}-journal").exists()


def test_a_disk_that_is_mounted_read_only_is_said(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr("monitor.store.opening._read_only", refused)
    with pytest.raises(StoreError, match="unable to open"):
        opened(filled)
    flags = SimpleNamespace(f_flag=os.ST_RDONLY)
    monkeypatch.setattr("os.statvfs", lambda path: flags)
    with pytest.raises(StoreError, match="its disk is mounted read-only"):
        opened(filled)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        opened(tmp_path / "nowhere" / "w.db", create=True)


def test_an_unwritable_folder_is_said() -> None:
    folder = Path(tempfile.mkdtemp())  # not pytest's own, which nobody else may enter
    opened(folder / "w.db", create=True).close()
    root = os.geteuid() == 0  # who may write anywhere
    if root:
        os.chown(folder / "w.db", 65534, 65534)
    folder.chmod(0o555)
    try:
        if root:
            os.seteuid(65534)
        for name in ("w.db", "new.db"):
            with pytest.raises(StoreError, match=r"permission denied|not ours to write|read-only"):
                opened(folder / name, create=True)
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://u@h/d", "mysql is no database"),
        ("nonsense", "cannot be read"),
        ("postgresql://u:hidden@127.0.0.1:1/d", "cannot be reached"),
    ],
)
def test_bad_urls_are_said_without_passwords(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as e:
        Store.open(url, create=True, clock=clock)
    assert "hidden" not in str(e.value) and len(str(e.value).splitlines()) == 1


def test_a_newer_schema_is_refused_and_untouched(open_store: Callable[..., Store]) -> None:
    store = open_store()
    store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    store.close()
    before = digest(store.path) if store.path else ""
    with pytest.raises(StoreError, match="newer postwatch") as e:
        open_store(create=True, upgrade=True)
    assert e.value.exit_code == 1
    assert not store.path or digest(store.path) == before


@pytest.fixture
def one_more(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The program as a later release, with one migration more; the returned file holds it."""
    folder = tmp_path_factory.mktemp("later") / "migrations"
    shutil.copytree(upgrade.folder(), folder)
    last = upgrade.head()
    following = f"{int(last) + 1:04d}"
    script = folder / "versions" / f"{following}_more.py"
    script.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '{following}', '{last}'\n"
        "def upgrade() -> None:\n"
        "    with op.batch_alter_table('posts', recreate='auto') as batch:\n"
        "        batch.add_column(sa.Column('more', sa.Text()))\n"
        "        batch.alter_column('failures', existing_type=sa.Integer(), nullable=True)\n"
    )
    upgrade.revisions.cache_clear()
    monkeypatch.setattr(upgrade, "folder", lambda: folder)
    yield script
    monkeypatch.undo()
    upgrade.revisions.cache_clear()


def old(open_store: Callable[..., Store]) -> Store:
    """A database of the release before, closed."""
    store = open_store()
    appended(store)
    store.write(lambda c: meta.put(c, "k", "v"))
    store.close()
    return store


def test_an_older_schema_names_the_command(
    open_store: Callable[..., Store], request: pytest.FixtureRequest
) -> None:
    before = old(open_store)
    request.getfixturevalue("one_more")
    with pytest.raises(StoreError, match="postwatch db upgrade"):
        open_store(create=True)
    assert before.path is None or not list(before.path.parent.glob("*.bak"))


def test_an_older_schema_is_upgraded_after_a_backup(
    open_store: Callable[..., Store], request: pytest.FixtureRequest
) -> None:
    store = open_store()
    # Rows that refer to posts must outlive its making anew.
    write(store, observations.observe, a_look(a_post(store)))
    store.close()
    before = old(open_store)
    revision = upgrade.head()
    request.getfixturevalue("one_more")
    after = open_store(create=True, upgrade=True)
    assert after.upgraded_from == revision and not after.created
    with after.read() as conn:
        assert upgrade.current(conn) == upgrade.head() != revision
        assert conn.execute(text("SELECT id, more FROM posts")).all() == [(1, None)]
        assert meta.value(conn, "k") == "v"
        assert verify.verify(conn) == []
        if before.path is not None:
            assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    if before.path is None:
        assert after.backup is None
        return
    assert after.backup == Path(f"{before.path}.before-{upgrade.head()}.bak")
    copy = sqlite3.connect(after.backup)
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
    assert copy.execute("SELECT value FROM meta WHERE key = 'k'").fetchone() == ("v",)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()
    assert open_store(create=False).upgraded_from is None


def test_a_failing_migration_changes_nothing(
    open_store: Callable[..., Store], one_more: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = upgrade.folder()
    monkeypatch.undo()
    upgrade.revisions.cache_clear()
    before = old(open_store)
    one_more.write_text(one_more.read_text() + "    op.execute('SELECT * FROM nowhere')\n")
    monkeypatch.setattr(upgrade, "folder", lambda: later)
    upgrade.revisions.cache_clear()
    with pytest.raises(StoreError, match="nowhere") as e:
        open_store(upgrade=True)
    assert len(str(e.value).splitlines()) == 1
    monkeypatch.undo()
    upgrade.revisions.cache_clear()
    again = open_store()
    assert read(again, meta.value, "k") == "v"
    with again.read() as conn:
        assert "more" not in conn.execute(text("SELECT * FROM posts")).keys()
    if before.path is not None:
        first = list(before.path.parent.glob("*.bak"))
        assert len(first) == 1


def test_a_backup_is_never_overwritten(
    open_store: Callable[..., Store], tmp_path: Path, sqlite_url: str
) -> None:
    path = tmp_path / "own.db"
    opened(path, create=True).close()
    one, two = back_up(path), back_up(path)
    assert one != two and one.exists() and two.exists()
    assert not list(tmp_path.glob("*.part"))
