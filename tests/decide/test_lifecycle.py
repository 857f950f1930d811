"""The lifecycle table is what `step` does: played from the table, from lives, and from chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide import lifecycle
from monitor.decide.batches import BATCH
from monitor.decide.edits import Edit
from monitor.decide.lifecycle import TABLE, Look, Rules, step
from monitor.model import (
    Event,
    Kind,
    LookRecord,
    PostState,
    Reason,
    Role,
    Seen,
    SiteView,
    Status,
)
from monitor.read.compare import Diff
from monitor.read.verdict import Verdict
from monitor.values import replace

T0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
URL = "https://a.example/blog/x"
RULES = Rules(
    confirmations=3, confirm_every=timedelta(minutes=10), min_missing=timedelta(minutes=20)
)


def look(
    seen: Seen,
    at: datetime = T0,
    *,
    up: bool = True,
    edit: Edit | None = None,
    snapshot: int = 1,
    to: str = "",
    companions: int = 1,
    rule: str = "not_found",
    twin: str = "",
    confirmed: bool = True,
    batch: str = "",
    alone: bool = False,
    seen_at: datetime | None = None,
) -> Look:
    reason = Reason.NOT_FOUND if seen is Seen.MISSING else None
    moved_to = to or ("https://a.example/blog/y" if seen is Seen.ELSEWHERE else "")
    return Look(
        at=at,
        verdict=Verdict(seen, rule, "a reason", reason=reason, moved_to=moved_to),
        record=LookRecord(at, URL, Role.POST, 404, rule),
        site=SiteView(up=up),
        snapshot=snapshot if seen in (Seen.PRESENT, Seen.SAME) else None,
        edit=edit,
        since_removal=edit,
        companions=companions,
        twin=twin,
        confirmed=confirmed,
        batch=batch,
        alone=alone,
        seen_at=seen_at,
    )


def fresh() -> PostState:
    return PostState(1, "acme", URL)


def live() -> PostState:
    return step(replace(fresh(), published_told=True), look(Seen.PRESENT), RULES).state


def edited(n: int = 2) -> Edit:
    return Edit(Diff(changed=("text",), words_removed=n), material=True, silent=True)


def states() -> dict[str, PostState]:
    up = live()
    return {
        "unknown": fresh(),
        "live": up,
        "suspected": replace(
            up, status=Status.SUSPECTED, misses=2, first_missing_at=T0, last_missing_at=T0
        ),
        "removed": replace(
            up,
            status=Status.REMOVED,
            misses=3,
            first_missing_at=T0,
            last_missing_at=T0,
            removed_event=7,
            snapshot_at_removal=1,
        ),
    }


def status_of(state: PostState) -> str:
    return "unknown" if state.snapshot is None else state.status.value


@pytest.mark.parametrize("status", list(TABLE))
@pytest.mark.parametrize("seen", [Seen.PRESENT, Seen.MISSING, Seen.ELSEWHERE, Seen.UNCLEAR])
@pytest.mark.parametrize("confirmations", [1, 3])
def test_step_does_what_the_table_says(status: str, seen: Seen, confirmations: int) -> None:
    allowed, kind = TABLE[status][seen]
    decision = step(
        states()[status],
        look(seen, T0 + timedelta(hours=1), edit=edited()),
        Rules(confirmations, timedelta(minutes=10), timedelta(0)),
    )
    assert status_of(decision.state) in allowed
    assert [e.kind for e in decision.events] in ([], [kind])


def test_the_docstring_holds_the_same_table() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (lifecycle.__doc__ or "").splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    seen = [Seen(cell) for cell in rows[0][1:]]
    assert {r[0] for r in rows[1:]} == set(TABLE)
    for status, *cells in rows[1:]:
        for column, cell in zip(seen, cells, strict=True):
            allowed, kind = TABLE[status][column]
            words = {w for part in cell.split(",") for w in part.split(" or ")}
            words = {w.strip() for w in words}
            assert words == set(allowed) | ({kind.value} if kind and kind.value in cell else set())


def test_removed_after_three_misses_and_twenty_minutes() -> None:
    state, told = live(), list[Event]()
    for minutes in (0, 10, 20):
        decision = step(state, look(Seen.MISSING, T0 + timedelta(minutes=minutes)), RULES)
        state = decision.state
        told += decision.events
    assert [e.kind for e in told] == [Kind.REMOVED]
    event = told[0]
    assert event.reason is Reason.NOT_FOUND
    assert (event.last_seen_at, event.first_missing_at) == (T0, T0)
    assert len(event.looks) == 3
    assert "3 looks over 20 min" in event.evidence[0]


def test_three_misses_too_close_together_are_not_enough() -> None:
    state = live()
    for seconds in (0, 10, 20):
        decision = step(state, look(Seen.MISSING, T0 + timedelta(seconds=seconds)), RULES)
        state = decision.state
        assert not decision.events
        assert decision.look_again == RULES.confirm_every
    assert state.status is Status.SUSPECTED


def test_the_deciding_look_is_made_when_it_can_decide() -> None:
    """The second pass was two seconds quicker to reach the post: no further round for that."""
    state = step(live(), look(Seen.MISSING), RULES).state
    second = step(state, look(Seen.MISSING, T0 + timedelta(minutes=9, seconds=58)), RULES)
    assert second.look_again == timedelta(minutes=10, seconds=2)
    third = step(second.state, look(Seen.MISSING, T0 + timedelta(minutes=19, seconds=58)), RULES)
    assert not third.events
    assert third.look_again == timedelta(seconds=2)
    assert step(third.state, look(Seen.MISSING, T0 + timedelta(minutes=20)), RULES).events


def test_a_cached_miss_was_true_that_much_earlier_and_is_no_second_opinion() -> None:
    state = live()
    answered = T0 + timedelta(minutes=3)  # the origin's one answer, which a cache repeats
    told = None
    for minutes in range(10, 300, 10):
        at = T0 + timedelta(minutes=minutes)
        decision = step(state, look(Seen.MISSING, at, seen_at=answered), RULES)
        state = decision.state
        if decision.events:
            told = decision.events[0]
            break
    assert told is not None and told.first_missing_at == answered
    assert told.detected_at - T0 == timedelta(minutes=170)
    fresh = step(live(), look(Seen.MISSING, T0 + timedelta(minutes=10), seen_at=answered), RULES)
    for minutes in (20, 30):
        at = T0 + timedelta(minutes=minutes)
        fresh = step(fresh.state, look(Seen.MISSING, at, seen_at=at - timedelta(minutes=2)), RULES)
    assert fresh.events
    older = step(live(), look(Seen.MISSING, seen_at=T0 - timedelta(hours=1)), RULES).state
    assert older.first_missing_at == T0  # it was seen since: the cache is behind


def test_a_batch_waits_eight_times_as_long() -> None:
    def when(companions: int) -> int:
        state = live()
        for n in range(60):
            at = T0 + timedelta(minutes=10 * n)
            decision = step(state, look(Seen.MISSING, at, companions=companions), RULES)
            state = decision.state
            if decision.events:
                return 10 * n
        raise AssertionError("never removed")

    assert when(BATCH - 1) == 20
    assert when(BATCH) == 160


def test_one_story_shares_its_batch_to_the_end() -> None:
    """The dropped and the moved, whenever they are told, and what was changed on the way."""
    rules, told = Rules(2, timedelta(minutes=10), timedelta(minutes=20)), list[Event]()
    for seen in (Seen.MISSING, Seen.ELSEWHERE):
        state = live()
        for n, name in enumerate(("first", "first", "another")):
            at = T0 + timedelta(hours=2 * n)
            decision = step(state, look(seen, at, companions=9, batch=name), rules)
            state = decision.state
            told += decision.events
    after = step(state, look(Seen.PRESENT, T0 + timedelta(hours=5), edit=edited()), rules)
    told += after.events
    assert [e.kind for e in told] == [Kind.REMOVED, Kind.MOVED, Kind.EDITED]
    assert {e.batch for e in told} == {"first"}
    later = step(after.state, look(Seen.PRESENT, T0 + timedelta(hours=6), edit=edited()), rules)
    assert [e.batch for e in later.events] == [None]


def test_what_moved_is_looked_at_again_at_once() -> None:
    state = states()["suspected"]
    decision = step(state, look(Seen.ELSEWHERE, T0 + timedelta(hours=1)), RULES)
    assert decision.look_again == timedelta(0)


def test_one_present_look_forgets_the_misses() -> None:
    state = step(live(), look(Seen.MISSING), RULES).state
    state = step(state, look(Seen.PRESENT, T0 + timedelta(minutes=5)), RULES).state
    assert (state.misses, state.first_missing_at, state.looks) == (0, None, ())


def test_unclear_looks_neither_count_nor_forget() -> None:
    suspected = step(live(), look(Seen.MISSING), RULES).state
    after = step(suspected, look(Seen.UNCLEAR, T0 + timedelta(minutes=10)), RULES)
    assert after.state == suspected
    assert after.look_again == RULES.confirm_every


def test_nothing_is_concluded_while_the_site_is_unseen() -> None:
    for seen in (Seen.MISSING, Seen.ELSEWHERE, Seen.UNCLEAR):
        for state in states().values():
            decision = step(state, look(seen, up=False), Rules(confirmations=1))
            assert decision.state == state
            assert not decision.events


def test_reinstated_tells_how_long_it_was_away() -> None:
    gone = replace(
        states()["removed"],
        last_seen_at=T0,
        first_missing_at=T0 + timedelta(minutes=10),
        last_missing_at=T0 + timedelta(hours=2),
    )
    decision = step(gone, look(Seen.PRESENT, T0 + timedelta(hours=3), edit=edited(12)), RULES)
    event = decision.events[0]
    assert event.kind is Kind.REINSTATED
    assert event.absent_for == (110 * 60, 3 * 3600)
    assert event.removed_event == 7
    assert event.words_removed == 12
    assert decision.state.status is Status.LIVE
    assert decision.state.removed_event is None


def test_a_twin_ends_a_suspicion_as_a_move() -> None:
    state = states()["suspected"]
    there = "https://a.example/blog/z"
    decision = step(state, look(Seen.MISSING, T0 + timedelta(hours=1), twin=there), RULES)
    assert decision.events[0].kind is Kind.MOVED
    assert decision.events[0].moved_to == there
    assert decision.state.url == there
    assert decision.state.aliases == (URL,)


def test_an_unconfirmed_change_keeps_the_old_version() -> None:
    state = live()
    decision = step(state, look(Seen.PRESENT, edit=edited(), snapshot=9, confirmed=False), RULES)
    assert not decision.events
    assert decision.state.snapshot == state.snapshot


SEEN = st.sampled_from([Seen.PRESENT, Seen.SAME, Seen.MISSING, Seen.ELSEWHERE, Seen.UNCLEAR])
LIFE = st.lists(
    st.tuples(SEEN, st.booleans(), st.booleans(), st.integers(1, 7)), min_size=1, max_size=25
)


@given(LIFE, st.integers(1, 4), st.booleans())
def test_laws_of_every_life(
    life: list[tuple[Seen, bool, bool, int]], confirmations: int, news: bool
) -> None:
    """At most one event a look; removed and reinstated alternate; nothing while the site is unseen;
    removed only after so many misses in a row."""
    rules = Rules(confirmations, timedelta(minutes=10), timedelta(minutes=20))
    state = replace(fresh(), published_told=not news)
    at, gone, misses, published = T0, False, 0, 0
    for seen, up, changed, companions in life:
        at += timedelta(minutes=10)
        edit = edited() if changed else None
        decision = step(state, look(seen, at, up=up, edit=edit, companions=companions), rules)
        assert len(decision.events) <= 1
        counts = seen in (Seen.MISSING, Seen.ELSEWHERE) and up and state.snapshot is not None
        misses = misses + 1 if counts else 0 if seen in (Seen.PRESENT, Seen.SAME) else misses
        for event in decision.events:
            assert up or event.kind in (Kind.PUBLISHED, Kind.EDITED, Kind.REINSTATED)
            match event.kind:
                case Kind.REMOVED:
                    assert not gone
                    assert misses >= confirmations
                    gone = True
                case Kind.REINSTATED:
                    assert gone
                    gone = False
                case Kind.MOVED:
                    gone, misses = False, 0
                case Kind.EDITED:
                    assert not gone
                case Kind.PUBLISHED:
                    published += 1
        state = decision.state
        assert (state.status is Status.REMOVED) == gone
    assert published <= int(news)
