"""Whole pages through the real reader and the rules: every folder of tests/corpus is one look.

`before.html` is the last good look, `after.html` this one; `home.html` and `error.html`, where there,
are the home page of this pass and what the site answers for a made-up address.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Answer, ErrorSample, SiteFacts
from monitor.read.page import read_page
from monitor.read.verdict import Case, Verdict, judge

CORPUS = Path(__file__).parent.parent / "corpus"
FOLDERS = sorted(p.parent for p in CORPUS.glob("*/expect.toml"))
AT = datetime(2026, 3, 2, tzinfo=UTC)


def verdict_of(folder: Path, expected: dict[str, Any]) -> Verdict:
    url: str = expected["url"]
    final: str = expected.get("final_url", url)
    root = "/".join(url.split("/")[:3]) + "/"
    body = (folder / "after.html").read_bytes()
    before = read_page((folder / "before.html").read_bytes(), url)
    assert before.article.blocks, "the article of before.html is not read"
    headers = (("content-type", "text/html"), *expected.get("headers", {}).items())
    answer = Answer(
        url=url, at=AT, final_url=final, status=expected["status"], headers=headers, body=body
    )
    errors: tuple[ErrorSample, ...] = ()
    if (folder / "error.html").exists():
        made_up = f"{root}journal/qzkwv-nowhere/"
        shown = read_page((folder / "error.html").read_bytes(), made_up)
        errors = (ErrorSample("/journal/", AT, 200, made_up, shown.title, shown.blocks),)
    home: tuple[str, ...] = ()
    if (folder / "home.html").exists():
        home = read_page((folder / "home.html").read_bytes(), root).blocks
    return judge(
        Case(
            answer=answer,
            page=read_page(body, final),
            url=url,
            article=before.article,
            title=before.article.title,
            home=root,
            site_keys=frozenset({root, f"{root}journal"}),
            facts=SiteFacts(errors=errors),
            home_blocks=home,
        )
    )


def test_there_is_a_corpus() -> None:
    assert len(FOLDERS) >= 90
    assert sum(folder.name.startswith("trap_") for folder in FOLDERS) >= 20


#: The rules that say "removed": what they say of real pages is what we are judged by.
ACCUSING = """
    not_found gone legal restricted redirect_home redirect_listing redirect_login refresh_away soft_404
    soft_404_learned shows_home tombstone tombstone_plain login_form replaced
""".split()


def test_every_rule_that_accuses_has_two_pages() -> None:
    said = Counter(
        verdict_of(f, tomllib.loads((f / "expect.toml").read_text(encoding="utf-8"))).rule
        for f in FOLDERS
    )
    assert [rule for rule in ACCUSING if said[rule] < 2] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_corpus(folder: Path) -> None:
    expected = tomllib.loads((folder / "expect.toml").read_text(encoding="utf-8"))
    found = verdict_of(folder, expected)
    assert found.seen.value == expected["seen"], found
    reasons = expected.get("reason", [])
    allowed = [reasons] if isinstance(reasons, str) else reasons
    assert (found.reason.value in allowed) if found.reason else not allowed, found
    if "rule" in expected:
        assert found.rule == expected["rule"], found
    assert found.cut == expected.get("cut", found.cut), found
    assert found.wall == expected.get("wall", False), found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_page_of_the_last_good_look_is_there(folder: Path) -> None:
    expected = tomllib.loads((folder / "expect.toml").read_text(encoding="utf-8"))
    page = read_page((folder / "before.html").read_bytes(), expected["url"])
    answer = Answer(url=expected["url"], at=AT, status=200, body=b"<html>")
    for article in (page.article, None):
        case = Case(
            answer=answer, page=page, url=expected["url"], article=article, title=page.article.title
        )
        assert judge(case).seen.value == "present"
