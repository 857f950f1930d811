"""What a withdrawal gives back, and what is not told again after it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.decide.lifecycle import step
from monitor.decide.listed import ABSENCES, Standing, judge_listed
from monitor.decide.retraction import consequence, retraction, state_before
from monitor.model import Event, Kind, PostState, Reason, Seen, Status
from monitor.read.verdict import Verdict
from monitor.values import replace
from monitor.words import KINDS
from tests.decide.test_lifecycle import RULES, T0, URL, edited, live, look

THERE = "https://a.example/blog/z"


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


class Life:
    """A post that is looked at, and whose events are numbered as the chain numbers them."""

    def __init__(self) -> None:
        self.state = live()
        self.told: list[Event] = []
        self.minutes = 0
        self.withdrawn: set[int] = set()

    def look(self, seen: Seen, times: int = 1, **more: object) -> list[Kind]:
        """So many like looks ten minutes apart; the kinds of what they came to."""
        began = len(self.told)
        for _ in range(times):
            self.minutes += 10
            one = look(seen, at(self.minutes), **more)  # type: ignore[arg-type]
            decision = step(self.state, one, RULES)
            self.state = decision.state
            for event in decision.events:
                numbered = replace(event, id=len(self.told) + 1)
                self.told.append(numbered)
                if event.kind is Kind.REMOVED:
                    self.state = replace(self.state, removed_event=numbered.id)
        return [e.kind for e in self.told[began:]]

    def withdraw(self, event_id: int) -> PostState:
        """Withdraws an event; the state after it."""
        event = self.told[event_id - 1]
        self.state = state_before(self.state, event, self.told, self.withdrawn)
        self.withdrawn.add(event_id)
        return self.state


def test_a_removal_gives_the_post_back_and_the_same_answer_stays_mute() -> None:
    life = Life()
    before = life.state
    assert life.look(Seen.MISSING, 3) == [Kind.REMOVED]
    assert life.withdraw(1) == replace(before, muted_answer="not_found")
    assert life.look(Seen.MISSING, 9) == []
    assert life.look(Seen.MISSING, 9, rule="another_rule") == []  # the same answer to a reader
    assert life.state.status is Status.LIVE
    assert life.look(Seen.PRESENT) == []  # no return is told of what never went
    assert life.look(Seen.MISSING, 3) == [Kind.REMOVED]


def test_another_answer_is_told() -> None:
    life = Life()
    life.look(Seen.MISSING, 3)
    life.withdraw(1)
    gone = replace(
        look(Seen.MISSING), verdict=Verdict(Seen.MISSING, "gone", "it answers 410", Reason.GONE)
    )
    told: list[Event] = []
    for n in range(3):
        decision = step(life.state, replace(gone, at=at(100 + 10 * n)), RULES)
        life.state = decision.state
        told += decision.events
    assert [e.reason for e in told] == [Reason.GONE]


def test_a_twin_is_told_though_the_removal_is_mute() -> None:
    life = Life()
    life.look(Seen.MISSING, 3)
    life.withdraw(1)
    assert life.look(Seen.MISSING, 3, twin=THERE) == [Kind.MOVED]
    assert life.state.muted_answer == ""


def test_a_removal_whose_post_is_back_changes_words_alone() -> None:
    life = Life()
    assert life.look(Seen.MISSING, 3) + life.look(Seen.PRESENT) == [Kind.REMOVED, Kind.REINSTATED]
    before = life.state
    assert life.withdraw(1) == before


def test_a_return_makes_it_removed_again_as_it_was() -> None:
    life = Life()
    life.look(Seen.MISSING, 5)
    gone = life.state
    assert life.look(Seen.PRESENT, snapshot=2, edit=edited()) == [Kind.REINSTATED]
    back = life.withdraw(2)
    assert (back.status, back.reason) == (Status.REMOVED, Reason.NOT_FOUND)
    assert back.removed_event == 1
    assert back.snapshot == back.snapshot_at_removal == gone.snapshot == 1
    assert (back.last_seen_at, back.first_missing_at, back.last_missing_at) == (
        gone.last_seen_at,
        gone.first_missing_at,
        gone.last_missing_at,
    )
    # The same text is not its return, another one is; and so is the same once it was missing again.
    assert life.look(Seen.PRESENT, 4, snapshot=2, edit=edited()) == []
    assert life.state.status is Status.REMOVED
    kept = life.state
    assert life.look(Seen.PRESENT, snapshot=1) == [Kind.REINSTATED]
    life.state = kept
    assert life.look(Seen.MISSING) + life.look(Seen.PRESENT, snapshot=2) == [Kind.REINSTATED]


def test_first_the_return_then_the_removal() -> None:
    life = Life()
    before = life.state
    life.look(Seen.MISSING, 3)
    life.look(Seen.PRESENT, snapshot=2)
    life.withdraw(2)
    back = life.withdraw(1)
    assert replace(back, muted_answer="") == before


def test_a_move_is_undone_to_the_old_address() -> None:
    life = Life()
    before = life.state
    assert life.look(Seen.MISSING, 3, twin=THERE) == [Kind.MOVED]
    assert life.state.url == THERE
    assert life.withdraw(1) == replace(before, muted_answer=f"moved {THERE}")
    # The redirect there says nothing any more; a plain 404 beside the copy is a removal.
    assert life.look(Seen.ELSEWHERE, 5, to=THERE) == []
    assert life.look(Seen.ELSEWHERE, 3, to=f"{THERE}/b") == [Kind.MOVED]
    life.state = replace(before, muted_answer=f"moved {THERE}")
    assert life.look(Seen.MISSING, 3, twin=THERE) == [Kind.REMOVED]
    assert life.look(Seen.MISSING, 3, twin=THERE) == []


def test_a_move_found_after_the_removal_is_undone_to_the_removal() -> None:
    life = Life()
    life.look(Seen.MISSING, 3)
    gone = life.state
    assert life.look(Seen.MISSING, twin=THERE) == [Kind.MOVED]
    back = life.withdraw(2)
    assert (back.url, back.status, back.removed_event) == (URL, Status.REMOVED, 1)
    assert back.first_missing_at == gone.first_missing_at
    assert back.aliases == ()
    assert life.withdraw(1).status is Status.LIVE


def test_a_move_back_and_forth_keeps_the_address_it_had() -> None:
    life = Life()
    life.look(Seen.ELSEWHERE, 3, to=THERE)
    assert life.look(Seen.ELSEWHERE, 3, to=URL) == [Kind.MOVED]
    back = life.withdraw(2)
    assert (back.url, back.aliases) == (THERE, (URL,))
    assert life.withdraw(1).aliases == ()


def test_an_edit_keeps_both_versions_and_a_switch_between_them_is_mute() -> None:
    life = Life()
    assert life.look(Seen.PRESENT, snapshot=2, edit=edited()) == [Kind.EDITED]
    assert life.withdraw(1).snapshot == 2
    for version in (1, 2, 1):
        assert life.look(Seen.PRESENT, snapshot=version, edit=edited()) == []
        assert life.look(Seen.UNCLEAR) == []
        assert life.look(Seen.PRESENT, snapshot=version) == []
        assert life.state.snapshot == version
    assert life.look(Seen.PRESENT, snapshot=3, edit=edited()) == [Kind.EDITED]
    assert life.look(Seen.PRESENT, snapshot=2, edit=edited()) == [Kind.EDITED]


def test_an_edit_that_was_edited_since_changes_words_alone() -> None:
    life = Life()
    life.look(Seen.PRESENT, snapshot=2, edit=edited())
    life.look(Seen.PRESENT, snapshot=3, edit=edited())
    before = life.state
    assert life.withdraw(1) == before


def test_delisted_is_listed_again_until_a_source_says_so() -> None:
    state = replace(live(), listed=False, absences=ABSENCES)
    event = Event(Kind.DELISTED, T0, id=1)
    state = state_before(state, event, [event])
    assert (state.listed, state.absences, state.muted_listing) == (True, 0, True)
    seen = [Standing.DROPPED] * 5 + [Standing.SILENT, Standing.LISTED] + [Standing.DROPPED] * 2
    assert listed(state, seen) == [None] * 8 + [False]


def test_relisted_is_delisted_again_until_it_has_left_once_more() -> None:
    event = Event(Kind.RELISTED, T0, id=1)
    state = state_before(live(), event, [event])
    assert (state.listed, state.muted_listing) == (False, True)
    seen = [Standing.LISTED, Standing.SILENT, Standing.LISTED, Standing.DROPPED, Standing.LISTED]
    assert listed(state, seen) == [None] * 4 + [True]


def listed(state: PostState, seen: list[Standing]) -> list[bool | None]:
    """What is told after each pass: listed, delisted (False), or nothing."""
    found: list[bool | None] = []
    for standing in seen:
        now = judge_listed(
            [standing],
            listed=state.listed,
            absences=state.absences,
            muted=state.muted_listing,
        )
        state = replace(state, listed=now.listed, absences=now.absences, muted_listing=now.muted)
        found.append(now.listed if now.changed else None)
    return found


@pytest.mark.parametrize(
    "kind", [k for k in Kind if k.value.startswith(("site_", "source_", "watch_", "pub", "retr"))]
)
def test_other_kinds_touch_no_post(kind: Kind) -> None:
    event = Event(kind, T0, id=1)
    assert state_before(live(), event, [event]) == live()


def test_imported_history_touches_no_post() -> None:
    life = Life()
    life.look(Seen.MISSING, 3)
    old = replace(life.told[0], origin="imported")
    assert state_before(life.state, old, [old]) == life.state


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("changed", [True, False])
def test_a_correction_says_who_why_and_what_becomes_of_it(kind: Kind, changed: bool) -> None:
    post = None if kind.value.startswith(("site_", "source_", "watch_")) else 4
    wrong = Event(
        kind, T0, Reason.GONE if kind is Kind.REMOVED else None, "acme", post, URL, "T", id=7
    )
    made = retraction(wrong, why="a CDN", by="", now=at(5), changed=changed)
    assert (made.kind, made.retracts, made.why, made.by) == (Kind.RETRACTED, 7, "a CDN", None)
    assert (made.site, made.post, made.url, made.title) == ("acme", post, URL, "T")
    assert made.evidence[0].startswith(f"a person withdrew event 7 ({KINDS[kind].label.lower()}")
    assert made.evidence[1] == consequence(wrong, changed=changed)
    assert (made.snapshot_before, made.looks, made.batch) == (None, (), None)
