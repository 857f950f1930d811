"""`token add`, `revoke`, `list`: printed once, kept as a hash, named where it is missing or taken."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from monitor.store import Store, tokens
from tests.support.inside import inside
from tests.web.build import NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an empty config."""
    (tmp_path / "postwatch.toml").write_text("")
    return tmp_path


def test_a_token_is_printed_once_and_only_its_hash_is_kept(folder: Path) -> None:
    made = inside(folder, "token", "add", "newsroom")
    assert made.code == 0 and re.fullmatch(r"postwatch_[0-9a-f]{64}\n", made.out)
    assert "Authorization: Bearer" in made.err and made.out.strip() not in made.err
    text = made.out.strip()
    assert text.encode() not in (folder / "postwatch.db").read_bytes()
    with Store.open(f"sqlite:///{folder / 'postwatch.db'}", clock=lambda: NOW) as store:
        with store.read() as conn:
            found = tokens.bearer(conn, text)
        assert found is not None and found.name == "newsroom"
    listed = inside(folder, "token", "list")
    assert listed.code == 0 and "newsroom" in listed.out and "never used" in listed.out
    (line,) = inside(folder, "token", "list", "--json").lines
    assert list(line) == ["name", "created_at", "last_used_at"] and line["last_used_at"] is None
    gone = inside(folder, "token", "revoke", "newsroom")
    assert (gone.code, gone.out) == (0, "revoked newsroom\n")
    assert "No tokens" in inside(folder, "token", "list").out
    assert inside(folder, "token", "list", "--json").out == ""


def test_as_json_it_is_one_object(folder: Path) -> None:
    ran = inside(folder, "token", "add", "newsroom", "--json")
    made = json.loads(ran.out)
    assert list(made) == ["name", "token", "created_at"] and made["token"] not in ran.err


def test_what_makes_no_sense_is_said_in_one_line(folder: Path) -> None:
    first = inside(folder, "token", "add", "newsroom").out
    for args, said in (
        (("add", "newsroom"), 'there is a token "newsroom" already'),
        (("add", "news room"), "expected letters, digits, - and _"),
        (("add", ""), "expected letters, digits, - and _"),
        (("add", "n" * 65), "at most 64"),
        (("revoke", "newsrom"), 'no token "newsrom". Did you mean "newsroom"?'),
        (("revoke", "zzz"), "See: postwatch token list"),
    ):
        ran = inside(folder, "token", *args)
        assert ran.code == 2 and said in ran.err and ran.out == "", args
        assert ran.err.count("\n") == 1
    kept = sqlite3.connect(folder / "postwatch.db").execute("SELECT name FROM tokens").fetchall()
    assert kept == [("newsroom",)] and first


def test_a_missing_database_is_named_by_the_one_that_only_reads(folder: Path) -> None:
    ran = inside(folder, "token", "list")
    assert ran.code == 2 and "postwatch.db" in ran.err
