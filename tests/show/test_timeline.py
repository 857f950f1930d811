"""The line of a life, and the days of a site: always drawable, never more certain than the looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Kind, LookRecord, Role, Status
from monitor.show.life import alternates, blind, caption, legend, life, removed_for, standing
from monitor.show.marks import SHAPES
from monitor.show.strip import days, strip
from monitor.show.strip import sentence as strip_sentence
from monitor.show.terminal import history_text
from monitor.show.timeline import MARKS, Life, Mark, condensed, timeline
from monitor.units import shown_time
from monitor.values import replace

from .lives import NOW, STATE, told

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
    assert (one.label, one.count, one.date) == ("12 edits", 12, "1 – 12 Jun 2026")


def test_the_caption_and_the_legend_speak_of_all_that_is_drawn() -> None:
    wrong = told(Kind.REMOVED, 12, last_seen_at=NOW - timedelta(days=13))
    mine = [
        told(Kind.MOVED, 30),
        told(Kind.DELISTED, 20),
        told(Kind.RELISTED, 19),
        wrong,
        told(Kind.RETRACTED, 11, retracts=wrong.id),
    ]
    site = [
        told(Kind.SITE_UNREACHABLE, 900, None),  # before our first look at the post
        told(Kind.SITE_RECOVERED, 899, None),
        told(Kind.SITE_UNREACHABLE, 9, None, first_missing_at=NOW - timedelta(days=10)),
        told(Kind.SITE_RECOVERED, 8, None),
    ]
    said = caption(STATE, mine, site)
    for words in (
        "moved once",
        "delisted once, listed again",
        "withdrawn by us once",
        "out of our sight once",
    ):
        assert words in said
    assert "removed" not in said
    assert "not listed now" in caption(replace(STATE, listed=False), mine)
    drawn = life(STATE, mine, site, NOW)
    assert "Hatched" in legend(drawn) and "Dotted" not in legend(drawn)
    assert "l-blind" in timeline(drawn, said)
    gone = [told(Kind.REMOVED, 2, last_seen_at=NOW - timedelta(days=3))]
    line = legend(life(replace(STATE, status=Status.REMOVED), gone, [], NOW))
    assert "Dashed" in line and "Dotted" in line and "Hatched" not in line


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


def test_a_withdrawn_removal_does_not_say_that_the_post_is_up() -> None:
    wrong = told(Kind.REMOVED, 2)
    events = [wrong, told(Kind.RETRACTED, 1, retracts=wrong.id)]
    seen = NOW - timedelta(days=3)
    state = replace(STATE, last_seen_at=seen, muted_answer="not_found")
    svg = timeline(life(state, events, [], NOW), "x")
    assert "l-suspected" in svg and "l-removed" not in svg
    assert "withdrawn by us, but no look has seen it since" in caption(state, events)
    how = standing(state, events, NOW, "our looks still get 404")
    assert how.label == "Withdrawn by us"
    assert how.said == f"not seen since {shown_time(seen)}; our looks still get 404"
    back = replace(state, last_seen_at=NOW, muted_answer="")
    assert standing(back, events, NOW, "").label == "Up"
    assert "withdrawn by us, not seen since" in history_text(state, events)
    assert "   up, 0 versions" in history_text(back, events)
    assert "l-suspected" not in timeline(life(back, events, [], NOW), "x")


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
