"""A modified date that moves by itself announces nothing, and one that stays is believed."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.edits import judge_edit
from monitor.decide.stamps import DATES, Dated, dated, needs_all, stamped
from monitor.model import SiteFacts
from monitor.read.article import Article
from monitor.read.compare import Diff

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BOTH = frozenset({"modified_at", "shown_at"})
CODED = frozenset({"modified_at"})
STAYED = Dated(CODED, frozenset())
MOVED = Dated(CODED, CODED)


def test_what_the_dates_of_an_unchanged_article_did() -> None:
    one = Article(modified_at="2026-05-01", shown_at="2026-05-01")
    assert dated(one, one) == Dated(BOTH, frozenset())
    assert dated(one, Article(modified_at="2026-05-02", shown_at="2026-05-01")) == Dated(
        BOTH, CODED
    )
    assert dated(Article(), one) == Dated(BOTH, BOTH)
    assert dated(Article(), Article()) == Dated(frozenset(), frozenset())


def test_a_date_that_moves_on_most_posts_is_a_stamp_of_this_pass() -> None:
    assert stamped(SiteFacts(), [MOVED, MOVED], ())[1] == CODED
    assert stamped(SiteFacts(), [MOVED, STAYED, STAYED], ())[1] == frozenset()
    assert stamped(SiteFacts(), [], ())[1] == frozenset()


def test_of_one_post_alone_it_is_doubted_first() -> None:
    facts, found = stamped(SiteFacts(), [MOVED], ())
    assert found == frozenset()
    facts, found = stamped(facts, [MOVED], ())
    assert found == CODED
    assert stamped(facts, [], ())[1] == CODED  # also where nothing else is looked at
    facts, found = stamped(facts, [STAYED], ())
    assert found == frozenset()
    assert facts == SiteFacts()


def test_a_date_that_differs_between_two_looks_is_a_stamp() -> None:
    twins = [
        (Article(modified_at="2026-05-01T08:00:00Z"), Article(modified_at="2026-05-01T08:00:30Z"))
    ]
    facts, found = stamped(SiteFacts(), [], twins)
    assert found == CODED
    assert stamped(facts, [], ())[1] == frozenset()  # once may be a post saved twice
    assert stamped(facts, [], twins)[0].volatile


def test_a_stamp_announces_no_edit_and_the_date_readers_see_still_does() -> None:
    text = Diff(changed=("text",))
    before = Article(modified_at="2026-05-01T08:00:00Z", shown_at="2026-03-02")
    after = Article(modified_at="2026-05-09T08:00:00Z", shown_at="2026-03-02")
    said = Article(modified_at="2026-05-09T08:00:00Z", shown_at="2026-05-09")
    assert judge_edit(text, before, after, now=NOW).silent is False
    assert judge_edit(text, before, after, now=NOW, stamped=CODED).silent is True
    assert judge_edit(text, before, said, now=NOW, stamped=CODED).silent is False


def test_a_second_update_on_the_same_day_is_told_by_its_time() -> None:
    text = Diff(changed=("text",))
    for before, after, silent in (
        ("2026-05-01 09:00", "2026-05-01 14:30", False),
        ("2026-05-01 09:00", "2026-05-01 09:00", True),
        ("2026-05-01", "2026-05-01 14:30", True),
    ):
        one, other = Article(shown_at=before), Article(shown_at=after)
        assert judge_edit(text, one, other, now=NOW).silent is silent


DATED = st.builds(
    lambda had, moved: Dated(had | moved, moved),
    st.frozensets(st.sampled_from(DATES)),
    st.frozensets(st.sampled_from(DATES)),
)
MARKS = st.frozensets(st.sampled_from([f"date:{date}" for date in DATES]))
TWINS = st.lists(
    st.tuples(
        st.builds(Article, modified_at=st.sampled_from(("", "2026-05-01", "2026-05-02"))),
        st.builds(Article, modified_at=st.sampled_from(("", "2026-05-01", "2026-05-02"))),
    ),
    max_size=2,
)


@given(
    volatile=MARKS,
    doubted=MARKS,
    stayed=st.lists(DATED, max_size=4),
    still=st.lists(st.frozensets(st.sampled_from(DATES)), max_size=4),
    twins=TWINS,
)
def test_posts_that_stand_still_are_asked_only_where_they_count(
    volatile: frozenset[str],
    doubted: frozenset[str],
    stayed: list[Dated],
    still: list[frozenset[str]],
    twins: list[tuple[Article, Article]],
) -> None:
    facts = SiteFacts(volatile=volatile, doubted=doubted)
    told = [*stayed, *(Dated(had, frozenset()) for had in still)]
    if not needs_all(facts, stayed):
        assert stamped(facts, stayed, twins) == stamped(facts, told, twins)
