"""A move told from a copy, a namesake and the next post of a series."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.decide.moved import find_twin, is_series, same_article
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.normal import count_words, key

LONG = (
    "The depot by the river was sold in March, after eleven months of talks with the city.",
    "Its cranes go to a shipyard further north, where two of them will be used for spare parts.",
    "The crew was offered work in the new yard, and all but three of them have taken it.",
    "A small museum keeps the signal box, the clock and the ledger of the first ten years.",
)
OTHER = (
    "Our bakery has changed its flour, and the reason is a letter from a customer.",
    "She had counted the seeds in forty rolls, and found fewer of them in each month's batch.",
    "The miller blamed the sieve, the sieve's maker blamed the miller, and both were right.",
    "From Monday on the rolls are what they were, and the letter hangs beside the oven.",
)
WEEKLY = (
    "This is our weekly letter to everybody who runs the software in a house of their own.",
    "Updates are installed by themselves on Sunday night; nobody needs to do anything for it.",
    "Write to the help desk where something does not work as it did the week before.",
)
FIXES = (
    "The calendar no longer forgets the hour when a meeting is dragged to another day.",
    "Printing a long list of parts takes seconds again, and the page numbers are right.",
    "The search finds words with an accent, whether they are typed with it or without.",
)


def article(title: str, texts: Sequence[str], date: str = "2026-03-02") -> Article:
    blocks = tuple(Block(BlockKind.PARAGRAPH, t, key(t)) for t in texts)
    words = sum(count_words(t) for t in texts)
    return Article(title=title, published_at=date, blocks=blocks, words=words)


def weekly(fix: str, date: str) -> Article:
    return article("Weekly letter", (*WEEKLY[:2], fix, WEEKLY[2]), date)


POST = article("The depot is sold", LONG)
COMMON = frozenset(key(t) for t in WEEKLY)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (POST, True),
        (article("The depot is sold", LONG[1:]), True),
        (article("A depot goes north", LONG), True),
        (article("The depot is sold", LONG, ""), True),
        (article("The depot is sold", LONG, "2026-06-20"), True),  # posted again
        (article("The depot is sold", (*LONG[:3], *OTHER[:1]), "2026-03-02"), True),
        (article("The depot is sold", (*LONG[:3], *OTHER[:1]), "2026-06-20"), False),
        (article("The depot is sold", OTHER), False),
        (article("Bread", OTHER), False),
        (article("Bread", (), ""), False),
    ],
)
def test_same_article(other: Article, same: bool) -> None:
    assert same_article(POST, other) is same
    assert same_article(other, POST) is same


def test_what_stands_on_every_post_proves_nothing() -> None:
    gone, new = weekly(FIXES[0], "2026-05-01"), weekly(FIXES[1], "2026-05-03")
    assert same_article(gone, new)  # taken for themselves they are alike
    assert not same_article(gone, new, common=COMMON)


def test_the_next_post_of_a_series_is_no_move_of_the_last() -> None:
    gone, new, old = (
        weekly(f, f"2026-05-{d}") for f, d in zip(FIXES, ("01", "03", "05"), strict=True)
    )
    assert is_series(gone, old)
    assert find_twin(gone, [("u", new)], series=True) == ""
    moved = weekly(FIXES[0], "2026-05-01")
    assert find_twin(gone, [("u", new), ("v", moved)], series=True) == "v"
    undated = weekly(FIXES[0], "")
    assert find_twin(gone, [("u", undated)], series=True) == "u"


def test_parts_of_a_series_are_made_alike_and_two_articles_are_not() -> None:
    one, two = article("Building it, part 1", LONG), article("Building it, part 2", OTHER)
    assert not is_series(one, two)
    assert not is_series(POST, article("The depot is sold", OTHER))
    assert is_series(
        article("Part 1", (*LONG[:2], FIXES[0])), article("Part 2", (*LONG[:2], FIXES[1]))
    )


def test_the_most_alike_is_the_twin() -> None:
    cut = article("The depot is sold", LONG[:3])
    assert find_twin(POST, [("a", cut), ("b", POST), ("c", article("x", OTHER))]) == "b"
    assert find_twin(POST, []) == ""
