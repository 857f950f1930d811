"""What a pass holds of the posts it has seen is bounded, whatever their pages and headers are."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from monitor.decide.furniture import furniture_of
from monitor.model import Answer, PostState, Role, Seen, SiteFacts
from monitor.read.page import read_page
from monitor.read.verdict import Verdict
from monitor.run.gathered import AS_THEY_CAME, MAX_PAGES, MAX_TEXT, Gathered, Looked, slimmed
from monitor.run.known import Known
from monitor.run.look import Seeing
from monitor.run.packing import USUAL, unpacked

NOW = datetime(2026, 11, 28, tzinfo=UTC)
URL = "https://blog.example/a"


def test_a_written_look_keeps_what_the_end_of_the_pass_asks_for_and_no_more() -> None:
    answer = Answer(
        url=URL,
        at=NOW,
        status=200,
        headers=(("date", "Sat, 28 Nov 2026 00:00:00 GMT"), ("age", "9"), ("x-long", "x" * 60_000)),
        body=b"x" * 1000,
        request_headers=(("user-agent", "postwatch"),),
        certificate=b"x" * 4000,
    )
    row = cast(Any, SimpleNamespace(state=PostState(1, "acme", URL)))
    x = Looked(row, Seeing(answer, None, Verdict(Seen.SAME, "same", ""), ""), None, False)
    slimmed(x)
    kept = x.seeing.answer
    assert (kept.body, kept.request_headers, kept.certificate) == (b"", (), b"")
    assert kept.headers == answer.headers[:2]
    assert x.seeing.record(Role.SIBLING).server_date == answer.header("date")
    assert (NOW - x.seeing.seen_at).total_seconds() == 9


def test_pages_are_learned_from_until_there_are_enough_or_they_are_too_long() -> None:
    def got() -> Gathered:
        known = Known(cast(Any, None), [], {}, {}, {})
        return Gathered(known, cast(Any, None), NOW, SiteFacts())

    answer = Answer(url=URL, at=NOW)
    usual, many = read_page(b"<title>A</title><p>Some words.</p>", URL, "text/html"), got()
    for _ in range(MAX_PAGES + 5):
        many.learn_from(usual, answer)
    assert len(many.pages) == MAX_PAGES
    text = b"<p>" + b"hostile " * (MAX_TEXT // 8 - 1000)
    long, few = read_page(b"<title>A</title>" + text, URL, "text/html"), got()
    for page in (long, long, usual, long):
        few.learn_from(page, answer)
    assert [len(blocks[0]) > 1000 for _, blocks in few.pages] == [True, False]


def test_pages_are_held_as_they_came_while_there_are_few() -> None:
    got = Gathered(Known(cast(Any, None), [], {}, {}, {}), cast(Any, None), NOW, SiteFacts())
    body = b"<p>usual words</p>" * 4000
    looks = [
        Seeing(Answer(url=URL, at=NOW, body=body), None, Verdict(Seen.PRESENT, "there", ""), "")
        for _ in range(40)
    ]
    held = [got.to_hold(look).answer for look in looks]
    raw = [x for x in held if x.body]
    assert [x.body == body for x in held] == [True] * len(raw) + [False] * (40 - len(raw))
    assert AS_THEY_CAME <= len(raw) * len(body) < AS_THEY_CAME + len(body)
    assert got.held_bytes == sum(len(x.body) + len(x.packed) for x in held)
    assert all(unpacked(x).body == body for x in held)
    assert (
        got.to_hold(Seeing(Answer(url=URL, at=NOW), None, looks[0].verdict, "")).answer.packed
        == b""
    )


def test_a_large_page_is_packed_however_few_are_held() -> None:
    got = Gathered(Known(cast(Any, None), [], {}, {}, {}), cast(Any, None), NOW, SiteFacts())
    for size, raw in ((USUAL, True), (USUAL + 1, False)):
        answer = Answer(url=URL, at=NOW, body=b"x" * size)
        held = got.to_hold(Seeing(answer, None, Verdict(Seen.PRESENT, "there", ""), "")).answer
        assert bool(held.body) is raw and unpacked(held) == answer


def test_what_is_furniture_is_asked_anew_once_there_are_more_pages_or_titles() -> None:
    got = Gathered(Known(cast(Any, None), [], {}, {}, {}), cast(Any, None), NOW, SiteFacts())

    def learn(*blocks: str) -> None:
        body = "".join(f"<p>{b}</p>" for b in blocks).encode()
        page = read_page(b"<title>T</title>" + body, URL, "text/html")
        got.learn_from(page, Answer(url=URL, at=NOW))

    def right() -> frozenset[str]:
        assert got.furniture() == furniture_of(got.pages, got.titles)
        return got.furniture()

    learn("Subscribe to our letter", "Another crane", "It lifts 40 tonnes of steel a day")
    learn("Subscribe to our letter", "Another crane", "It lifts 40 tonnes of steel a day", "B")
    assert right() == frozenset()
    learn("Subscribe to our letter", "Another crane", "It lifts 40 tonnes of steel a day", "C")
    before = right()
    assert "Subscribe to our letter" in before
    row = SimpleNamespace(state=PostState(7, "acme", URL, title="Another crane"))
    got.known.posts[7] = cast(Any, row)
    assert right() != before  # what follows another post's title is its teaser
