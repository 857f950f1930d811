"""Looks as text: the rule and its meaning, the control pages, what counted, and where we were blind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Role, Seen
from monitor.show.looks import Stretch, counted, looks_text, thresholds

T0 = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


def stretch(hour: float, hours: float, seen: Seen, rule: str, **more: object) -> Stretch:
    at = T0 + timedelta(hours=hour)
    given: dict[str, object] = {
        "role": Role.POST,
        "looks": 3,
        "answer": "404",
        "why": f"why {rule}",
    }
    return Stretch(
        first_at=at,
        last_at=at + timedelta(hours=hours),
        seen=seen,
        rule=rule,
        **{**given, **more},  # type: ignore[arg-type]
    )


def test_each_look_with_its_rule_its_controls_and_the_gap_before_it() -> None:
    home = stretch(5, 2, Seen.PRESENT, "first_look", role=Role.HOME, answer="200", looks=9)
    text = looks_text(
        [
            stretch(5.5, 0.5, Seen.MISSING, "not_found", beside=(home,)),
            stretch(5, 0.25, Seen.MISSING, "not_found", uncounted="down"),
            stretch(0, 2, Seen.PRESENT, "same_bytes", answer="200", why="as\nit\x1b[31m was"),
        ]
    )
    missing = "404  missing by rule not_found: why not_found"
    assert text.splitlines()[:6] == [
        f"  2026-05-01 14:30:00 UTC to 2026-05-01 15:00:00 UTC (3 looks)  {missing}  [counted]",
        "      home page 2026-05-01 14:00:00 UTC to 2026-05-01 16:00:00 UTC (9 looks)  200  by rule first_look",
        f"  2026-05-01 14:00:00 UTC to 2026-05-01 14:15:00 UTC (3 looks)  {missing}"
        "  [not counted: the site did not answer as it should]",
        "  (no look for 3 h)",
        "  2026-05-01 09:00:00 UTC to 2026-05-01 11:00:00 UTC (3 looks)  200  present by rule same_bytes:"
        " as it\N{REPLACEMENT CHARACTER}[31m was",
        "",
    ]
    assert "\x1b" not in text
    assert "What the rules mean:" in text
    assert "  not_found   MISSING for 404." in text


@pytest.mark.parametrize(
    ("seen", "why", "said"),
    [
        (Seen.PRESENT, "", ""),
        (Seen.SAME, "", ""),
        (Seen.MISSING, "", "counted"),
        (Seen.ELSEWHERE, "", "counted"),
        (Seen.UNCLEAR, "", "not counted: nothing can be concluded"),
        (Seen.MISSING, "blocked", "not counted: a bot wall stood before the site"),
        (Seen.MISSING, "disallowed", "not counted: robots.txt forbade us to look"),
        (Seen.MISSING, "withdrawn", "not counted: a person withdrew this answer"),
    ],
)
def test_what_counts(seen: Seen, why: str, said: str) -> None:
    assert counted(seen, why) == said


def test_the_thresholds_in_force_are_said() -> None:
    text = thresholds(3, timedelta(minutes=10), timedelta(minutes=20), 5, 8)
    for part in ("3 looks in a row", "20 min after", "2 h 40 min where 5 or more", "every 10 min"):
        assert part in text
    assert "1 look that" in thresholds(1, timedelta(seconds=1), timedelta(0), 5, 8)
    assert "where 5" not in thresholds(1, timedelta(seconds=1), timedelta(0), 5, 8)
