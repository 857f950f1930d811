"""What is said of two versions that no event joins: that they lead backwards, or over a gap."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import Kind
from monitor.show.pairing import backwards, gaps

from .lives import NOW, told


def test_only_a_pair_that_leads_backwards_says_so() -> None:
    assert backwards(1, 2) == ""
    said = backwards(5, 1)
    assert "from version 5 to the older version 1" in said
    assert "marked as cut was in fact added" in said


def test_a_removal_between_two_versions_is_told_with_its_end() -> None:
    gone = told(Kind.REMOVED, 20, last_seen_at=NOW - timedelta(days=21))
    back = told(Kind.REINSTATED, 10, removed_event=gone.id)
    ago = [NOW - timedelta(days=d) for d in (30, 25, 5)]
    (said,) = gaps([gone, back], ago[0], ago[2])
    assert said.startswith(
        "The post was gone between the two: removed between 2026-05-11 12:00 UTC"
    )
    assert f"(event {gone.id})" in said and f"(event {back.id})" in said
    assert gaps([gone, back], ago[2], ago[0]) == [said]  # whichever way round
    assert gaps([gone, back], ago[0], ago[1]) == []
    (open_end,) = gaps([gone], ago[0], ago[2])
    assert open_end.endswith(f"(event {gone.id}).") and "back" not in open_end
    taken_back = told(Kind.RETRACTED, 3, retracts=gone.id)
    assert gaps([gone, taken_back], ago[0], ago[2]) == []


def test_many_removals_are_counted() -> None:
    many = [told(Kind.REMOVED, 20 - n) for n in range(9)]
    said = gaps(many, NOW - timedelta(days=30), NOW)
    assert len(said) == 4 and said[-1] == "It was gone 6 more times between the two."
