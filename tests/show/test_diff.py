"""The drawing of a diff: folds, names of changes, both ends of a move, all five fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.article import Article, Block, BlockKind, Note, NoteKind
from monitor.read.article.normal import key
from monitor.read.compare import BlockChange, Diff, FieldChange, Op, Run, RunOp, diff
from monitor.show.diff import draw
from monitor.show.terminal import diff_text
from monitor.values import replace

from .telling import DIFF, paragraph


def kept(n: int) -> list[BlockChange]:
    return [paragraph(Op.KEEP, i, (RunOp.SAME, f"Kept {i}.")) for i in range(n)]


@pytest.mark.parametrize(
    ("before", "after", "shape"),
    [
        (0, 0, ["C"]),
        (1, 1, ["k", "C", "k"]),
        (2, 2, ["kk", "C", "kk"]),  # a fold of one would hide a single line
        (3, 3, ["2 unchanged paragraphs", "k", "C", "k", "2 unchanged paragraphs"]),
        (7, 1, ["6 unchanged paragraphs", "k", "C", "k"]),
    ],
)
def test_folds_hide_at_least_two(before: int, after: int, shape: list[str]) -> None:
    change = paragraph(Op.CHANGE, 0, (RunOp.REMOVED, "a"), (RunOp.ADDED, "b"))
    drawing = draw(Article(), Article(), Diff(blocks=(*kept(before), change, *kept(after))))
    said = [
        p.said or "".join("C" if line.changed else "k" for line in p.lines) for p in drawing.parts
    ]
    assert said == shape


def test_between_two_changes_both_keep_their_context() -> None:
    change = paragraph(Op.CHANGE, 0, (RunOp.ADDED, "b"))
    drawing = draw(Article(), Article(), Diff(blocks=(change, *kept(5), change)))
    assert [p.said for p in drawing.parts] == ["", "", "3 unchanged paragraphs", "", ""]
    drawing = draw(Article(), Article(), Diff(blocks=(change, *kept(3), change)))
    assert not any(p.folded for p in drawing.parts)


@given(
    st.lists(st.sampled_from([Op.KEEP, Op.ADD, Op.DROP, Op.CHANGE]), max_size=60),
    st.integers(1, 10),
)
def test_no_block_is_lost_but_those_said_to_be(ops: list[Op], most: int) -> None:
    blocks = tuple(paragraph(op, i, (RunOp.SAME, f"{i}")) for i, op in enumerate(ops))
    drawing = draw(Article(), Article(), Diff(blocks=blocks), most=most)
    lines = [line for part in drawing.parts for line in part.lines]
    words = ["".join(r.text for r in line.runs) for line in lines]
    assert words == [str(i) for i in range(len(words))]
    changed = [line for line in lines if line.changed]
    assert len(changed) + drawing.more == sum(op is not Op.KEEP for op in ops)
    assert len(changed) <= most
    if not drawing.more:
        assert len(words) == len(ops)
    assert [line.next for line in changed] == [*[line.id for line in changed[1:]], ""][
        : len(changed)
    ]
    assert all(len(p.lines) >= 2 for p in drawing.parts if p.folded)


def test_both_ends_of_a_move_name_each_other() -> None:
    runs = (Run(RunOp.SAME, "It was led by "), Run(RunOp.REMOVED, "us"), Run(RunOp.ADDED, "them"))
    away = BlockChange(Op.MOVE, BlockKind.PARAGRAPH, 3, 10, (), at_new_place=False)
    here = BlockChange(Op.MOVE, BlockKind.PARAGRAPH, 3, 10, runs)
    drawing = draw(Article(), Article(), Diff(blocks=(away, *kept(4), here)))
    old, new = (line for part in drawing.parts for line in part.lines if line.changed)
    assert (old.other, new.other) == (new.id, old.id)
    assert old.note == new.note == "moved from paragraph 4 to 11"
    assert new.label == "Moved here, with changes"
    assert "".join(r.text for r in old.left or ()) == "It was led by us"
    assert "".join(r.text for r in new.right or ()) == "It was led by them"
    assert drawing.blocks == "1 paragraph moved"


ONE, TWO = (
    "The harbour office will keep its doors open until nine in the evening.",
    "Ferries leave every half hour from the northern pier, weather permitting.",
)


def of(*texts: str) -> Article:
    return Article(blocks=tuple(Block(BlockKind.PARAGRAPH, t, key(t)) for t in texts))


@pytest.mark.parametrize(
    ("before", "after", "lines", "said", "terminal"),
    [
        (
            of(f"{ONE} {TWO}"),
            of(ONE, TWO.replace("half hour", "hour")),
            [
                ("divided", "Paragraph split: part 1 of 2, words unchanged"),
                ("change", "Paragraph split: part 2 of 2"),
            ],
            "1 paragraph changed, 1 split",
            [f" ¶ {ONE}   (Paragraph split: part 1 of 2, words unchanged)"],
        ),
        (
            of(ONE, TWO),
            of(f"{ONE} {TWO}"),
            [("divided", "Paragraphs joined, words unchanged")],
            "1 paragraph joined",
            [f" ¶ {ONE} {TWO}   (Paragraphs joined, words unchanged)"],
        ),
    ],
)
def test_paragraphs_split_or_joined_are_called_so(
    before: Article,
    after: Article,
    lines: list[tuple[str, str]],
    said: str,
    terminal: list[str],
) -> None:
    found = diff(before, after)
    drawing = draw(before, after, found)
    assert [(x.look, x.label) for part in drawing.parts for x in part.lines] == lines
    assert drawing.blocks == said
    assert diff_text(found).splitlines()[: len(terminal)] == terminal


def test_what_was_cut_is_a_block_and_not_struck() -> None:
    drawing = draw(Article(), Article(), DIFF)
    lines = [line for part in drawing.parts for line in part.lines if line.changed]
    assert [(x.look, x.sign, x.label) for x in lines] == [
        ("change", "±", ""),
        ("drop", "−", "Cut paragraph"),
        ("add", "+", "Added paragraph"),
        ("link", "±", "Link changed"),
    ]
    assert {r.op for r in lines[1].runs} == {RunOp.SAME}
    assert lines[1].right is None and lines[2].left is None
    assert drawing.words == "−43 +12 words"
    assert drawing.blocks == "1 paragraph cut, 1 added, 1 changed, 1 link changed"
    assert drawing.gone == "43 of 1,213 words gone"
    assert drawing.same == "95 % the same"
    assert drawing.warnings == ("Its modified date moved back.",)


def test_all_five_fields_are_always_said() -> None:
    before = Article(title="A", byline="Ines", published_at="2018-01-24T10:00:00Z")
    after = replace(before, byline="The team", notes=(Note(NoteKind.UPDATE, "Updated.", "u"),))
    change = Diff(fields=(FieldChange("author", "Ines", "The team"),), notes_added=("Updated.",))
    assert [(f.label, f.state, f.before, f.after) for f in draw(before, after, change).fields] == [
        ("Headline", "unchanged", "A", "A"),
        ("Byline", "changed", "Ines", "The team"),
        ("Dated", "unchanged", "24 Jan 2018", "24 Jan 2018"),
        ("Modified", "none", "", ""),
        ("Update note", "changed", "", "Updated."),
    ]
    # A byline that differs and is no change was read by us where the page states none.
    assert draw(before, after, Diff()).fields[1].state == "guessed"


def test_a_time_that_moved_within_a_day_is_shown_in_full() -> None:
    moved = FieldChange("modified_at", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z")
    field = draw(Article(), Article(), Diff(fields=(moved,))).fields[3]
    assert (field.before, field.after) == ("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z")


def test_versions_read_by_other_rules_of_ours_are_said_to_be() -> None:
    one = Article()
    other = replace(one, selectors="0123456789abcdef")
    assert draw(one, one, Diff()).warnings == ()
    [said] = draw(one, other, Diff()).warnings
    assert "may be ours" in said


@pytest.mark.parametrize(("blocks", "words"), [(100, 100), (400, 25), (20, 500)])
def test_a_large_edit_is_cut_to_what_a_page_may_hold_and_counted(blocks: int, words: int) -> None:
    def text(n: int, seed: int) -> str:
        return " ".join(f"word{(n * 31 + i * seed) % 997}" for i in range(words))

    def block(words: str) -> Block:
        return Block(BlockKind.PARAGRAPH, words, key(words))

    before = Article(blocks=tuple(block(text(n, 7)) for n in range(blocks)))
    after = Article(blocks=tuple(block(text(n, 7 if n % 2 else 11)) for n in range(blocks)))
    change = diff(before, after)
    whole = draw(before, after, change, most=10**6)
    shown = [line for part in whole.parts for line in part.lines if line.changed]
    assert shown
    assert len(shown) + whole.more == sum(b.op is not Op.KEEP for b in change.blocks)
