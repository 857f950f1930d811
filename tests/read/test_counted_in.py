"""What is counted where words are not parted by spaces: characters, and called so."""

from __future__ import annotations

import pytest

from monitor.decide.edits import judge_edit
from monitor.decide.evidence import counted_in, edit_evidence
from monitor.model import Event, Kind
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.normal import key
from monitor.read.compare import diff
from monitor.show.diff import draw
from monitor.show.said import words_changed
from tests.store.build import NOW

THAI = "บริษัทของเราจะไม่ขายข้อมูลให้รัฐ และเราจะรักษาสัญญานี้ไว้ตลอดไป"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("We sell to nobody here.", "We sell to some people here.", "−1 +2 words"),
        ("我们不会把数据卖给国家。", "我们可能把数据卖给国家。", "−2 +2 characters"),
        ("当社は2024年に始めました。", "当社は2025年に始めました。", "−1 +1 words"),
        ("We work with 北京 a lot these days.", "We work with 上海 a lot these days.",
         "−2 +2 characters"),
        ("We work with 北京 a lot these days.", "We work with London a lot these days.",
         "−2 +1 characters and words"),
        ("한국어 문장입니다 그리고", "한국어 문장이었다 그리고", "−1 +1 words"),
        (THAI, THAI.replace("จะไม่ขาย", "อาจขาย"), "−4 +3 characters"),
    ],
)  # fmt: skip
def test_what_is_counted_is_said(before: str, after: str, said: str) -> None:
    old, new = (
        Article(blocks=(Block(BlockKind.PARAGRAPH, t, key(t)),), declared=frozenset({"title"}))
        for t in (before, after)
    )
    change = diff(old, new)
    edit = judge_edit(change, old, new, now=NOW)
    event = Event(Kind.EDITED, NOW, evidence=edit_evidence(edit), **edit.as_fields())
    assert draw(old, new, change).words == words_changed(event) == said
    assert said.endswith(f" {counted_in(event)}")


def test_a_changed_word_of_thai_is_no_changed_sentence() -> None:
    old, new = (
        Article(blocks=(Block(BlockKind.PARAGRAPH, t, key(t)),))
        for t in (THAI, THAI.replace("จะไม่ขาย", "อาจขาย"))
    )
    change = diff(old, new)
    assert change.similarity > 0.8
    runs = [(r.op.value, r.text) for r in change.blocks[0].runs if r.op.value != "same"]
    assert all(len(text) <= 12 for _, text in runs), runs
