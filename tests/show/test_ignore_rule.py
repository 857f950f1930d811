"""The line to paste is TOML, whatever a selector holds; the sentences count right."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.show.ignore_rule import Offer, heading, outcome, toml_line

SINCE = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.text())
def test_the_line_is_toml_and_keeps_what_was_there(ignore: list[str], selector: str) -> None:
    line = toml_line(
        Offer(1, ignore=tuple(ignore), selectors=(selector.encode("utf-8", "replace").decode(),))
    )
    assert "\n" not in line
    assert tomllib.loads(line)["ignore"] == list(
        dict.fromkeys([*ignore, selector.encode("utf-8", "replace").decode()])
    )


def test_a_selector_with_quotes_is_easy_to_read() -> None:
    assert toml_line(Offer(1, selectors=('div[role="status"]',))) == (
        "ignore = ['div[role=\"status\"]']"
    )


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (
            Offer(12, selectors=(".c",), tried=9, since=SINCE, wholly=tuple(range(12, 19)), posts=212),
            (
                "It would have muted 7 of the 9 edits told since 2026-11-01 (events 12, 13, 14, 15, 16, 17, 18).",
                "It takes no words from 212 other posts.",
            ),
        ),
        (
            Offer(
                12, selectors=(".c",), tried=20, since=SINCE, wholly=tuple(range(1, 20)), partly=(20,),
                posts=1, losing=((3, 1),), cut=True,
            ),
            (
                "It would have muted 19 of the 20 edits told since 2026-11-01 (events 1, 2, 3, 4, 5, 6, 7, 8, …), "
                "and told less of 1 more (event 20).",
                "It also takes words from the one other post, at most 1 from one (post 3). "
                "Make sure that none of it is news.",
                "There is more than could be tried in the time there was.",
            ),
        ),
        (
            Offer(1, selectors=(".c",), tried=1, since=SINCE, wholly=(1,)),
            (
                "It would have muted the one edit told since 2026-11-01 (event 1).",
                "There is no other post to try it on.",
            ),
        ),
        (
            Offer(1, selectors=(".c",), tried=2, since=SINCE, wholly=(1, 2), posts=1),
            (
                "It would have muted all 2 edits told since 2026-11-01 (events 1, 2).",
                "It takes no words from the one other post.",
            ),
        ),
        (Offer(1, why="it is plain"), ()),
    ],
)  # fmt: skip
def test_what_it_would_have_done(offer: Offer, said: tuple[str, ...]) -> None:
    assert outcome(offer) == said


def test_where_there_is_none_it_is_said_why() -> None:
    assert heading(Offer(4, why="it is plain")) == (
        "No rule to ignore a part of the page would have muted event 4: it is plain."
    )
