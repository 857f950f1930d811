"""Whoever runs a command on another user's database is told how to run it, and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.inside import inside

#: Every command that opens the database.
COMMANDS = (
    "init",
    "check",
    "check --all --json",
    "run",
    "serve",
    "sites",
    "posts",
    "events",
    "events --follow",
    "history https://a.example/blog/a",
    "diff https://a.example/blog/a",
    "ack 1",
    "dismiss 1",
    "note 1 text",
    "retract 1 --why text",
    "sites rename a b",
    "export site -o out",
    "forget https://a.example/blog/a --yes",
    "verify",
    "doctor",
    "doctor --handover",
    "notify --test",
    "notify --retry",
    "notify --resume",
    "notify --rejoin a@a.example",
    "token list",
    "token add desk",
    "db upgrade",
    "db reindex",
    "db backup copy.db",
    "db restore good.db --yes",
)
CONFIG = """[[site]]
name = "a"
url = "https://a.example/blog/"
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:9"
from = "postwatch@a.example"
to = ["a@a.example"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "postwatch.toml").write_text(CONFIG)
    assert inside(folder, "init").code == 0
    assert inside(folder, "db", "backup", str(folder / "good.db")).code == 0
    return folder


@pytest.mark.parametrize("typed", COMMANDS)
def test_each_command_refuses_and_says_how_to_run_it(
    folder: Path, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["/opt/postwatch/bin/postwatch"])
    for left in folder.glob("*lock"):
        left.unlink()
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    me, name = os.geteuid(), (folder / "postwatch.db").owner()
    monkeypatch.setattr("os.geteuid", lambda: me + 12345)
    ran = inside(folder, *typed.split())
    assert ran.code == 1
    said = ran.out + ran.err
    assert f"{folder / 'postwatch.db'} belongs to {name}, and you are user {me + 12345}" in said
    command = f"/opt/postwatch/bin/postwatch --config {folder / 'postwatch.toml'} {typed}"
    assert f"sudo -u {name} {command}" in said
    if not typed.startswith("doctor"):
        assert ran.out == "" and command in ran.err.splitlines()[-1]
    assert before == {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}


def test_an_owner_without_a_name_is_numbered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: me + 1_234_567)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    ran = inside(folder, "verify")
    assert f"belongs to user {me}, and you are user {me + 1_234_567}" in ran.err
    assert f"sudo -u '#{me}' postwatch" in ran.err
