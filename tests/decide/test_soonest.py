"""The moment that a suspected post's page names is the one at which the law decides."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.lifecycle import Rules, step
from monitor.decide.soonest import soonest
from monitor.model import Kind, Seen
from monitor.values import replace
from tests.decide.test_lifecycle import T0, live, look

MINUTE = timedelta(minutes=1)


@given(
    confirmations=st.integers(1, 5),
    every=st.integers(1, 15).map(lambda n: n * MINUTE),
    least=st.integers(0, 60).map(lambda n: n * MINUTE),
    first=st.integers(1, 20).map(lambda n: n * MINUTE),
)
def test_it_is_told_then_and_never_before(
    confirmations: int, every: timedelta, least: timedelta, first: timedelta
) -> None:
    rules = Rules(confirmations, every, least)
    state, at = live(), T0 + first
    assert soonest(state, rules, at) is None
    while True:
        decision = step(state, look(Seen.MISSING, at), rules)
        if decision.events:
            assert decision.events[0].kind is Kind.REMOVED
            break
        state = decision.state
        assert decision.look_again is not None
        named = soonest(state, rules, at + decision.look_again)
        assert named is not None
        at += decision.look_again
        assert at <= named <= state.looks[0].at + max(least, confirmations * every) + every
        if state.misses >= confirmations - 1:
            # The next look may decide: the schedule puts it at the moment that was named, where that is near.
            assert named >= state.looks[0].at + least


def test_posts_that_went_together_take_longer() -> None:
    rules = Rules()
    state = step(live(), look(Seen.MISSING, T0), rules).state
    alone = soonest(state, rules, T0 + 10 * MINUTE)
    together = soonest(replace(state, batch="b"), rules, T0 + 10 * MINUTE)
    assert alone == T0 + 20 * MINUTE and together == T0 + 160 * MINUTE
