"""The blogs that checks are measured on: the same for the same seed, of the size that is said, edited as told."""

from __future__ import annotations

from pathlib import Path

from benchmarks.checks import FULL, Postwatch, Urlwatch
from benchmarks.corpus import PAGE, Corpus
from benchmarks.corpus_server import Pages, State
from benchmarks.processes import Ran
from monitor.config import load
from monitor.notify import option_types
from monitor.read.page import read_page

CORPUS = Corpus(3, 8, 8000)
HOST = CORPUS.origin(1).split("//")[1].split(":")[0]


def body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def test_pages_are_as_large_as_said_and_read_as_articles() -> None:
    pages = Pages(CORPUS, State())
    answer = body(pages.answer(HOST, CORPUS.path(2), ""))
    assert abs(len(answer) - PAGE) < 500
    assert answer == body(Pages(Corpus(3, 8, 8000), State()).answer(HOST, CORPUS.path(2), ""))
    article = read_page(answer, CORPUS.origin(1) + CORPUS.path(2), "text/html").article
    assert article.title == CORPUS.title(1, 2) and article.byline
    assert [b.text for b in article.blocks] == CORPUS.paragraphs(1, 2, 0)
    assert 8_000 < sum(len(b.text) for b in article.blocks) < 12_000


def test_noise_changes_the_bytes_and_not_the_article() -> None:
    pages, url = Pages(CORPUS, State(noise=True)), CORPUS.origin(1) + CORPUS.path(2)
    first, second = (body(pages.answer(HOST, CORPUS.path(2), "")) for _ in range(2))
    assert first != second
    read = [read_page(x, url, "text/html").article.digest for x in (first, second)]
    assert read[0] == read[1]


def test_what_is_known_by_its_etag_is_not_sent_again() -> None:
    pages = Pages(CORPUS, State(validators=True))
    answer = pages.answer(HOST, CORPUS.path(2), "")
    tag = next(x for x in answer.split(b"\r\n") if x.startswith(b"ETag: "))[6:].decode()
    again = pages.answer(HOST, CORPUS.path(2), tag)
    assert again.startswith(b"HTTP/1.1 304") and not body(again)


def test_each_generation_edits_the_posts_that_it_says() -> None:
    state = State(share=0.5)
    pages = Pages(CORPUS, state)
    every = range(CORPUS.posts)
    before = [body(pages.answer(HOST, CORPUS.path(n), "")) for n in every]
    state.generation = 1
    after = [body(pages.answer(HOST, CORPUS.path(n), "")) for n in every]
    changed = [a != b for a, b in zip(before, after, strict=True)]
    assert changed == [CORPUS.is_edited(1, n, 1, 0.5) for n in every] and any(changed)


def test_the_config_is_a_sound_one_and_names_every_post(tmp_path: Path) -> None:
    corpus = Corpus(FULL[0], 2, 8000)
    who = Postwatch(tmp_path / "postwatch", corpus.urls, corpus.port)
    config = load(who.folder / "postwatch.toml", option_types())
    assert len(config.sites) == FULL[0]
    assert sorted(p for s in config.sites for p in s.posts) == sorted(corpus.urls)


def test_what_a_peer_says_of_an_edit_is_understood(tmp_path: Path) -> None:
    said = "CHANGED: http://127.2.0.1:80/news/post-1/\nNEW: http://127.2.0.1:80/x\n"
    who = Urlwatch(tmp_path / "urlwatch", CORPUS.urls, 1)
    assert who.told(Ran(1, 1, 1, 0, said, "")) == {"http://127.2.0.1:80/news/post-1/"}
