"""Who has left a source that should still hold them, and who has merely slid off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.listed import (
    ABSENCES,
    Shelf,
    Standing,
    absent,
    judge_listed,
    leavers,
    rebuilt,
)

DATES = {n: f"2026-01-{31 - n:02}" for n in range(1, 31)}


def shelf(before: list[int], after: list[int], complete: bool = False) -> Shelf:
    return Shelf(complete, before, after, DATES)


@pytest.mark.parametrize(
    ("before", "after", "complete", "gone"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], False, set()),
        ([3, 4, 5, 6], [1, 2, 3, 4], False, set()),  # the window slid: 5 and 6 fell off its end
        ([1, 2, 3, 4], [1, 3, 4], False, {2}),  # a hole: 3 and 4 are older and still there
        ([1, 2, 3, 4], [1, 2, 3], False, set()),  # the last of a window proves nothing
        ([1, 2, 3, 4], [1, 2, 3], True, {4}),  # the last of a whole list does
        ([1, 2, 3, 4], [], True, set()),  # emptied: proves nothing
        ([1, 2, 3, 4, 5, 6, 7, 8], [8], True, set()),  # rebuilt
        ([1, 2, 9, 3, 4], [1, 2, 3, 4], False, set()),  # an old post pinned among them went
        ([5, 6, 7], [1, 2, 3, 4, 6, 7], False, {5}),  # slid and a hole at once
    ],
)
def test_leavers(before: list[int], after: list[int], complete: bool, gone: set[int]) -> None:
    assert leavers(shelf(before, after, complete)) == gone


@given(st.lists(st.integers(1, 30), unique=True), st.integers(0, 10), st.integers(1, 12))
def test_a_window_that_slides_loses_nobody(posts: list[int], new: int, size: int) -> None:
    posts = sorted(posts)
    before, after = posts[new : new + size], posts[:size]
    assert not leavers(shelf(before, after))


@given(
    st.lists(st.integers(1, 30), unique=True),
    st.lists(st.integers(1, 30), unique=True),
    st.booleans(),
)
def test_only_what_was_listed_can_leave(before: list[int], after: list[int], whole: bool) -> None:
    gone = leavers(shelf(before, after, whole))
    assert gone <= set(before) - set(after)
    if rebuilt(shelf(before, after, whole)):
        assert not gone


def test_a_whole_list_cut_to_its_newest_loses_nobody() -> None:
    """A sitemap that comes to hold so many, or so many days, is a window from then on."""
    before = list(range(5, 15))
    assert leavers(shelf(before, before[:8], complete=True)) == set()  # two of the oldest at once
    assert leavers(shelf(before, [4, *before[:9]], complete=True)) == set()  # one in, one out
    assert leavers(shelf(before, before[:9], complete=True)) == {14}  # one alone, and none came
    assert leavers(shelf(before, [*before[:6], *before[7:]], complete=True)) == {11}
    undated = Shelf(True, before, before[:8], {})
    assert leavers(undated) == {13, 14}  # nobody knows that they are the oldest


def test_many_at_once_left_with_a_part_of_the_source() -> None:
    before = list(range(1, 21))
    assert len(leavers(shelf(before, before[:8] + before[12:], complete=True))) == 4
    assert leavers(shelf(before, before[:8] + before[14:], complete=True)) == set()
    assert absent(shelf(before, before[:8] + before[14:], complete=True)) == set(before[8:14])


def test_what_came_late_to_a_window_goes_by_another_order() -> None:
    """A feed by date of update, its dates unknown: what an update brought, a later look may lack."""
    by_update = Shelf(False, [8, 9, 1, 2, 3], [1, 2, 3, 4, 5], {}, late=frozenset({8, 9}))
    assert leavers(by_update) == set()
    assert leavers(Shelf(False, [1, 2, 8], [1, 8], {}, late=frozenset({8}))) == set()
    assert leavers(Shelf(False, [1, 2, 8], [1, 8], {})) == {2}


def test_a_box_beside_the_list_says_nothing() -> None:
    boxed = Shelf(False, [1, 2, 3], [1, 3], DATES, beside=frozenset({2}))
    assert leavers(boxed) == set()


def test_delisted_after_two_looks_and_relisted_at_once() -> None:
    one = judge_listed([Standing.DROPPED], listed=True, absences=0)
    assert (one.listed, one.absences, one.changed) == (True, 1, False)
    two = judge_listed([Standing.DROPPED, Standing.SILENT], listed=True, absences=1)
    assert (two.listed, two.absences, two.changed) == (False, ABSENCES, True)
    back = judge_listed([Standing.DROPPED, Standing.LISTED], listed=False, absences=5)
    assert (back.listed, back.absences, back.changed) == (True, 0, True)


def test_silence_says_nothing() -> None:
    for listed in (True, False):
        for standings in ([], [Standing.SILENT]):
            judged = judge_listed(standings, listed=listed, absences=1)
            assert (judged.listed, judged.absences, judged.changed) == (listed, 1, False)
