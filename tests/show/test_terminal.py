"""What the command line says: glyph and word without colour, one record a line, nothing of theirs gets through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Event, Kind, PostState, Reason, SiteView, Status
from monitor.read.article import BlockKind
from monitor.read.compare import BlockChange, Diff, FieldChange, Op, Run, RunOp
from monitor.show.brief import counted
from monitor.show.passages import pick
from monitor.show.plain import cut, cut_front, one_line
from monitor.show.terminal import (
    SiteLine,
    diff_text,
    event_lines,
    event_row,
    history_text,
    shell_word,
    site_lines,
)
from monitor.values import replace
from monitor.words import of

from .telling import DIFF, EVERY, MISSING, SEEN, TITLE, URL, event, paragraph

ALL = pytest.mark.parametrize(("kind", "reason"), EVERY, ids=lambda v: str(v))
STATE = PostState(
    41,
    "gadget",
    URL,
    title=TITLE,
    aliases=("https://gadget.example/old",),
    status=Status.REMOVED,
    published_at="2018-01-24",
    first_seen_at=SEEN,
)


@ALL
def test_an_event_in_lines(kind: Kind, reason: Reason | None) -> None:
    one = event(kind, reason)
    plain = event_lines(one, width=100)
    assert "\x1b" not in plain
    first, *rest = plain.split("\n")
    words = of(one)
    assert first.startswith(f"{words.glyph} {words.label}")
    if one.title:
        assert TITLE in first and "gadget" in first
        command = "diff" if kind is Kind.EDITED else "history"
        assert rest[-1].strip() == f"postwatch {command} {URL}"
    assert all(len(line) <= 100 or " " not in line.strip() for line in rest)
    coloured = event_lines(one, colour=True, width=100)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert coloured.count("\x1b[0m") == 1
    assert event_lines(one, unicode=False).isascii()
    assert event_row(one, unicode=False).isascii()


def test_a_removal_reads_so() -> None:
    assert event_lines(event(Kind.REMOVED, Reason.NOT_FOUND), width=110).split("\n") == [
        f"✕ Removed           gadget  {TITLE}",
        f"{'':20}404; went between 2026-03-04 21:55 UTC and 2026-03-05 06:29 UTC; dated 24 Jan 2018",
        f"{'':20}postwatch history {URL}",
    ]


@ALL
def test_a_row_is_one_line(kind: Kind, reason: Reason | None) -> None:
    row = event_row(event(kind, reason))
    assert "\n" not in row
    assert row.split()[:4] == ["7", "2026-03-05", "06:48Z", kind.value]


def test_a_history() -> None:
    events = [event(Kind.EDITED), event(Kind.REMOVED, Reason.GONE)]
    text = history_text(STATE, events, versions=2, numbers={12: 1, 13: 2})
    lines = text.split("\n")
    assert lines[0] == f"{TITLE}   (gadget, post 41)   gone, 2 versions"
    assert "earlier at https://gadget.example/old" in text
    assert "24 Jan 2018" in text and "dated by the page; first seen 2026-03-04 21:55 UTC" in text
    assert "◆ edited, no note" in lines[-2] and lines[-2].endswith("version 1 → 2")
    assert "✕ removed" in lines[-1] and "410" in lines[-1]
    assert history_text(STATE, events, unicode=False).isascii()


def test_a_diff_without_colour_is_marked_as_git_marks() -> None:
    assert diff_text(DIFF, heading=("version 3 → version 4",)).split("\n") == [
        "version 3 → version 4",
        "byline        [-Ada Quill-] {+The Team+}",
        "modified date [-2026-02-01T10:00:00Z-] {+2026-01-01T10:00:00Z+}",
        "   We wrote this charter in a long winter.",
        " ± Each quarter we print [-every-] {+selected+} test of the brakes.",
        " − No wheel leaves us that an outsider has not turned.",
        "   The board reads it too.",
        " + Some tests may stay with us.",
        " ± Read the report.   (link changed on “report”: https://gadget.example/a"
        " → https://gadget.example/b)",
    ]


def test_a_fold_never_hides_a_single_paragraph() -> None:
    keep = [paragraph(Op.KEEP, n, (RunOp.SAME, f"Kept {n}.")) for n in range(5)]
    drop = paragraph(Op.DROP, 9, (RunOp.REMOVED, "Went."))
    text = diff_text(Diff(blocks=(*keep[:4], drop, keep[4])))
    assert text.split("\n") == ["   … 4 unchanged paragraphs", " − Went.", "   Kept 4."]
    assert diff_text(Diff(blocks=tuple(keep))).endswith("The same, word for word.")


def test_a_moved_paragraph_is_told_once_and_where() -> None:
    text = Run(RunOp.SAME, "It moved, whole as it is.")
    old = BlockChange(Op.MOVE, BlockKind.PARAGRAPH, 3, 10, (), at_new_place=False)
    new = BlockChange(Op.MOVE, BlockKind.PARAGRAPH, 3, 10, (text,))
    diff = Diff(blocks=(old, new))
    assert diff_text(diff) == " ↪ It moved, whole as it is.   (paragraph 4 → 11)"
    passages, more = pick(diff)
    assert [p.label for p in passages] == ["moved"] and more == 0


def test_a_passage_is_cut_to_its_change() -> None:
    far = "far away words " * 30
    block = paragraph(
        Op.CHANGE,
        1,
        (RunOp.SAME, far),
        (RunOp.REMOVED, "every"),
        (RunOp.ADDED, "no"),
        (RunOp.SAME, f" {far}"),
    )
    [passage], _ = pick(Diff(blocks=(block,)))
    said = "".join(r.text for r in passage.runs)
    assert said.startswith("…") and said.endswith("…") and "every no far" in said
    assert len(said) < 200
    long = paragraph(Op.CHANGE, 1, (RunOp.REMOVED, "went " * 500), (RunOp.ADDED, "came " * 500))
    [passage], _ = pick(Diff(blocks=(long,)))
    said = "".join(r.text for r in passage.runs)
    assert "went" in said and "came" in said and len(said) < 700


def test_sites() -> None:
    down = SiteView(up=False, reason=Reason.BLOCKED, since=MISSING, why="a captcha stands there")
    text = site_lines(
        [
            SiteLine("gadget", 1412, due=38, events=(event(Kind.REMOVED), event(Kind.EDITED))),
            SiteLine("other", 872, view=down),
        ]
    )
    assert text.split("\n") == [
        "gadget    38 of 1,412 posts due    1 edited, no note; 1 removed",
        "other     not seen since 2026-03-05 06:28 UTC (a captcha stands there);"
        " its 872 posts keep their state",
    ]


def test_counts_keep_the_order_of_the_contract() -> None:
    noted = replace(event(Kind.EDITED), silent=False)
    many = [event(Kind.REINSTATED), noted, event(Kind.EDITED), noted]
    assert counted(many) == "2 edited; 1 edited, no note; 1 reinstated"
    assert counted([]) == ""


def hostile(title: str) -> list[str]:
    bad = replace(
        event(Kind.REMOVED, Reason.GONE), title=title, url=title, site=title, published_at=title
    )
    diff = Diff(
        blocks=(paragraph(Op.CHANGE, 0, (RunOp.REMOVED, title), (RunOp.ADDED, title)),),
        fields=(FieldChange("title", title, title),),
        notes_added=(title,),
    )
    state = replace(STATE, title=title, url=title, site=title, aliases=(title,), published_at=title)
    moved: Event = replace(event(Kind.MOVED), moved_to=title)
    return [
        event_lines(bad),
        event_row(bad),
        event_lines(moved),
        history_text(state, [bad]),
        diff_text(diff, heading=(title,)),
        site_lines([SiteLine(title, 1, note=title, view=SiteView(up=False, why=title))]),
    ]


@given(st.text(max_size=100))
def test_no_control_of_theirs_reaches_the_terminal(title: str) -> None:
    for text in hostile(title):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize(
    "title", ["\x1b]0;owned\x07", "\x9b31m", "a\r\nb\n\nc", "\u202eabc", "\x08" * 9]
)
def test_no_escape_sequence_of_theirs_reaches_the_terminal(title: str) -> None:
    lines = [text.count("\n") for text in hostile("x")]
    for text, count in zip(hostile(title), lines, strict=True):
        assert "\x1b" not in text and "\x9b" not in text and "\r" not in text
        assert text.count("\n") == count


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (URL, URL),
        ("https://a.example/?a=1&b=2", "'https://a.example/?a=1&b=2'"),
        ("https://a.example/$(reboot)", "'https://a.example/$(reboot)'"),
        ("https://a.example/';reboot'", "'https://a.example/%27;reboot%27'"),
        ("https://a.example/a b", "https://a.example/a%20b"),
    ],
)
def test_a_command_is_safe_to_paste(url: str, word: str) -> None:
    assert shell_word(url) == word


@given(st.text(max_size=200), st.integers(min_value=2, max_value=60))
def test_cut(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most and "\n" not in line
    assert len(cut(text, most)) <= most and len(cut_front(text, most)) <= most
    assert one_line(line) == line
