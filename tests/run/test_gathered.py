"""What a pass holds of the posts it has seen is bounded, whatever their pages and headers are."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from monitor.model import Answer, PostState, Role, Seen, SiteFacts
from monitor.read.page import read_page
from monitor.read.verdict import Verdict
from monitor.run.gathered import MAX_PAGES, MAX_TEXT, Gathered, Looked, slimmed
from monitor.run.known import Known
from monitor.run.look import Seeing

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
