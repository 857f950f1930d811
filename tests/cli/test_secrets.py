"""A secret of the config reaches neither log nor traceback, and who else may read the config is said."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor.cli import common, log_lines
from monitor.config import load
from monitor.notify import option_types
from monitor.run.readers import exposed
from tests.support.inside import inside

MAIL = '[channels.mail]\ntype = "email"\nsmtp = "smtp://u:{}@127.0.0.1:1"\nfrom = "a@b.example"\nto = ["c@d.example"]\n'


@pytest.fixture
def hooks() -> Iterator[None]:
    """Puts back what a command sets for the whole process."""
    root, kept = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    sys.excepthook, threading.excepthook, sys.unraisablehook = kept
    logging.captureWarnings(False)
    log_lines.hide(())


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_in_a_log_or_a_traceback(
    tmp_path: Path,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hooks: None,
) -> None:
    monkeypatch.setenv("PW", "tulips at dawn")
    path = tmp_path / "postwatch.toml"
    path.write_text(f'[log]\nformat = "{form}"\n{MAIL.format("${PW}")}')
    with click.Context(click.Command("check")):
        common.load_config(str(path))
    log = logging.getLogger("postwatch.test")
    log.warning("url=%s", "http://h/?p=tulips%20at%20dawn")
    try:
        raise ValueError("Illegal header value b'tulips at dawn'")
    except ValueError as e:
        log.exception("not sent")
        sys.excepthook(ValueError, e, e.__traceback__)
    common.progress("postwatch: tulips at dawn")
    said = capsys.readouterr().err
    assert said.count("Traceback") == 2 and said.count("***") >= 6
    assert "tulips" not in said
    assert (said[0] == "{") == (form == "json")


def test_who_may_read_or_write_a_config_is_said(tmp_path: Path) -> None:
    path = tmp_path / "postwatch.toml"
    path.write_text(MAIL.format("tulips"))
    for mode, words in (
        (0o600, ""),
        (0o640, ""),
        (0o644, "can read"),
        (0o646, "everybody on this machine can write"),
    ):
        path.chmod(mode)
        said = exposed(load(path, option_types(), {}))
        assert (words in said, bool(said)) == (True, bool(words)), said
    path.chmod(0o600)
    tmp_path.chmod(0o777)
    assert "another file in the place of" in exposed(load(path, option_types(), {}))
    tmp_path.chmod(0o755)
    path.write_text(MAIL.format("${PW}"))
    path.chmod(0o644)
    assert not exposed(load(path, option_types(), {"PW": "tulips"}))


def test_check_warns_of_a_config_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "postwatch.toml"
    path.write_text(MAIL.format("tulips"))
    path.chmod(0o644)
    ran = inside(tmp_path, "check")
    assert "everybody on this machine can read" in ran.err and "chmod 600" in ran.err
    assert "tulips" not in ran.out + ran.err
    path.chmod(0o600)
    assert "machine can" not in inside(tmp_path, "check").err
