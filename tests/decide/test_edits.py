"""Is it silent, did a phrase go, is the post only alternating?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitor.decide.edits import judge_edit
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.normal import key
from monitor.read.compare import Diff

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEXT = Diff(changed=("text",), words_removed=3)


def article(text: str = "", digest: str = "a", **fields: Any) -> Article:
    return Article(
        blocks=(Block(BlockKind.PARAGRAPH, text, key(text)),), digest=digest, title="T", **fields
    )


@pytest.mark.parametrize(
    ("diff", "before", "after", "can_tell", "silent"),
    [
        (TEXT, article(), article(), True, True),
        (TEXT, article(), article(), False, None),
        (Diff(changed=("text",), notes_added=("Update: x",)), article(), article(), True, False),
        (TEXT, article(), article(modified_at="2026-05-01"), True, True),  # since when?
        (TEXT, article(published_at="2026-04-01"), article(modified_at="2026-05-01"), True, False),
        (TEXT, article(published_at="2026-05-01"), article(modified_at="2026-05-01"), True, True),
        (TEXT, article(modified_at="2026-04-01"), article(modified_at="2026-05-01"), True, False),
        (TEXT, article(modified_at="2026-05-01"), article(modified_at="2026-04-01"), True, True),
        (
            TEXT,
            article(modified_at="2026-05-01T08:00:00Z"),
            article(modified_at="2026-05-01T09:00:00Z"),
            True,
            False,
        ),
        (
            TEXT,
            article(modified_at="2026-05-01"),
            article(modified_at="2026-05-01T09:00:00Z"),
            True,
            True,
        ),
        (Diff(), article(), article(), True, None),
    ],
)
def test_silent(
    diff: Diff, before: Article, after: Article, can_tell: bool, silent: bool | None
) -> None:
    assert judge_edit(diff, before, after, now=NOW, can_tell=can_tell).silent is silent


def test_phrases() -> None:
    before, after = article("We never sell Data."), article("We may sell it; see our “policy”.")
    edit = judge_edit(
        TEXT, before, after, now=NOW, phrases=["never sell data", 'our "policy"', "absent", ""]
    )
    assert edit.phrases_lost == ("never sell data",)
    assert edit.phrases_gained == ('our "policy"',)


def test_published_date_moved_back() -> None:
    edit = judge_edit(
        Diff(changed=("published_at",)),
        article(published_at="2026-05-20"),
        article(published_at="2025-05-20T08:00:00Z"),
        now=NOW,
    )
    assert edit.published_moved == "back"


def alternate(digests: str, hours: int) -> list[bool]:
    """Whether each switch along the texts is a variant, so many hours apart."""
    switches: tuple[tuple[datetime, str], ...] = ()
    out, now = [], NOW
    for before, after in pairwise(digests):
        now += timedelta(hours=hours)
        edit = judge_edit(
            TEXT, article(digest=before), article(digest=after), now=now, switches=switches
        )
        switches = edit.switches
        out.append(edit.variant)
    return out


@pytest.mark.parametrize(
    ("texts", "hours", "variants"),
    [
        ("AB", 1, [False]),
        ("ABA", 1, [False, False]),  # a return to an earlier text is an edit
        ("ABABA", 1, [False, False, True, True]),
        ("ABABA", 13, [False, False, False, False]),  # not within 24 h
        ("ABCABC", 1, [False] * 5),
        ("ABABC", 1, [False, False, True, False]),
    ],
)
def test_variant(texts: str, hours: int, variants: list[bool]) -> None:
    assert alternate(texts, hours) == variants
