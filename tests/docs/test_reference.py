"""The reference pages are what the code says, and every name a rule gives has its sentence."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

import monitor.read.verdict
from monitor.read.verdict import RULES
from monitor.read.verdict.meaning import VARIANTS, sentence, table
from monitor.run.records import ObservationRecord, VersionRecord
from tests.docs.reference import DOCS, PAGES

ROOM = Path(monitor.read.verdict.__file__).parent


@pytest.mark.parametrize("name", list(PAGES))
def test_the_page_is_what_the_code_says(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python -m tests.docs.reference"
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert f"docs/{name}" in readme


def given_names() -> set[str]:
    """Every name that a rule's code gives to a verdict."""
    names = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = {"unclear": 0, "missing": 0, "present": 0, "Verdict": 1}.get(node.func.id)
            if place is None or len(node.args) <= place:
                continue
            first = node.args[place]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                names.add(first.value)
    return names


def test_every_name_a_rule_gives_is_explained() -> None:
    found = given_names()
    assert len(found) > 40
    assert [n for n in sorted(found) if not sentence(n)] == []
    assert {n for n, _ in RULES} <= {n for n, _ in table()}
    assert [v for v in VARIANTS if v not in found] == []
    for name, said in table():
        assert said.endswith("."), (name, said)
        assert len(said) < 240, name
    assert sentence("no_such_rule") == ""


def test_the_contract_names_every_key_of_a_history() -> None:
    text = (DOCS / "contract.md").read_text(encoding="utf-8")
    section = text.partition("## A post's history")[2]
    for record in (ObservationRecord, VersionRecord):
        keys = [f.encode_name for f in msgspec.structs.fields(record)]
        assert len(keys) > 10
        assert [k for k in keys if f"`{k}`" not in section] == []
