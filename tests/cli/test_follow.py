"""`events --follow`: each event once and in order, as long as somebody listens; then a quiet end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from monitor.cli import follow
from monitor.cli.main import cli, main
from monitor.errors import StoreError
from monitor.model import Event, Kind
from monitor.store import Store
from monitor.store.search import Wanted
from tests.store.build import NOW, a_post, an_event, appended, clock

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database beside its config, with one event of acme."""
    (tmp_path / "postwatch.toml").write_text("")
    url = f"sqlite:///{tmp_path / 'postwatch.db'}"
    with Store.open(url, create=True, clock=clock) as opened:
        a_post(opened)
        appended(opened, an_event(Kind.EDITED, detected_at=NOW - timedelta(days=2)))
        yield opened


def script(*steps: Callable[[], object]) -> Callable[[], Callable[[], bool]]:
    """A listener that makes one of the steps at each wait, and leaves after the last."""
    left = list(steps)

    def wait() -> bool:
        if not left:
            return False
        left.pop(0)()
        return True

    return lambda: wait


def followed(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    listener: Callable[[], Callable[[], bool]],
    *args: str,
) -> list[int]:
    """The numbers that `events --follow --json` printed."""
    monkeypatch.setattr("monitor.cli.follow.listener", listener)
    config = str(tmp_path / "postwatch.toml")
    capfd.readouterr()
    code = cli.main(
        ["events", "--follow", "--json", "--config", config, *args], standalone_mode=False
    )
    assert code == 0
    out, err = capfd.readouterr()
    assert err == ""
    return [json.loads(line)["id"] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], [1, 2, 3, 4, 5]),
        (["--since", "1"], [2, 3, 4, 5]),
        (["--since", "4"], [5]),
        (["--since", "2999-01-01"], [3, 4, 5]),  # none of the old ones; all that come
        (["--since", "1d"], [2, 3, 4, 5]),
        (["--kind", "removed"], [2, 4]),
        (["--kind", "moved"], []),
        (["--site", "acme"], [1, 4]),
        (["--site", "acme", "--kind", "removed", "--since", "1"], [4]),
        (["--search", "title"], [1, 2, 3, 4, 5]),
        (["--search", "nothing of the kind"], []),
        (["--search", '"a title" -draft tit*', "--kind", "removed"], [2, 4]),
    ],
)
def test_old_ones_oldest_first_then_each_as_it_comes(
    tmp_path: Path,
    store: Store,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    expected: list[int],
) -> None:
    monkeypatch.setattr("monitor.cli.common.now", lambda: NOW)
    appended(store, an_event(kind=Kind.REMOVED, site="other", detected_at=NOW))

    def two() -> None:
        # Detected before what is told already, written after: it still comes.
        appended(
            store, an_event(kind=Kind.EDITED, site="other", detected_at=NOW.replace(year=2020))
        )
        appended(store, an_event(kind=Kind.REMOVED, site="acme"))

    steps = script(
        lambda: None,
        two,
        lambda: None,
        lambda: appended(store, an_event(site="other", kind=Kind.EDITED)),
    )
    assert followed(tmp_path, capfd, monkeypatch, steps, *args) == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(
    tmp_path: Path,
    store: Store,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    steps = script(lambda: appended(store), lambda: signal.raise_signal(number), pytest.fail)
    assert followed(tmp_path, capfd, monkeypatch, steps) == [1, 2]
    assert signal.getsignal(signal.SIGTERM) is before


class Flaky:
    """A store that cannot be read for a while."""

    def __init__(self, store: Store, *failures: str) -> None:
        self._store, self._failures = store, list(failures)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self._failures and (why := self._failures.pop(0)):
            raise StoreError(why)
        with self._store.read() as conn:
            yield conn


def test_a_locked_database_is_said_once_and_asked_again(store: Store) -> None:
    flaky = Flaky(store, "", "it is locked", "it is locked", "", "it is gone", "it is locked", "")
    said: list[str] = []
    found: list[Event] = []
    steps = [lambda: None] * 3 + [lambda: appended(store)] + [lambda: None] * 3
    stream = follow.following(
        flaky,  # type: ignore[arg-type]
        1,
        Wanted(),
        wait=script(*steps)(),
        say=said.append,
    )
    found += stream
    assert [e.id for e in found] == [2]
    assert said == [f"it is {x}; trying again" for x in ("locked", "gone", "locked")]


def test_a_pipe_without_a_reader_is_seen_while_nothing_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follow, "PAUSE", 0.01)
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as end:
        monkeypatch.setattr(sys, "stdout", end)
        wait = follow.listener()
        assert wait()
        os.close(reader)
        assert not wait()


def test_without_a_pipe_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PAUSE", 0.0)
    monkeypatch.delattr("select.poll")
    assert follow.listener()()


def test_the_real_command_through_a_pipe(tmp_path: Path, store: Store) -> None:
    """What `postwatch events --follow | head -1` comes to: no hang, no traceback."""
    child = subprocess.Popen(
        [sys.executable, "-m", "monitor", "events", "--follow"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline().startswith("1  ")
    child.stdout.close()
    assert child.wait(20) == 0
    assert child.stderr.read() == ""
    child.stderr.close()


def test_a_wrong_question_is_refused_at_once(
    tmp_path: Path, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    config = str(tmp_path / "postwatch.toml")
    with pytest.raises(SystemExit) as ended:
        main(["events", "--follow", "--site", "acne", "--config", config])
    assert ended.value.code == 2
    assert 'Did you mean "acme"?' in capfd.readouterr().err
