"""Redirects: a move is told by the article; everything else leads away."""

from __future__ import annotations

import pytest

from monitor.model import ErrorSample, Reason, Seen, SiteFacts
from monitor.read.verdict import Verdict, judge

from .verdict_build import (
    AT,
    HOME,
    OTHER_TEXT,
    OTHER_TITLE,
    TEXT,
    TITLE,
    URL,
    answer,
    article,
    case,
    page,
)

NEW = f"{HOME}stories/night-ferry-timetable-2026/"
ELSE = page("Fleet", ["Our ships at a glance, with deck plans and the year they were built in."])


def sent(to: str, shown: object = ELSE, **more: object) -> Verdict:
    return judge(case(shown, answer(to=to), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("to", "rule"),
    [
        (HOME, "redirect_home"),
        (f"{HOME}?ref=gone", "redirect_home"),
        (f"{HOME}en-gb/", "redirect_home"),
        (f"{HOME}index.html", "redirect_home"),
        (f"{HOME}journal/", "redirect_listing"),
        (f"{HOME}category/ferries/", "redirect_listing"),
        (f"{HOME}tag/night/", "redirect_listing"),
        (f"{HOME}journal/rope/", "redirect_other_post"),
        (f"{HOME}fleet/", "redirect_other_page"),
        ("https://bigger-lines.example/", "redirect_home"),
        ("https://bigger-lines.example/welcome-harbour", "redirect_other_page"),
    ],
)
def test_away(to: str, rule: str) -> None:
    found = sent(to)
    assert (found.seen, found.reason, found.rule) == (Seen.MISSING, Reason.REDIRECTED, rule)
    assert to[:40] in found.why


def test_a_listing_that_shows_the_whole_text_is_no_move() -> None:
    assert sent(f"{HOME}journal/", page()).reason is Reason.REDIRECTED
    assert sent(HOME, page()).reason is Reason.REDIRECTED


@pytest.mark.parametrize(
    "to", [URL.rstrip("/"), URL.replace("https:", "http:"), URL.replace("//", "//www.")]
)
def test_another_spelling_is_the_same_page(to: str) -> None:
    found = sent(to, page(url=to))
    assert (found.seen, found.moved_to) == (Seen.PRESENT, "")


@pytest.mark.parametrize(
    "shown",
    [
        page(),
        page(text=(TEXT[0].replace("eleven", "midnight"), *TEXT[1:])),
        page("The night ferry, revised"),
        page(text=(*TEXT[:3], *OTHER_TEXT)),
    ],
)
def test_moved(shown: object) -> None:
    found = sent(NEW, shown)
    assert (found.seen, found.moved_to) == (Seen.ELSEWHERE, NEW)


def test_moved_to_an_address_that_a_source_already_names() -> None:
    keys = frozenset({NEW.rstrip("/")})
    assert sent(NEW, page(), post_keys=keys).seen is Seen.ELSEWHERE
    other = page(OTHER_TITLE, OTHER_TEXT)
    assert sent(NEW, other, post_keys=keys).reason is Reason.REDIRECTED


@pytest.mark.parametrize("named", [True, False])
def test_the_next_number_of_a_series_is_no_move(named: bool) -> None:
    """Same title, another date, and a good part of the text: a weekly letter."""
    keys = frozenset({NEW.rstrip("/")}) if named else frozenset()
    dated = {"published_at": "2026-03-09", "declared": frozenset({"published_at", "title"})}
    known = article(TITLE, TEXT, **{**dated, "published_at": "2026-03-02"})
    half = page(text=(*TEXT[:2], *OTHER_TEXT), facts=dated)
    assert sent(NEW, half, article=known, post_keys=keys).seen is not Seen.ELSEWHERE
    other = page(text=OTHER_TEXT, facts=dated)
    assert sent(NEW, other, article=known, post_keys=keys).reason is Reason.REDIRECTED
    again = page(facts=dated)  # posted again with today's date
    assert sent(NEW, again, article=known, post_keys=keys).seen is Seen.ELSEWHERE


def test_login() -> None:
    form = page("Sign in", ["E-mail", "Password"], password_form=True)
    for to in (
        f"{HOME}login/?next=/journal/night-ferry-timetable/",
        f"{HOME}wp-login.php?redirect_to=x",
    ):
        found = sent(to, form)
        assert (found.reason, found.rule) == (Reason.REDIRECTED, "redirect_login")


def test_a_redirect_to_a_broken_page_proves_nothing() -> None:
    assert judge(case(ELSE, answer(503, to=HOME))).seen is Seen.UNCLEAR
    down = page("We'll be back soon", ["Scheduled maintenance, sorry for the inconvenience."])
    assert sent(HOME, down).seen is Seen.UNCLEAR
    assert judge(case(None, answer(to=HOME, body=b""))).seen is Seen.UNCLEAR


def test_a_redirect_to_the_sites_error_page() -> None:
    lost = page("Page not found", ["That page does not exist."])
    assert sent(f"{HOME}404/", lost).reason is Reason.REDIRECTED
    assert judge(case(lost, answer(404, to=f"{HOME}404/"))).reason is Reason.NOT_FOUND


def test_a_sink_is_learned() -> None:
    to = f"{HOME}hello-sailor/"
    facts = SiteFacts(sinks=(to,))
    assert sent(to, facts=facts).rule == "redirect_sink"
    made_up = ErrorSample("/journal/", AT, 200, to, "Hello", ("Hello",))
    assert sent(to, facts=SiteFacts(errors=(made_up,))).rule == "redirect_sink"


def test_another_language_proves_nothing() -> None:
    to = f"{HOME}de/journal/nachtfaehre/"
    german = page(
        "Die Nachtfähre", ["Die Fähre legt eine Stunde früher ab."], facts={"language": "de"}
    )
    assert sent(to, german).seen is Seen.UNCLEAR


def refreshed(to: str, seconds: float = 0.0, **more: object) -> Verdict:
    shown = page("Redirecting", [], h1=[], chrome=("", "", ""), refresh=(seconds, to))
    return judge(case(shown, **more))  # type: ignore[arg-type]


def test_meta_refresh() -> None:
    assert refreshed(HOME).reason is Reason.REDIRECTED
    assert refreshed(f"{HOME}journal/").reason is Reason.REDIRECTED
    assert refreshed(URL).seen is Seen.UNCLEAR
    assert refreshed(f"{HOME}captcha").seen is Seen.UNCLEAR
    unknown = refreshed(NEW)
    assert (unknown.seen, unknown.moved_to) == (Seen.MISSING, NEW)
    assert refreshed(HOME, article=None).seen is Seen.UNCLEAR


def test_a_script_that_leaves() -> None:
    shown = page("", [], h1=[], chrome=("", "", ""), script_to=HOME)
    assert judge(case(shown)).reason is Reason.REDIRECTED


def test_a_404_with_a_refresh_stays_a_404() -> None:
    shown = page("Not found", ["Taking you ashore"], refresh=(5.0, HOME))
    assert judge(case(shown, answer(404))).reason is Reason.NOT_FOUND


def test_an_article_that_reloads_itself_is_there() -> None:
    assert judge(case(page(refresh=(20.0, HOME)))).seen is Seen.PRESENT


def test_a_picture_post_sent_to_the_listing() -> None:
    bare = article("Summer in pictures", ())
    found = sent(f"{HOME}journal/", article=bare, title="Summer in pictures")
    assert found.reason is Reason.REDIRECTED


def test_the_first_look() -> None:
    assert sent(NEW, page(), article=None).seen is Seen.PRESENT
    assert sent(HOME, article=None, title="").seen is Seen.UNCLEAR
    assert TITLE


@pytest.mark.parametrize(
    ("value", "seen"), [("0; url=/", Seen.MISSING), ("900; url=/", Seen.UNCLEAR)]
)
def test_a_refresh_header(value: str, seen: Seen) -> None:
    blank = page("", [], h1=[], chrome=("", ""), extracted=[])
    found = judge(case(blank, answer(200, refresh=value)))
    assert found.seen is seen
    if seen is Seen.MISSING:
        assert (found.rule, found.reason) == ("refresh_away", Reason.REDIRECTED)
