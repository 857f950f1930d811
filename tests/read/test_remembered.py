"""What is remembered of texts stays within its bound, whatever a server sends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from monitor.read.article.normal import token_key, word_of
from monitor.read.remembered import Remembered, remembered
from monitor.read.url_parts import _parse, parse
from monitor.read.verdict.signs import fold, weight


def test_answers_are_kept_until_their_texts_are_too_many() -> None:
    asked: list[str] = []

    @remembered(1000)
    def length(text: str) -> int:
        """How long."""
        asked.append(text)
        return len(text)

    assert [length("one"), length("one"), length("three")] == [3, 3, 5]
    assert asked == ["one", "three"]
    for n in range(8):
        length(f"another {n}")
    assert length.held <= 1000
    length("one")  # it was the oldest
    assert asked.count("one") == 2
    assert length.__doc__ == "How long."


def test_a_text_longer_than_the_bound_is_kept_alone_until_the_next() -> None:
    asked: list[str] = []

    @remembered(1000)
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    for _ in range(3):
        length("x" * 5000)
    assert len(asked) == 1
    length("short")
    assert length.held == len("short") + 100


def test_threads_may_ask_at_once() -> None:
    length = Remembered(len, 2000)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: length("x" * (n % 60)), range(5000)))
    assert found == [n % 60 for n in range(5000)]
    assert length.held <= 2000


def test_megabytes_of_hostile_text_are_not_held_for_good() -> None:
    # Before: eight thousand of them were, and a blog of such pages took the daemon past 500 MiB.
    for n in range(20):
        text = f"{n} " + "hostile " * 60_000
        for fn in (fold, weight, token_key, word_of):
            fn(text)
            fn(str(n))
    for fn in (fold, weight, token_key, word_of):
        assert fn.held < 7_000_000


def test_an_endless_address_is_read_and_not_remembered() -> None:
    before = _parse.cache_info().currsize
    found = parse("https://example.com/" + "a" * 100_000)
    assert found is not None and len(found.pathname) == 100_001
    assert _parse.cache_info().currsize == before
