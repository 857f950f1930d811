"""Rows, facts, shapes and the headline of the week."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from monitor.model import Kind, Reason
from monitor.show.gathering import rows
from monitor.show.marks import SHAPES, drawn, mark, shape_of
from monitor.show.rows import at_least, detail, facts, headline, row, sentence, withdrawn
from monitor.show.templating import environment

from .lives import told
from .telling import EVERY, event

ALL = pytest.mark.parametrize(("kind", "reason"), EVERY, ids=lambda v: str(v))


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
    first = "Withdrawn at" if kind is Kind.RETRACTED else "Happened"
    assert labels[0] == first and len(labels) == len(set(labels))


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
    assert sorted(r.label for r in shown) == [
        "2 edits, no note",
        "Edited",
        "Edited, no note",
        "Removed",
    ]
    assert [r.at for r in shown] == sorted((r.at for r in shown), reverse=True)
    assert next(r for r in shown if r.count > 1).action_href == "/posts/1/diff?from=1&to=3"
    # What was taken back stands apart from what still holds.
    for wrong in (a, b):
        apart = rows([b, a], {}, {wrong.id: 99})
        assert {r.event.id: r.withdrawn_by for r in apart} == {a.id: None, b.id: None, wrong.id: 99}


def test_a_withdrawal_says_why_after_a_colon() -> None:
    assert detail(told(Kind.RETRACTED, 1, retracts=7, why="a CDN")) == "event 7 was wrong: a CDN"
    assert detail(told(Kind.RETRACTED, 1, retracts=7)) == "event 7 was wrong"


def test_events_of_one_cause_are_one_row_that_opens() -> None:
    gone = [
        told(Kind.REMOVED, 1 - n / 100, post=n, batch="b1", reason=Reason.NOT_FOUND)
        for n in range(6)
    ]
    others = [
        told(Kind.REMOVED, 0.5, post=7, batch="b2"),
        told(Kind.REINSTATED, 0.4, post=3, batch="b1"),
        told(Kind.REMOVED, 0.3, post=8),
    ]
    shown = rows([*gone, *others], {}, {gone[0].id: 99})
    assert len(shown) == 5
    (one,) = [r for r in shown if r.members]
    assert (one.title, one.detail, one.action) == ("5 posts of one cause", "404", "")
    assert one.href == "/events?batch=b1" and one.at == gone[5].detected_at
    assert [r.event.post for r in one.members] == [5, 4, 3, 2, 1]
    assert len([r for r in shown if r.withdrawn_by]) == 1
    assert [r.at for r in shown] == sorted((r.at for r in shown), reverse=True)
    assert len(rows([*gone, *others], {}, together=False)) == 9


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


def test_marks_are_hidden_from_screen_readers() -> None:
    for shape in SHAPES:
        assert ElementTree.fromstring(drawn(shape, "gone")).attrib["aria-hidden"] == "true"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (None, ""),
        ((0, 0), ""),
        ((0, 1), "after at most 1 s"),
        ((7200, 7200), "after 2 h"),
        ((7200, 9000), "after at least 2 h"),
    ],
)
def test_how_long_it_was_away(span: tuple[int, int] | None, said: str) -> None:
    assert at_least(told(Kind.REINSTATED, 1, absent_for=span)) == said
