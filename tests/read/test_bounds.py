"""What a hostile text may cost: work is counted, never timed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from monitor.read import alignment, alike, divided, steady, wording
from monitor.read.alike import contained
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.digest import digest_of
from monitor.read.article.normal import key
from monitor.read.compare import diff
from monitor.read.page import read_page
from monitor.read.steady import agreed, steadied


def article(texts: Sequence[str]) -> Article:
    found = Article(blocks=tuple(Block(BlockKind.PARAGRAPH, t, key(t), place="p") for t in texts))
    return Article(blocks=found.blocks, digest=digest_of(found))


def prose(count: int, words: int, seed: int, vocabulary: int = 4_000) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(f"w{rng.randrange(vocabulary)}" for _ in range(words)) for _ in range(count)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], list[Any]]:
    def count(module: Any, name: str) -> list[Any]:
        calls: list[Any] = []
        real = getattr(module, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            calls.append(args)
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, counting)
        return calls

    return count


def test_paragraphs_all_rewritten_are_compared_with_a_few_others_each(
    counted: Callable[[Any, str], list[Any]],
) -> None:
    calls = counted(alignment, "dice")
    found = diff(article(prose(300, 20, 1, 800)), article(prose(300, 20, 2, 800)))
    assert found.words_removed == 300 * 20
    assert 0 < len(calls) <= 300 * alignment.MOST_SHARED


def test_words_are_paired_up_to_a_sum_over_all_paragraphs(
    monkeypatch: pytest.MonkeyPatch, counted: Callable[[Any, str], list[Any]]
) -> None:
    monkeypatch.setattr("monitor.read.compare.ALL_CELLS", 200_000)
    calls = counted(wording, "_levenshtein")
    old = prose(20, 200, 1)
    # Each with its beginning kept and its end rewritten: all are pairs.
    ends = prose(20, 60, 2)
    new = [" ".join([*a.split()[:140], *b.split()]) for a, b in zip(old, ends, strict=True)]
    found = diff(article(old), article(new))
    assert sum(len(a) * len(b) for a, b, *_ in calls) <= 200_000 + 20 * wording.FEW
    assert (found.words_removed, found.words_added) == (20 * 60, 20 * 60)
    assert found.words_before == 20 * 200


def test_pieces_that_all_begin_alike_are_tried_so_often_and_no_more(
    monkeypatch: pytest.MonkeyPatch, counted: Callable[[Any, str], list[Any]]
) -> None:
    monkeypatch.setattr(divided, "MOST_STEPS", 1_000)
    calls = counted(divided, "_makes_up")
    one = article(["ab " * 20 + f"c{n}" for n in range(200)]).blocks
    other = article(["ab " * 20] * 200).blocks
    assert list(divided.exactly_divided(one, other, 0, 200, 0, 200)) == []
    assert 0 < len(calls) <= 1_000


def test_pieces_of_one_vocabulary_are_not_joined_for_ever(
    monkeypatch: pytest.MonkeyPatch, counted: Callable[[Any, str], list[Any]]
) -> None:
    monkeypatch.setattr(divided, "MOST_WORDS", 2_000)
    calls = counted(divided, "dice")
    one, other = (article(prose(40, 30, seed, 40)).blocks for seed in (1, 2))
    list(divided.nearly_divided(one, other, 0, 40, 0, 40))
    assert len(calls) <= 2_000


def test_an_article_is_searched_for_in_a_page_so_far_and_judged_by_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = prose(40, 12, 1)
    page = [f"before {t} behind" for t in texts[:30]]
    whole = contained(article(texts), page)
    assert whole == 30 / 40
    monkeypatch.setattr(alike, "MOST_SEARCHED", 10 * len("\n".join(page)))
    assert contained(article(texts), page) == 1.0  # of the ten that were looked for
    assert contained(article(prose(40, 12, 9)), page) == 0.0


def test_two_looks_that_differ_all_over_leave_a_long_article_as_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = prose(60, 10, 1)
    edited = [f"{t} edited" for t in texts]
    known, first = article(texts), article([*edited, "one end"])
    second = article([*edited, "another end"])
    assert agreed(known, first, second).blocks == article(edited).blocks
    monkeypatch.setattr(steady, "MOST_PAIRS", 50)
    assert agreed(known, first, second).blocks == known.blocks


def test_too_much_to_search_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    known = article(["One. Two. Three.", "Four."])
    now = article(["Four.", "A teaser."])
    was = ["One.", "Two.", "Three.", "Four.", "A teaser."]
    assert len(steadied(known, now, was, ["Four.", "A teaser."]).blocks) == 1
    monkeypatch.setattr(steady, "MOST_SEARCHED", 0)
    assert len(steadied(known, now, was, ["Four.", "A teaser."]).blocks) == 2


def test_a_title_ends_somewhere() -> None:
    long = "T" * 1_000_000
    page = read_page(
        f"<html><head><title>{long}</title></head><body><p>x</p></body></html>".encode(),
        "https://a.example/x",
        "text/html",
    )
    assert len(page.title) == len(page.article.title) == 1_000


def test_of_very_many_headings_the_first_are_read() -> None:
    body = f"<html><body>{'<h1>One</h1>' * 5_000}</body></html>".encode()
    assert len(read_page(body, "https://a.example/x", "text/html").h1) == 100
