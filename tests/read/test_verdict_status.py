"""Transport and status: what they say alone, and when they are not believed."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.model import Failure, Reason, Seen
from monitor.read.page import Page
from monitor.read.verdict import RULES, judge

from .verdict_build import CHROME, TEXT, URL, answer, article, case, page

NOT_FOUND = page("Nothing at this berth", ["This page could not be found."], extracted=[])


@pytest.mark.parametrize("failure", list(Failure))
def test_no_answer_proves_nothing(failure: Failure) -> None:
    found = judge(case(None, answer(None, failure=failure)))
    assert (found.seen, found.rule, found.reason) == (Seen.UNCLEAR, "no_answer", None)


@pytest.mark.parametrize(
    ("status", "reason", "rule"),
    [
        (404, Reason.NOT_FOUND, "not_found"),
        (410, Reason.GONE, "gone"),
        (451, Reason.LEGAL, "legal"),
        (401, Reason.RESTRICTED, "restricted"),
        (403, Reason.RESTRICTED, "restricted"),
    ],
)
def test_honest_statuses_are_missing(status: int, reason: Reason, rule: str) -> None:
    for shown in (None, NOT_FOUND):
        found = judge(case(shown, answer(status, body=b"" if shown is None else b"<html>")))
        assert (found.seen, found.reason, found.rule) == (Seen.MISSING, reason, rule)
        assert str(status) in found.why


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 522, 529, 429, 408, 425])
def test_a_server_in_trouble_proves_nothing(status: int) -> None:
    assert judge(case(NOT_FOUND, answer(status))).seen is Seen.UNCLEAR


@pytest.mark.parametrize("status", [202, 204, 205, 300, 400, 402, 405, 406, 409, 418, 423, 302])
def test_other_statuses_prove_nothing(status: int) -> None:
    assert judge(case(NOT_FOUND, answer(status))).seen is Seen.UNCLEAR


@pytest.mark.parametrize("status", [404, 410, 403, 500, 503, 400])
def test_the_article_under_an_error_status_is_there(status: int) -> None:
    found = judge(case(page(), answer(status)))
    assert (found.seen, found.rule) == (Seen.PRESENT, "content_anyway")


def test_unchanged() -> None:
    assert judge(case(None, answer(304, body=b""))).seen is Seen.SAME
    assert judge(case(page(), same_bytes=True)).rule == "same_bytes"


def test_an_unchanged_other_page_is_not_the_post() -> None:
    away = answer(304, to="https://harbour.example/", body=b"")
    assert judge(case(None, away)).seen is Seen.UNCLEAR


def test_same_bytes_behind_a_redirect_are_a_move() -> None:
    to = "https://harbour.example/journal/2026/night-ferry/"
    found = judge(case(page(url=to), answer(to=to), same_bytes=True))
    assert (found.seen, found.moved_to) == (Seen.ELSEWHERE, to)


def test_an_empty_page_proves_nothing() -> None:
    assert judge(case(None, answer(body=b" \n"))).rule == "empty"
    assert judge(case(None, answer(404, body=b""))).rule == "not_found"


def test_json_proves_nothing() -> None:
    said = answer(body=b'{"message":"late"}', content_type="application/json")
    assert judge(case(None, said)).rule == "not_html"


def test_half_a_page_proves_nothing() -> None:
    for text in (TEXT[:2], (), (*TEXT[:3], TEXT[3][:40])):
        shown = page(text=text, chrome=(*CHROME[:2], ""), truncated=True)
        found = judge(case(shown))
        assert (found.seen, found.rule) == (Seen.UNCLEAR, "cut_off"), text


def test_a_site_that_never_closes_its_tags_ends_with_its_footer() -> None:
    assert judge(case(page(truncated=True))).seen is Seen.PRESENT
    shorter = judge(case(page(text=TEXT[:-1], truncated=True)))
    assert shorter.seen is Seen.PRESENT


def test_legal_names_who_blocked_it() -> None:
    said = answer(451, link='<https://court.example/order/7>; rel="blocked-by"')
    assert "court.example" in judge(case(None, said)).why


def test_a_status_behind_a_redirect_counts() -> None:
    found = judge(case(NOT_FOUND, answer(404, to="https://harbour.example/lost")))
    assert found.reason is Reason.NOT_FOUND
    assert "harbour.example/lost" in found.why


def test_the_first_look_believes_statuses_only() -> None:
    assert judge(case(NOT_FOUND, answer(404), article=None)).seen is Seen.MISSING
    assert judge(case(page(), article=None)).seen is Seen.PRESENT


def test_rules_are_named_once_and_verdicts_speak() -> None:
    names = [name for name, _ in RULES]
    assert len(names) == len(set(names))
    found = judge(case(page()))
    assert found.seen is Seen.PRESENT and found.why and URL


PDF: dict[str, Any] = {"body": b"%PDF-1.7 binary", "content_type": "application/pdf"}


def test_a_document_is_watched_for_being_there() -> None:
    nothing = article(text=())
    file = Page(url=URL, is_html=False)
    for known in (None, nothing):
        found = judge(case(file, answer(200, **PDF), article=known))
        assert (found.seen, found.rule, found.cut) == (Seen.PRESENT, "file_there", False)
    # gone in the usual ways
    assert judge(case(None, answer(404, body=b""), article=nothing)).reason is Reason.NOT_FOUND
    error = page("Page not found", ["Sorry, that file does not exist."], facts={"byline": ""})
    assert judge(case(error, article=nothing)).reason is Reason.SOFT_404


def test_a_document_in_the_place_of_an_article_proves_nothing() -> None:
    file = Page(url=URL, is_html=False)
    assert judge(case(file, answer(200, **PDF))).seen is Seen.UNCLEAR
    away = answer(200, to="https://harbour.example/files/other.pdf", **PDF)
    assert judge(case(file, away, article=article(text=()))).seen is not Seen.PRESENT
    image: dict[str, Any] = {"body": b"\x89PNG", "content_type": "image/png"}
    assert judge(case(file, answer(200, **image), article=None)).seen is Seen.UNCLEAR
