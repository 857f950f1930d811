"""What the docs say is so: every kind, reason and command is named, examples parse, files stay short."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from monitor.cli.main import COMMANDS
from monitor.model import REMOVAL_REASONS, Kind
from tests.support.command import postwatch

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_every_kind_reason_and_command_is_named() -> None:
    for kind in Kind:
        assert f"`{kind.value}`" in README, kind
    for reason in REMOVAL_REASONS:
        assert f"`{reason.value}`" in README, reason
    for command in COMMANDS:
        assert command == "db" or f"postwatch {command}" in README or f"make {command}" in README


def test_toml_examples_load(tmp_path: Path) -> None:
    for text in blocks("toml"):
        tomllib.loads(text)
        (tmp_path / "postwatch.toml").write_text(text)
        ran = postwatch(tmp_path, "check", env={"SMTP_PASSWORD": "x"})
        assert ran.code == 0, ran


def test_the_chain_script_of_the_readme_runs() -> None:
    (script,) = blocks("python")
    from datetime import UTC, datetime

    from monitor.model import Event
    from monitor.store.chain import GENESIS, body_hash, link_hash

    lines, prev = [], GENESIS
    for n in (1, 2):
        event = Event(
            kind=Kind.EDITED,
            detected_at=datetime(2026, 1, n, tzinfo=UTC),
            id=n,
            title="é “x”",
            similarity=0.5 * n,
        )
        record = event.as_record() | {"prev": prev}
        record["body"] = body_hash(record)
        record["hash"] = prev = link_hash(record)
        lines.append(json.dumps(record))
    done = subprocess.run(
        [sys.executable, "-c", script], input="\n".join(lines), capture_output=True, text=True
    )
    assert done.stdout.strip() == "the chain holds", done.stderr
    broken = lines[0].replace('"title": "', '"title": "x')
    done = subprocess.run(
        [sys.executable, "-c", script], input=broken, capture_output=True, text=True
    )
    assert done.returncode != 0


@pytest.mark.parametrize("path", sorted(ROOT.glob("monitor/**/*.py")), ids=lambda p: p.name)
def test_files_do_one_thing(path: Path) -> None:
    """300 lines at most; a module says in its docstring what it answers."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONG.get(str(path.relative_to(ROOT)), 300)
    assert not text.strip() or text.lstrip().startswith('"""')


#: Longer than 300 lines, with the reason.
LONG: dict[str, int] = {
    "monitor/model.py": 400,  # the contract's words, all in one place
    "monitor/store/tables.py": 380,  # the tables, nothing else, all in one place
    "monitor/decide/lifecycle.py": 380,  # the law: whatever affects a post's status lives there
}


def test_nothing_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        files = [p for p in ROOT.rglob("*") if p.suffix in (".py", ".toml", ".md", ".lock")]
    else:
        files = [ROOT / name for name in tracked.stdout.splitlines()]
    words = ("pypi" + ".org", "pythonhosted" + ".org", "/wo" + "rk/", "registry.npm" + "js")
    for path in files:
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not any(w in text for w in words), path
