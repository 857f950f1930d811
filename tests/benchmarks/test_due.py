"""The tick's benchmark finds what it made due, whatever the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.due import main


def test_a_tick_finds_what_is_due(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--posts", "300", "--sites", "7", "--due", "11", "--runs", "1", "--json"]
    for _ in range(2):  # made once
        main([str(tmp_path), *given])
        rows = {
            r["what"]: r["found"] for r in map(json.loads, capsys.readouterr().out.splitlines())
        }
        sites, posts = rows["a tick that finds them"]
        assert posts == rows["the driver alone, by the index"] == rows["without an index"] == 11
        assert 1 <= sites <= 7 and rows["a tick that finds nothing"] == 0
