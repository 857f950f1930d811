"""What pages draw: rows, the week's headline, the timeline, the day strip, the diff; all pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Event, Kind, LookRecord, PostState, Reason, Role, Status
from monitor.read.article import Article, BlockKind, Note, NoteKind
from monitor.read.compare import BlockChange, Diff, FieldChange, Op, Run, RunOp
from monitor.show import environment
from monitor.show.diff import draw
from monitor.show.life import alternates, blind, caption, life, removed_for, standing
from monitor.show.marks import SHAPES, drawn, mark, shape_of
from monitor.show.rows import detail, facts, headline, row, rows, sentence, withdrawn
from monitor.show.strip import days, strip
from monitor.show.strip import sentence as strip_sentence
from monitor.show.timeline import MARKS, Life, Mark, condensed, timeline

from .telling import DIFF, EVERY, event, paragraph

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ALL = pytest.mark.parametrize(("kind", "reason"), EVERY, ids=lambda v: str(v))
STATE = PostState(
    41,
    "gadget",
    "https://gadget.example/a",
    title="A",
    published_at="2018-01-24",
    first_seen_at=NOW - timedelta(days=400),
    last_seen_at=NOW,
    snapshot=3,
)


def told(kind: Kind, days_ago: float, post: int | None = 1, **values: Any) -> Event:
    at = NOW - timedelta(days=days_ago)
    told.last += 1  # type: ignore[attr-defined]
    number = told.last  # type: ignore[attr-defined]
    return Event(kind=kind, detected_at=at, site="s", post=post, id=number, **values)


told.last = 0  # type: ignore[attr-defined]


def test_templates_escape_whatever_their_name() -> None:
    for folder in ("pages", "mail"):
        env = environment(folder)
        assert env.from_string("{{ x }}").render(x="<>&\"'") == "&lt;&gt;&amp;&#34;&#39;"
        assert env is environment(folder)
    with pytest.raises(Exception, match="undefined"):
        environment("pages").from_string("{{ nothing }}").render()


@ALL
def test_every_kind_has_a_shape_a_row_and_facts(kind: Kind, reason: Reason | None) -> None:
    happened = event(kind, reason)
    assert "<svg" in mark(happened)
    assert shape_of(kind) in SHAPES
    shown = row(happened, {12: 3, 13: 4})
    assert shown.label and shown.title and shown.href.startswith("/")
    assert sentence(happened)
    labels = [label for label, _ in facts(happened)]
    assert "Happened" in labels and len(labels) == len(set(labels))


def test_no_two_post_kinds_share_a_shape() -> None:
    of_posts = [k for k in Kind if not k.value.startswith(("site_", "source_", "watch_"))]
    shapes = [shape_of(k) for k in of_posts] + [shape_of(Kind.EDITED, True)]
    assert len(shapes) == len(set(shapes))


def test_actions_name_versions_and_copies() -> None:
    edited = row(event(Kind.EDITED), {12: 3, 13: 4})
    assert (edited.action, edited.action_href) == ("Compare", "/posts/41/diff?from=3&to=4")
    removed = row(event(Kind.REMOVED, Reason.GONE), {12: 3})
    assert (removed.action, removed.action_href) == ("Last copy", "/snapshots/12")
    assert row(event(Kind.REMOVED, Reason.GONE), {}).action == ""  # a copy that was forgotten
    assert row(event(Kind.EDITED), {12: 3}).action == ""


def test_details_are_short_and_gross() -> None:
    assert detail(event(Kind.REMOVED, Reason.GONE)) == "410, dated 24 Jan 2018"
    assert detail(event(Kind.EDITED)).startswith("−43 +12 words")
    assert detail(event(Kind.REINSTATED)) == "after at least 2 d 14 h, −43 +12 words"


def test_edits_of_a_day_gather_others_do_not() -> None:
    base: dict[str, Any] = {"silent": True, "fields": ("text",)}
    a = told(Kind.EDITED, 1.0, snapshot_before=1, snapshot_after=2, **base)
    b = told(Kind.EDITED, 1.01, snapshot_before=2, snapshot_after=3, **base)
    noted = told(Kind.EDITED, 1.02, silent=False)
    other = told(Kind.EDITED, 1.0, post=2, **base)
    removed = told(Kind.REMOVED, 1.0)
    shown = rows([removed, other, noted, b, a], {1: 1, 2: 2, 3: 3})
    assert [r.label for r in shown] == ["Removed", "Edited, no note", "Edited", "2 edits, no note"]
    assert shown[-1].action_href == "/posts/1/diff?from=1&to=3"


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], "No post changed in the last 7 days"),
        ([(Kind.REMOVED, 1), (Kind.EDITED, 2), (Kind.EDITED, 3)], "1 post removed, 2 edited"),
        ([(Kind.EDITED, 1), (Kind.EDITED, 1)], "1 post edited"),
        ([(Kind.REMOVED, 1), (Kind.REINSTATED, 1)], "1 post removed and put back up again"),
        ([(Kind.REINSTATED, 1)], "1 post back"),
        ([(Kind.REINSTATED, 1), (Kind.REMOVED, 1)], "1 post removed"),
        ([(Kind.REMOVED, 1), (Kind.REMOVED, 2), (Kind.REINSTATED, 2)],
         "1 post removed, 1 removed and put back up again"),
        ([(Kind.MOVED, 1), (Kind.DELISTED, 2), (Kind.PUBLISHED, 3), (Kind.PUBLISHED, 4)],
         "1 post moved, 1 delisted, 2 new"),
        ([(Kind.SITE_UNREACHABLE, None)], "No post changed in the last 7 days"),
    ],
)  # fmt: skip
def test_the_week_in_one_sentence(events: list[tuple[Kind, int | None]], said: str) -> None:
    week = [told(kind, 1, post) for kind, post in events]
    assert headline(week).text == (said if not said[0].isdigit() else f"{said} in the last 7 days")


def test_what_was_withdrawn_does_not_count() -> None:
    wrong = told(Kind.REMOVED, 2)
    taken = told(Kind.RETRACTED, 1, retracts=wrong.id)
    assert headline([wrong, taken]).text == "No post changed in the last 7 days"
    assert withdrawn([wrong, taken]) == {wrong.id: taken.id}
    assert rows([wrong], {}, {wrong.id: taken.id})[0].withdrawn_by == taken.id


# The timeline

AT = st.floats(-40_000, 40_000).map(lambda days: NOW + timedelta(days=days))
MARK = st.builds(
    Mark,
    at=AT,
    label=st.text(max_size=60),
    shape=st.sampled_from(sorted(SHAPES)),
    tone=st.sampled_from(["gone", "changed", "back", "quiet"]),
    state=st.sampled_from(["dated", "up", "suspected", "removed"]),
    since=st.none() | AT,
    date=st.text(max_size=40),
    count=st.integers(1, 5),
)


@given(st.lists(MARK, max_size=40), AT, st.lists(st.tuples(AT, AT), max_size=5), st.text())
def test_any_life_is_drawn_as_well_formed_xml(
    marks: list[Mark], now: datetime, dark: list[tuple[datetime, datetime]], said: str
) -> None:
    svg = timeline(Life(tuple(marks), now, tuple(dark)), said)
    if not marks:
        assert svg == ""
        return
    tree = ElementTree.fromstring(svg)
    assert tree.attrib["role"] == "img"
    _, _, width, height = (float(x) for x in tree.attrib["viewBox"].split())
    assert 720 <= width <= 1081 and height == 98
    for element in tree.iter():
        assert element.tag in ("svg", "title", "g", "path", "rect", "circle", "text")
        assert not {"style", "href", "onload"} & set(element.attrib)
    places = [float(x.attrib["x"]) for x in tree.iter("text") if x.attrib["class"] == "what"]
    assert places == sorted(places) and len(places) <= MARKS + 1
    steps = [b - a for a, b in pairwise(places)]
    assert all(step > 100 for step in steps)  # labels cannot collide


@given(st.lists(MARK, max_size=40))
def test_condensing_keeps_the_first_and_the_last(marks: list[Mark]) -> None:
    few = condensed(marks)
    assert len(few) <= MARKS
    if marks:
        assert few[-1].at == marks[-1].at and few[-1].state == marks[-1].state


def test_many_edits_become_one_diamond() -> None:
    edits = [Mark(NOW + timedelta(days=n), "Edited", "diamond", "changed") for n in range(12)]
    (one,) = condensed(edits)
    assert (one.label, one.count, one.date) == ("12 edits", 12, "1 Jun 2026 – 12 Jun 2026")


def test_before_our_first_look_only_the_pages_date_stands() -> None:
    shown = life(STATE, [], [], NOW)
    assert [(m.label, m.state) for m in shown.marks] == [("Dated", "dated"), ("First seen", "up")]
    assert shown.marks[0].date == "24 Jan 2018"
    svg = timeline(shown, "x")
    assert 'class="l-dated"' in svg and "00:00" not in svg


def test_the_stretch_between_two_looks_is_drawn_as_uncertain() -> None:
    gone = told(Kind.REMOVED, 2, last_seen_at=NOW - timedelta(days=3))
    svg = timeline(life(replace(STATE, status=Status.REMOVED), [gone], [], NOW), "x")
    assert 'class="l-unsure"' in svg and 'class="l-removed"' in svg


def test_a_withdrawn_removal_is_not_drawn() -> None:
    wrong = told(Kind.REMOVED, 2)
    events = [wrong, told(Kind.RETRACTED, 1, retracts=wrong.id)]
    svg = timeline(life(STATE, events, [], NOW), "x")
    assert "Removed" not in svg and "l-removed" not in svg and "Withdrawn by us" in svg
    assert "removed" not in caption(STATE, events)
    assert removed_for(events) == ""


def test_a_suspected_post_is_missing_not_removed() -> None:
    first = NOW - timedelta(hours=1)
    look = LookRecord(first, STATE.url, Role.POST, 404, "not_found")
    state = replace(STATE, status=Status.SUSPECTED, misses=1, first_missing_at=first, looks=(look,))
    assert "l-suspected" in timeline(life(state, [], [], NOW), "x")
    now_it = standing(state, [], NOW)
    assert (now_it.label, now_it.tone) == ("Missing, not confirmed", "quiet")
    assert "removed" not in caption(state, [])


def test_blind_stretches_last_until_they_end() -> None:
    events = [
        told(Kind.SITE_UNREACHABLE, 9, None, first_missing_at=NOW - timedelta(days=10)),
        told(Kind.SITE_RECOVERED, 8, None),
        told(Kind.WATCH_STOPPED, 1, None),
    ]
    day = timedelta(days=1)
    assert blind(events, NOW) == [(NOW - 10 * day, NOW - 8 * day), (NOW - day, NOW)]
    assert "l-blind" in timeline(life(STATE, [], events, NOW), "x")


def test_how_often_and_how_long_removed() -> None:
    gone = told(Kind.REMOVED, 3)
    back = told(Kind.REINSTATED, 1, absent_for=(172_800, 259_200))
    assert removed_for([gone]) == "once"
    assert removed_for([gone, back]) == "once, for at least 2 d"
    assert removed_for([gone, back, told(Kind.REMOVED, 0)]) == "twice"


def test_a_post_that_alternates() -> None:
    hour = timedelta(hours=1)
    switches = tuple((NOW - n * hour, "ab"[n % 2]) for n in range(4))
    assert alternates(replace(STATE, switches=switches), NOW)
    assert not alternates(replace(STATE, switches=switches), NOW + timedelta(days=2))
    assert not alternates(replace(STATE, switches=tuple((NOW, c) for c in "abc")), NOW)


# The day strip


def test_days_count_posts_not_events() -> None:
    gone = told(Kind.REMOVED, 2.5)
    events = [told(Kind.EDITED, 0.5), told(Kind.EDITED, 0.6), told(Kind.MOVED, 0.5, 2), gone]
    events += [told(Kind.EDITED, 31), told(Kind.SITE_UNREACHABLE, 5, None)]
    cells = days(events, NOW)
    assert len(cells) == 30
    assert (cells[-1].changed, cells[-3].removed) == (2, 1)
    assert [c.out for c in cells].count(True) == 6
    assert strip_sentence(cells) == "2 changes, 1 removal, 6 days out of sight in the last 30 days"
    assert ElementTree.fromstring(strip(cells)).attrib["aria-hidden"] == "true"


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Kind)), st.floats(-5, 60), st.integers(0, 3)), max_size=30
    )
)
def test_any_month_is_drawn(happened: list[tuple[Kind, float, int]]) -> None:
    cells = days([told(kind, ago, post or None) for kind, ago, post in happened], NOW)
    ElementTree.fromstring(strip(cells))
    assert len(cells) == 30


# The diff


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


def test_marks_are_hidden_from_screen_readers() -> None:
    for shape in SHAPES:
        assert ElementTree.fromstring(drawn(shape, "gone")).attrib["aria-hidden"] == "true"
