"""A page that many posts are sent to is where the site sends what is gone."""

from __future__ import annotations

from monitor.decide.sinks import MOST, sinks
from monitor.model import Reason, Seen
from monitor.read.verdict import Verdict

AWAY = Verdict(Seen.MISSING, "redirect_other_page", "…", Reason.REDIRECTED)
HOME = Verdict(Seen.MISSING, "redirect_home", "…", Reason.REDIRECTED)
MOVED = Verdict(Seen.ELSEWHERE, "moved", "…")
SINK = "https://acme.example/retired"


def test_three_posts_make_a_sink() -> None:
    assert sinks((), [(AWAY, SINK)] * 2) == ()
    assert sinks((), [(AWAY, SINK), (AWAY, f"{SINK}/"), (AWAY, "http://www.acme.example/retired")])
    assert sinks((), [(HOME, SINK)] * 9 + [(MOVED, SINK)] * 9) == ()


def test_it_is_kept_once_and_not_without_end() -> None:
    once = sinks((), [(AWAY, SINK)] * 3)
    assert sinks(once, [(AWAY, SINK)] * 3) == once and sinks(once, []) == once
    many = once
    for number in range(2 * MOST):
        many = sinks(many, [(AWAY, f"https://acme.example/r{number}")] * 3)
    assert len(many) == MOST and many[-1].endswith(f"/r{2 * MOST - 1}")
